from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pytest

from golden_images.core.findings import Finding, Level, Severity
from golden_images.core.scanning import Database, Scan
from golden_images.core.vulnerabilities import Vulnerability, merged

SOURCE = "pkg:deb/debian/openssl@3.0.14-1?arch=source&distro=debian-12"
BINARY = "pkg:deb/debian/libssl3@3.0.14-1?arch=amd64&distro=debian-12&upstream=openssl"
OPENSSL = "pkg:deb/debian/openssl@3.0.14-1"
URLLIB3 = "pkg:pypi/urllib3@1.26.5"


def finding(id_: str, *aliases: str, package: str = URLLIB3, level: str = "", fixed: str = "") -> Finding:
    severity = Severity(level=Level(level), source="nvd") if level else None
    return Finding(id=id_, aliases=aliases, package=package, severity=severity, fixed_version=fixed)


def scan(scanner: str, *findings: Finding) -> Scan:
    digest = f"sha256:{0:064}"
    database = Database(name=scanner, built=datetime(2026, 1, 1, tzinfo=UTC), digest=digest, records=1)
    return Scan(scanner=scanner, version="1", sbom=digest, database=database, findings=findings)


def merge(*scans: Scan, **known: Any) -> list[Vulnerability]:
    return list(merged(scans, known.get("exploited", {}), known.get("probability", {})))


def names(*findings: Finding) -> list[tuple[str, tuple[str, ...], list[str]]]:
    """Id, aliases and the ids that were claimed, by id; the same in whichever order scanners say it."""
    told = {
        tuple(
            (one.id, one.aliases, tuple(sorted(claim.id for claim in one.claims)))
            for one in sorted(
                merge(*(scan(str(at), said) for at, said in enumerate(order))), key=lambda one: one.id
            )
        )
        for order in permutations(findings)
    }
    (same,) = told
    return [(id_, aliases, list(claims)) for id_, aliases, claims in same]


def test_nothing() -> None:
    assert merge() == []
    assert merge(scan("osv")) == []


def test_scanners_agree_and_each_keeps_its_words() -> None:
    (one,) = merge(
        scan("osv", finding("DEBIAN-CVE-2026-0001", package=SOURCE, level="unknown")),
        scan("grype", finding("CVE-2026-0001", package=BINARY, level="high", fixed="3.0.15-1")),
        scan("distro", finding("CVE-2026-0001", package=BINARY, fixed="3.0.15-1~deb12u1")),
    )
    assert (one.id, one.aliases, one.package) == ("CVE-2026-0001", ("DEBIAN-CVE-2026-0001",), OPENSSL)
    assert [(said.scanner, said.id, said.package, said.fixed_version) for said in one.claims] == [
        ("osv", "DEBIAN-CVE-2026-0001", SOURCE, ""),
        ("grype", "CVE-2026-0001", BINARY, "3.0.15-1"),
        ("distro", "CVE-2026-0001", BINARY, "3.0.15-1~deb12u1"),
    ]
    assert [said.severity.level if said.severity else None for said in one.claims] == [
        "unknown",
        "high",
        None,
    ]
    assert one.level is Level.HIGH
    assert one.fixed_versions == ("3.0.15-1", "3.0.15-1~deb12u1")
    assert one.scanners == ("osv", "grype", "distro")


def test_aliases_are_followed() -> None:
    assert names(
        finding("PYSEC-1", "GHSA-a"), finding("GHSA-a", "CVE-2026-0001"), finding("CVE-2026-0001")
    ) == [("CVE-2026-0001", ("GHSA-a", "PYSEC-1"), ["CVE-2026-0001", "GHSA-a", "PYSEC-1"])]


def test_without_a_cve() -> None:
    assert names(finding("PYSEC-1", "GHSA-a"), finding("GHSA-a"), finding("GHSA-b", "OSV-1")) == [
        ("GHSA-a", ("PYSEC-1",), ["GHSA-a", "PYSEC-1"]),
        ("GHSA-b", ("OSV-1",), ["GHSA-b"]),
    ]


def test_an_advisory_does_not_join_what_it_mends() -> None:
    assert names(
        finding("DSA-5000-1", "CVE-2026-0001", "CVE-2026-0002"),
        finding("CVE-2026-0001"),
        finding("DSA-5000-1"),
    ) == [
        ("CVE-2026-0001", ("DSA-5000-1",), ["CVE-2026-0001", "DSA-5000-1", "DSA-5000-1"]),
        ("CVE-2026-0002", ("DSA-5000-1",), ["DSA-5000-1", "DSA-5000-1"]),
    ]


def test_an_advisory_without_cves() -> None:
    assert names(finding("DSA-5000-1"), finding("DSA-5000-2")) == [
        ("DSA-5000-1", (), ["DSA-5000-1"]),
        ("DSA-5000-2", (), ["DSA-5000-2"]),
    ]
    assert names(finding("DSA-5000-1", "GHSA-a", "GHSA-b"), finding("GHSA-b", "CVE-2026-0001")) == [
        ("CVE-2026-0001", ("DSA-5000-1", "GHSA-b"), ["DSA-5000-1", "GHSA-b"]),
        ("GHSA-a", ("DSA-5000-1",), ["DSA-5000-1"]),
    ]


def test_what_two_cves_share_does_not_join_them() -> None:
    """A record of both, one of each by the same other name, and one by that name alone."""
    both = [
        ("CVE-2026-0001", ("GHSA-a",), ["GHSA-a"]),
        ("CVE-2026-0002", ("GHSA-a",), ["GHSA-a"]),
    ]
    assert names(finding("GHSA-a", "CVE-2026-0001", "CVE-2026-0002")) == both
    assert names(
        finding("CVE-2026-0001", "GHSA-a"), finding("CVE-2026-0002", "GHSA-a"), finding("GHSA-a")
    ) == [(id_, aliases, [id_, "GHSA-a"]) for id_, aliases, _ in both]


def test_a_cve_is_itself_whatever_it_is_compared_with() -> None:
    assert names(finding("CVE-2026-0001", "CVE-2026-0002"), finding("CVE-2026-0002")) == [
        ("CVE-2026-0001", ("CVE-2026-0002",), ["CVE-2026-0001"]),
        ("CVE-2026-0002", (), ["CVE-2026-0002"]),
    ]


def test_another_package_or_version_is_another_vulnerability() -> None:
    found = merge(
        scan(
            "osv",
            finding("CVE-2026-0001"),
            finding("CVE-2026-0001", package="pkg:pypi/urllib3@2.0.0"),
            finding("CVE-2026-0001", package=SOURCE),
        )
    )
    assert sorted(one.package for one in found) == [OPENSSL, URLLIB3, "pkg:pypi/urllib3@2.0.0"]


def test_what_is_known_of_it_by_any_name() -> None:
    (one,) = merge(
        scan("osv", finding("GHSA-a", "CVE-2026-0001")),
        exploited={"CVE-2026-0001": date(2026, 2, 1), "CVE-2026-0002": date(2026, 1, 1)},
        probability={"CVE-2026-0001": 0.25},
    )
    assert (one.exploited, one.probability) == (date(2026, 2, 1), 0.25)
    (other,) = merge(scan("osv", finding("GHSA-b")), exploited={"CVE-2026-0002": date(2026, 1, 1)})
    assert (other.exploited, other.probability) == (None, None)


def test_what_an_advisory_mends_besides_is_not_known_of_this_one() -> None:
    exploited = {"CVE-2026-0002": date(2026, 1, 1)}
    first, second = merge(
        scan("osv", finding("DSA-1-1", "CVE-2026-0001", "CVE-2026-0002")), exploited=exploited
    )
    assert (first.id, first.exploited) == ("CVE-2026-0002", date(2026, 1, 1))
    assert (second.id, second.exploited) == ("CVE-2026-0001", None)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ((), "unknown"),
        (("unknown",), "unknown"),
        (("low", "unknown"), "low"),
        (("low", "critical"), "critical"),
    ],
)
def test_the_worst_that_anybody_says(levels: tuple[str, ...], expected: str) -> None:
    said = [scan("osv", finding("CVE-2026-0001", level=level)) for level in levels]
    (one,) = merge(*said, scan("distro", finding("CVE-2026-0001")))
    assert one.level is Level(expected)
    assert one.finding().severity.level is Level(expected)  # type: ignore[union-attr]


def test_the_most_urgent_comes_first() -> None:
    found = merge(
        scan(
            "osv",
            finding("CVE-2026-0001", level="low"),
            finding("CVE-2026-0002", level="high"),
            finding("CVE-2026-0003", level="high"),
            finding("CVE-2026-0004", level="high", fixed="2"),
            finding("CVE-2026-0005", level="critical"),
            finding("CVE-2026-0006", level="medium"),
        ),
        exploited={"CVE-2026-0006": date(2026, 1, 1)},
        probability={"CVE-2026-0003": 0.5},
    )
    assert [one.id[-1] for one in found] == ["6", "5", "4", "3", "2", "1"]


def test_since_when_there_is_any_fix() -> None:
    first, second = date(2026, 1, 1), date(2026, 2, 1)
    said = finding("CVE-2026-0001", fixed="2")
    (one,) = merge(
        scan("distro", said.model_copy(update={"fixed_since": second})),
        scan("osv", said.model_copy(update={"fixed_since": first})),
        scan("grype", said),
    )
    assert [claim.fixed_since for claim in one.claims] == [second, first, None]
    assert one.fixed_since == one.finding().fixed_since == first
    (nobody,) = merge(scan("grype", said))
    assert nobody.fixed_since is None


def test_as_a_finding() -> None:
    (one,) = merge(
        scan("osv", finding("GHSA-a", "CVE-2026-0001", level="high", fixed="1.26.6")),
        scan("grype", finding("GHSA-a", level="low", fixed="1.26.7")),
    )
    assert str(one.finding()) == ("CVE-2026-0001 high (pkg:pypi/urllib3@1.26.5, fixed in 1.26.6 or 1.26.7)")


def test_survives_as_text() -> None:
    (one,) = merge(scan("osv", finding("CVE-2026-0001")), exploited={"CVE-2026-0001": date(2026, 1, 1)})
    assert Vulnerability.model_validate_json(one.model_dump_json()) == one
