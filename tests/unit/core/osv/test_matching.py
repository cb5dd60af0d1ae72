"""What is found in an SBOM, what is not, and what is said not to be judged."""

from __future__ import annotations

import pytest

from golden_images.core import purl
from golden_images.core.inventory import inventory
from golden_images.core.osv import matching
from golden_images.core.osv.index import index
from golden_images.core.osv.matching import Answer, Matcher
from golden_images.core.osv.record import Record
from tests.unit.core.osv.advisories import before, block, indices, record, sbom, span

OPENSSL = record(
    "DEBIAN-CVE-2026-0001", block("openssl", before("3.0.15-1~deb12u1")), upstream=["CVE-2026-0001"]
)
LIBSSL = "pkg:deb/debian/libssl3@3.0.14-1?arch=amd64&distro=debian-12&upstream=openssl"


def scanned(*purls: str, system: str = "debian-12", **records: list[Record]) -> Answer:
    return Matcher(indices(**records).get).match(inventory(sbom(*purls, system=system)))


def found(*purls: str, system: str = "debian-12", **records: list[Record]) -> list[tuple[str, str]]:
    answer = scanned(*purls, system=system, **records)
    assert not answer.unjudged
    return [(one.id, one.package) for one in answer.findings]


def debian(version: str, *records: Record, name: str = "openssl") -> list[str]:
    package = f"pkg:deb/debian/{name}@{version}?arch=amd64&distro=debian-12"
    return [id_ for id_, _ in found(package, Debian=list(records))]


def unjudged(*purls: str, system: str = "debian-12", **records: list[Record]) -> dict[str, str]:
    return {one.what: one.why for one in scanned(*purls, system=system, **records).unjudged}


def test_what_is_remembered_is_the_same_when_it_was_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Matcher(indices(Debian=[OPENSSL]).get)
    held = inventory(sbom(LIBSSL, LIBSSL.replace("libssl3", "libssl-dev")))
    first = made.match(held)
    assert made.match(held) == first
    monkeypatch.setattr(matching, "_REMEMBERED", 1)
    assert made.match(held) == first
    assert made.match(held) == first


class TestSourcePackages:
    def test_each_installed_package_of_an_affected_source_is_told(self) -> None:
        openssl = "pkg:deb/debian/openssl@3.0.14-1?arch=amd64&distro=debian-12"
        assert found(LIBSSL, openssl, Debian=[OPENSSL]) == [
            ("CVE-2026-0001", LIBSSL),
            ("CVE-2026-0001", openssl),
        ]

    def test_a_listed_source_is_not_told_beside_its_packages(self) -> None:
        source = "pkg:deb/debian/openssl@3.0.14-1?arch=source&distro=debian-12"
        assert found(LIBSSL, source, Debian=[OPENSSL]) == [("CVE-2026-0001", LIBSSL)]

    def test_a_source_of_which_nothing_is_listed_is_told_itself(self) -> None:
        source = "pkg:deb/debian/openssl@3.0.14-1?arch=source&distro=debian-12"
        assert found(source, Debian=[OPENSSL]) == [("CVE-2026-0001", source)]

    def test_a_package_with_a_sources_name_that_was_built_from_another_is_not_that(self) -> None:
        other = "pkg:deb/debian/openssl@1?arch=amd64&distro=debian-12&upstream=other"
        assert found(other, Debian=[OPENSSL]) == []

    def test_the_sources_own_version_counts(self) -> None:
        fixed = record(
            "DEBIAN-CVE-2026-0002", block("gcc-defaults", before("1.204")), upstream=["CVE-2026-0002"]
        )
        gcc = "pkg:deb/debian/gcc@4:12.2.0-3?arch=amd64&distro=debian-12&upstream=gcc-defaults%401.203"
        assert [id_ for id_, _ in found(gcc, Debian=[fixed])] == ["CVE-2026-0002"]
        later = gcc.replace("1.203", "1.204")
        assert found(later, Debian=[fixed]) == []

    def test_the_purl_of_its_finding_leads_to_the_source(self) -> None:
        (_, package), *_ = found(LIBSSL, Debian=[OPENSSL])
        assert purl.source(package) == "pkg:deb/debian/openssl@3.0.14-1"


class TestDebianVersions:
    def test_a_fix_ends_it(self) -> None:
        assert debian("3.0.15-1~deb12u1", OPENSSL) == []
        assert debian("3.0.15-1~deb12u1~", OPENSSL) == ["CVE-2026-0001"]

    def test_an_epoch(self) -> None:
        one = record("A", block("openssl", before("1:1.0-1")))
        assert debian("9.0-1", one) == ["A"]
        assert debian("1:1.0-1", one) == []

    def test_a_stable_update(self) -> None:
        one = record("A", block("openssl", before("2.5.0-1+deb12u2")))
        assert debian("2.5.0-1", one) == debian("2.5.0-1%2Bdeb12u1", one) == ["A"]
        assert debian("2.5.0-1%2Bdeb12u2", one) == debian("2.5.0-1%2Bdeb12u10", one) == []

    def test_a_rebuild_is_of_the_version_without(self) -> None:
        listed = record("A", block("openssl", versions=["1.0-1"]))
        assert debian("1.0-1%2Bb2", listed) == ["A"]

    def test_without_a_fix(self) -> None:
        one = record("A", block("openssl", span({"introduced": "0"})))
        (finding,) = scanned(LIBSSL, Debian=[one]).findings
        assert finding.fixed_version == ""

    def test_the_last_affected_one(self) -> None:
        one = record("A", block("openssl", span({"introduced": "2"}, {"last_affected": "3-1"})))
        assert [version for version in ("1", "2", "3-1", "3-2") if debian(version, one)] == ["2", "3-1"]

    def test_several_blocks_and_ranges(self) -> None:
        one = record(
            "A",
            block("openssl", before("1"), span({"introduced": "2"}, {"fixed": "3"})),
            block("openssl", span({"fixed": "5"}, {"introduced": "4"})),
        )
        hit = [version for version in ("0", "1", "2", "3", "4", "5") if debian(version, one)]
        assert hit == ["0", "2", "4"]
        (finding,) = scanned("pkg:deb/debian/openssl@2?distro=debian-12", Debian=[one]).findings
        assert finding.fixed_version == "3"

    def test_a_limit(self) -> None:
        one = record("A", block("openssl", span({"introduced": "1"}, {"limit": "2"})))
        assert [version for version in ("0", "1", "2") if debian(version, one)] == ["1"]


class TestRecords:
    def test_what_is_withdrawn_is_left_out(self) -> None:
        gone = record("A", block("openssl", before("9")), withdrawn="2026-11-02T00:00:00Z")
        assert debian("1", gone) == []

    def test_another_release_is_not_ours(self) -> None:
        one = record("A", block("openssl", before("9"), ecosystem="Debian:11"))
        assert debian("1", one, OPENSSL) == ["CVE-2026-0001"]

    def test_without_a_release_it_is_for_all(self) -> None:
        assert debian("1", record("A", block("openssl", before("9"), ecosystem="Debian"))) == ["A"]

    def test_names(self) -> None:
        one = record(
            "GHSA-1", block("a", before("2"), ecosystem="PyPI"), aliases=["PYSEC-1", "CVE-2026-0001"]
        )
        (finding,) = scanned("pkg:pypi/a@1", PyPI=[one]).findings
        assert (finding.id, set(finding.aliases)) == ("CVE-2026-0001", {"GHSA-1", "PYSEC-1"})

    def test_an_advisory_of_several_keeps_its_name(self) -> None:
        one = record("DSA-1-1", block("openssl", before("9")), upstream=["CVE-2026-0001", "CVE-2026-0002"])
        (finding,) = scanned(LIBSSL, Debian=[one]).findings
        assert (finding.id, finding.aliases) == ("DSA-1-1", ("CVE-2026-0001", "CVE-2026-0002"))


class TestEcosystems:
    def test_pypi(self) -> None:
        one = record("A", block("Zope.Interface", before("5.0"), ecosystem="PyPI", versions=["5.0.post1"]))
        for version, hit in (("5.0rc1", True), ("5.0", False), ("5.0.post1", True), ("1!1.0", False)):
            assert bool(found(f"pkg:pypi/zope-interface@{version}", PyPI=[one])) is hit

    def test_npm(self) -> None:
        one = record("A", block("@angular/core", before("1.2.0"), ecosystem="npm"))
        assert found("pkg:npm/%40angular/core@1.2.0-rc.1", npm=[one])
        assert not found("pkg:npm/%40angular/core@1.2.0", npm=[one])

    def test_go(self) -> None:
        span_ = span({"introduced": "1.0.0"}, {"last_affected": "1.2.3"}, type_="SEMVER")
        one = record("A", block("github.com/Azure/x", span_, ecosystem="Go"))
        assert found("pkg:golang/github.com/azure/x@v1.2.3", Go=[one])
        assert found("pkg:golang/github.com/Azure/x@v1.2.3%2Bincompatible", Go=[one])
        assert not found("pkg:golang/github.com/azure/x@v1.2.4", Go=[one])

    def test_ubuntu(self) -> None:
        one = record("A", block("openssl", before("3.0.2-0ubuntu1.10"), ecosystem="Ubuntu:22.04:LTS"))
        pro = record("B", block("openssl", before("9"), ecosystem="Ubuntu:Pro:22.04:LTS"))
        libssl = "pkg:deb/ubuntu/libssl3@3.0.2-0ubuntu1.9?distro=ubuntu-22.04&upstream=openssl"
        assert found(libssl, Ubuntu=[one, pro]) == [("A", libssl)]

    def test_alpine(self) -> None:
        one = record("A", block("musl", before("1.2.4_git20230717-r5"), ecosystem="Alpine:v3.20"))
        package = "pkg:apk/alpine/musl-utils@1.2.4_git20230717-r4?distro=alpine-3.20.1&upstream=musl"
        assert found(package, Alpine=[one]) == [("A", package)]


class TestNotJudged:
    def test_no_version(self) -> None:
        package = "pkg:deb/debian/openssl?distro=debian-12"
        assert unjudged(package, Debian=[OPENSSL]) == {package: "it has no version"}

    @pytest.mark.parametrize(
        "package",
        ["pkg:deb/debian/openssl@unknown?distro=debian-12", "pkg:pypi/a@abc", "pkg:npm/a@latest"],
    )
    def test_a_version_that_cannot_be_read(self, package: str) -> None:
        other = record("B", block("b", before("1"), ecosystem="PyPI"))
        npm = record("C", block("b", before("1"), ecosystem="npm"))
        (why,) = unjudged(package, Debian=[OPENSSL], PyPI=[other], npm=[npm]).values()
        assert why.startswith("its version cannot be read")

    def test_an_advisorys_version_that_cannot_be_read(self) -> None:
        one = record("A", block("a", before("see notes"), ecosystem="PyPI"))
        (why,) = unjudged("pkg:pypi/a@1", PyPI=[one]).values()
        assert "A speaks of a version that cannot be read" in why

    def test_an_ecosystem_that_the_database_does_not_hold(self) -> None:
        told = unjudged("pkg:pypi/a@1", "pkg:pypi/b@1", Debian=[OPENSSL])
        assert told == {"PyPI": "the database holds no advisories for it: 2 packages, such as pkg:pypi/a@1"}

    def test_a_kind_of_package_without_advisories(self) -> None:
        (why,) = unjudged("pkg:generic/python@3.11.2", Debian=[OPENSSL]).values()
        assert why == "there are no advisories for packages of the type generic"

    def test_a_release_that_the_database_does_not_hold(self) -> None:
        package = LIBSSL.replace("debian-12", "debian-13")
        assert list(unjudged(package, Debian=[OPENSSL])) == ["debian-13"]

    def test_no_release(self) -> None:
        told = unjudged("pkg:deb/debian/openssl@1", system="", Debian=[OPENSSL])
        assert list(told) == ["Debian"]

    def test_the_systems_release_where_the_package_says_nothing(self) -> None:
        assert found("pkg:deb/debian/openssl@1", Debian=[OPENSSL])

    @pytest.mark.parametrize("distribution", ["debian-12.5", "bookworm", "debian-bookworm"])
    def test_other_words_for_a_release(self, distribution: str) -> None:
        assert found(f"pkg:deb/debian/openssl@1?distro={distribution}", Debian=[OPENSSL])

    def test_another_distributions_package_is_not_judged_by_ours(self) -> None:
        assert list(unjudged("pkg:deb/debian/openssl@1?distro=ubuntu-12", Debian=[OPENSSL])) == ["Debian"]

    def test_a_record_that_names_only_commits(self) -> None:
        one = record("A", block("a", span({"introduced": "abc"}, type_="GIT"), ecosystem="PyPI"))
        assert unjudged("pkg:pypi/a@1", PyPI=[one]) == {"pkg:pypi/a@1": "A names commits and no versions"}

    def test_records_that_cannot_be_used_are_told_with_every_scan_of_their_ecosystem(self) -> None:
        broken = {"Debian": index("Debian", [OPENSSL, "X.json: it is no JSON", OPENSSL])}
        answer = Matcher(broken.get).match(inventory(sbom(LIBSSL)))
        (one,) = answer.unjudged
        assert one.what == "Debian"
        assert "2 records of the database cannot be used, such as X.json: it is no JSON" in one.why
        assert len(answer.findings) == 2
