"""What is known about a release, from one look to the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from golden_images.core.digest import Digest
from golden_images.core.findings import Finding, Level, Severity
from golden_images.core.rescanning.known import FINDINGS, KEPT, KnownFinding, Rescan, difference
from golden_images.core.scanning import Database, Scan
from golden_images.core.vulnerabilities import Vulnerability, merged

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
DAY = timedelta(days=1)
DATABASE = Database(name="osv", built=NOW, digest=f"sha256:{'d' * 64}", records=1)


def found(*ids: str, fixed: str = "3.0.15-1", level: Level = Level.HIGH) -> tuple[Vulnerability, ...]:
    purl = "pkg:deb/debian/libssl3@3.0.14-1?arch=amd64&distro=debian-12&upstream=openssl"
    findings = tuple(
        Finding(id=id_, package=purl, fixed_version=fixed, severity=Severity(level=level, source="osv"))
        for id_ in ids
    )
    scan = Scan(scanner="osv", version="1", sbom=f"sha256:{'a' * 64}", database=DATABASE, findings=findings)
    return merged([scan], {}, {})


def test_one_is_new_once_and_keeps_when_it_was_seen_first() -> None:
    first = difference((), found("CVE-2026-1001"), NOW, whole=True)
    (known,) = first.findings
    assert first.new == (known,)
    assert (known.since, known.gone, known.names) == (NOW, None, ("libssl3",))
    assert str(known) == "CVE-2026-1001 fixed in openssl 3.0.15-1"
    again = difference(first.findings, found("CVE-2026-1001", fixed="3.0.16-1"), NOW + DAY, whole=True)
    assert (again.new, again.gone) == ((), ())
    (now,) = again.findings
    assert (now.since, now.fixed) == (NOW, ("3.0.16-1",)), "what is said of it now"
    assert now.mark != known.mark, "another fix is news for a build"


def test_one_that_is_not_found_is_gone_only_if_everybody_was_asked() -> None:
    known = difference((), found("CVE-2026-1001", "CVE-2026-1002"), NOW, whole=True).findings
    partly = difference(known, found("CVE-2026-1002"), NOW + DAY, whole=False)
    assert (partly.gone, {one.id for one in partly.findings if one.gone is None}) == (
        (),
        {"CVE-2026-1001", "CVE-2026-1002"},
    )
    wholly = difference(partly.findings, found("CVE-2026-1002"), NOW + DAY, whole=True)
    assert [(one.id, one.gone) for one in wholly.gone] == [("CVE-2026-1001", NOW + DAY)]
    back = difference(wholly.findings, found("CVE-2026-1001", "CVE-2026-1002"), NOW + 2 * DAY, whole=True)
    assert [(one.id, one.since) for one in back.new] == [("CVE-2026-1001", NOW + 2 * DAY)]


def test_what_is_gone_does_not_grow_for_ever() -> None:
    past = tuple(
        KnownFinding(id=f"CVE-2020-{number:04}", package="pkg:pypi/a@1", since=NOW, gone=NOW + number * DAY)
        for number in range(KEPT + 5)
    )
    kept = difference(past, found("CVE-2026-1001"), NOW, whole=True).findings
    assert len(kept) == KEPT + 1
    assert kept[1].id == "CVE-2020-0005", "the last ones"


def test_it_is_counted_by_severity_and_read_back() -> None:
    known = difference((), found("CVE-2026-1001", "CVE-2026-1002"), NOW, whole=True).findings
    worse = difference((), found("CVE-2026-1003", level=Level.CRITICAL), NOW, whole=True).findings
    gone = known[0].model_copy(update={"id": "CVE-2020-1", "gone": NOW})
    rescan = Rescan("root", Digest(f"sha256:{'1' * 64}"), NOW, (*known, *worse, gone))
    assert str(rescan.summary) == "1 critical, 2 high"
    assert str(Rescan("root", rescan.digest, NOW).summary) == "none"
    assert FINDINGS.validate_json(FINDINGS.dump_json(rescan.findings, exclude_defaults=True)) == (
        rescan.findings
    )
