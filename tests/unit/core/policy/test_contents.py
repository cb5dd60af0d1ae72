"""Packages and licences that may not be there."""

from __future__ import annotations

from golden_images.core.policy.verdict import Decision
from tests.fakes.policy import only, package, policy, seen, waiver

INSIDE = seen(packages=(package("telnet", "BSD-4-Clause"), package("nginx", "SSPL-1.0"), package("own")))


def test_a_package_is_denied_by_name_or_url() -> None:
    for pattern in ("tel*", "TELNET", "pkg:deb/*/telnet@*", "pkg:deb/debian/telnet@1.0"):
        outcome = only(policy(packages=[{"deny": [pattern]}]), INSIDE)
        assert [one.finding for one in outcome.held] == ["package:telnet"], pattern
        assert outcome.saw == "1 of 3 packages"
    assert only(policy(packages=[{"deny": ["pkg:pypi/telnet@*"]}]), INSIDE).decision is Decision.PASS


def test_qualifiers_are_no_way_around_a_pattern() -> None:
    found = seen(packages=(package("telnet", purl="pkg:deb/debian/telnet@1.0?arch=amd64&distro=debian-12"),))
    assert only(policy(packages=[{"deny": ["pkg:deb/debian/telnet@1.0"]}]), found).decision is Decision.FAIL


def test_a_licence_is_denied() -> None:
    outcome = only(policy(licences=[{"deny": ["SSPL-*"]}]), INSIDE)
    assert [str(one) for one in outcome.held] == ["nginx 1.0 is under SSPL-1.0"]


def test_a_licence_that_nobody_knows() -> None:
    outcome = only(policy(licences=[{"unknown": True, "action": "warn"}]), INSIDE)
    assert outcome.decision is Decision.WARN
    assert [one.finding for one in outcome.held] == ["licence:unknown"]


def test_without_an_sbom_nobody_can_say() -> None:
    for rules in (policy(packages=[{"deny": ["x"]}]), policy(licences=[{"deny": ["x"], "action": "warn"}])):
        outcome = only(rules, seen(packages=None))
        assert (outcome.decision, outcome.saw) == (Decision.FAIL, "no SBOM lists the packages")


def test_waivers_name_the_package_or_the_licence() -> None:
    denied = policy(packages=[{"deny": ["telnet"]}])
    assert only(denied, INSIDE, waiver("package:telnet")).decision is Decision.PASS
    under = policy(licences=[{"deny": ["SSPL-*"]}])
    assert (
        only(under, INSIDE, waiver("licence:SSPL-1.0", package="pkg:deb/debian/nginx")).decision
        is Decision.PASS
    )
    assert (
        only(under, INSIDE, waiver("licence:SSPL-1.0", package="pkg:deb/debian/own")).decision
        is Decision.FAIL
    )


def test_a_waiver_of_one_licence_lifts_no_other_of_the_same_package() -> None:
    under = policy(licences=[{"deny": ["SSPL-*", "AGPL-*"]}])
    inside = seen(packages=(package("nginx", "AGPL-3.0-only", "SSPL-1.0"),))
    outcome = only(under, inside, waiver("licence:AGPL-3.0-only"))
    assert outcome.decision is Decision.FAIL
    assert [one.finding for one in outcome.held] == ["licence:SSPL-1.0"]
    assert [one.finding for one in outcome.lifted] == ["licence:AGPL-3.0-only"]
