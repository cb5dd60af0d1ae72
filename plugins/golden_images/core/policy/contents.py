"""Rules about what is inside: packages and licences that may not be there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from golden_images.core.policy.input import PackageSeen, PolicyInput
from golden_images.core.policy.licences import denied, matches
from golden_images.core.policy.model import LicenceRule, PackageRule
from golden_images.core.policy.outcome import Found, outcome, unknown
from golden_images.core.policy.verdict import Held, RuleOutcome
from golden_images.core.waivers.match import Waived
from golden_images.core.waivers.model import LICENCE, PACKAGE
from golden_images.core.words import count

_NO_SBOM = "no SBOM lists the packages"
_MAKE_ONE = "clear the stage that makes the SBOM"


def packages(rules: Sequence[PackageRule], waivers: Waived, seen: PolicyInput) -> Iterator[RuleOutcome]:
    for rule in rules:
        if seen.packages is None:
            yield unknown(rule.title, _NO_SBOM, _MAKE_ONE, rule)
            continue
        found = []
        for one in seen.packages:
            if any(matches(text, rule.deny) for text in (one.name, _bare(one.purl)) if text):
                held = Held(
                    finding=f"{PACKAGE}{one.name}",
                    package=one.purl,
                    what=f"{_told(one)} may not be there",
                    remedy=f"take {one.name} out",
                )
                found.append(Found(held, (held.finding,)))
        yield outcome(rule.title, rule, found, waivers, seen, f"of {count(len(seen.packages), 'package')}")


def licences(rules: Sequence[LicenceRule], waivers: Waived, seen: PolicyInput) -> Iterator[RuleOutcome]:
    for rule in rules:
        if seen.packages is None:
            yield unknown(rule.title, _NO_SBOM, _MAKE_ONE, rule)
            continue
        found = [made for one in seen.packages for made in _under(one, rule)]
        yield outcome(rule.title, rule, found, waivers, seen, f"of {count(len(seen.packages), 'package')}")


def _under(one: PackageSeen, rule: LicenceRule) -> Iterator[Found]:
    """Each licence by itself: who waives one of them says nothing of the others."""
    for licence in denied(one.licences, rule.deny):
        yield _found(one, licence)
    if rule.unknown and not one.licences:
        yield _found(one, "")


def _found(one: PackageSeen, licence: str) -> Found:
    named = licence or "unknown"
    held = Held(
        finding=f"{LICENCE}{named}",
        package=one.purl,
        what=f"{_told(one)} is under {named}" if licence else f"nobody knows the licence of {_told(one)}",
        remedy=f"take out what is under {named}"
        if licence
        else "say the licence in the package, or take it out",
    )
    return Found(held, (held.finding,))


def _told(one: PackageSeen) -> str:
    return f"{one.name} {one.version}".rstrip()


def _bare(purl: str) -> str:
    """Without qualifiers: a pattern is about type, name and version."""
    return purl.partition("?")[0]
