"""How bad an advisory says that it is, and who says so."""

from __future__ import annotations

from typing import Any

import pytest

from golden_images.core.findings import Level, Severity
from golden_images.core.inventory import inventory
from golden_images.core.osv.matching import Matcher
from tests.unit.core.osv.advisories import before, block, indices, record, sbom

HIGH_4 = "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N"


def severity(id_: str = "DEBIAN-CVE-2026-0001", inside: Any = None, **more: Any) -> Severity | None:
    one = record(id_, block("openssl", before("9"), **(inside or {})), **more)
    held = inventory(sbom("pkg:deb/debian/openssl@1?distro=debian-12"))
    (finding,) = Matcher(indices(Debian=[one]).get).match(held).findings
    return finding.severity


def cvss(kind: str, vector: str) -> list[dict[str, str]]:
    return [{"type": kind, "score": vector}]


@pytest.mark.parametrize(
    ("kind", "vector", "level", "word"),
    [
        ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Level.CRITICAL, "critical 9.8 (CVSS 3)"),
        ("CVSS_V3", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", Level.HIGH, "high 7.5 (CVSS 3)"),
        ("CVSS_V3", "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", Level.LOW, "low 1.8 (CVSS 3)"),
        ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Level.NONE, "none 0.0 (CVSS 3)"),
        ("CVSS_V4", HIGH_4, Level.HIGH, "high 8.2 (CVSS 4)"),
        ("CVSS_V2", "AV:N/AC:L/Au:N/C:P/I:N/A:N", Level.MEDIUM, "medium 5.0 (CVSS 2)"),
    ],
)
def test_scores(kind: str, vector: str, level: Level, word: str) -> None:
    assert severity(severity=cvss(kind, vector)) == Severity(level=level, source="debian", word=word)


@pytest.mark.parametrize("vector", ["", "CVSS:3.1/AV:N", "CVSS:9.0/AV:N", "high", "A" * 10_000])
def test_a_vector_that_cannot_be_read_says_nothing(vector: str) -> None:
    found = severity(severity=cvss("CVSS_V3", vector))
    assert found == Severity(level=Level.UNKNOWN, source="debian")


def test_nobody_rated_it() -> None:
    found = severity(inside={"ecosystem_specific": {"urgency": "not yet assigned"}})
    assert found == Severity(level=Level.UNKNOWN, source="debian", word="not yet assigned")


@pytest.mark.parametrize(
    ("urgency", "level"), [("low**", Level.LOW), ("high", Level.HIGH), ("unimportant", Level.LOW)]
)
def test_debians_words(urgency: str, level: Level) -> None:
    found = severity(inside={"ecosystem_specific": {"urgency": urgency}})
    assert found is not None
    assert (found.level, found.word) == (level, urgency.rstrip("*"))


def test_the_worst_of_what_it_says() -> None:
    found = severity(
        severity=cvss("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        inside={"ecosystem_specific": {"urgency": "low"}},
    )
    assert found is not None
    assert found.level is Level.CRITICAL


def test_what_the_distribution_says_is_no_matter_is_none() -> None:
    found = severity(
        severity=cvss("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        inside={"ecosystem_specific": {"urgency": "unimportant"}},
    )
    assert found == Severity(level=Level.LOW, source="debian", word="unimportant")


def test_another_releases_word_is_not_ours() -> None:
    one = record(
        "DEBIAN-CVE-2026-0001",
        block("openssl", before("9"), ecosystem="Debian:11", ecosystem_specific={"urgency": "unimportant"}),
        block("openssl", before("9"), ecosystem_specific={"urgency": "high"}),
    )
    held = inventory(sbom("pkg:deb/debian/openssl@1?distro=debian-12"))
    (finding,) = Matcher(indices(Debian=[one]).get).match(held).findings
    assert finding.severity == Severity(level=Level.HIGH, source="debian", word="high")


@pytest.mark.parametrize(
    ("id_", "source"),
    [("GHSA-1", "github"), ("PYSEC-2026-1", "pypa"), ("DSA-1-1", "debian"), ("RUSTSEC-1", "rustsec")],
)
def test_who_says_so(id_: str, source: str) -> None:
    assert severity(id_, database_specific={"severity": "MODERATE"}) == Severity(
        level=Level.MEDIUM, source=source, word="moderate"
    )
