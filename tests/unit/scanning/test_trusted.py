"""What a scanner says is believed only where everything around it was sound."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from golden_images.core.digest import Digest
from golden_images.core.findings import Finding
from golden_images.core.scanning import Database, Scan, Unjudged
from golden_images.errors import IntegrityError, ServiceError, ToolError
from golden_images.ports import Mounted
from golden_images.scanning import trusted
from golden_images.scanning.sboms import Sbom, read
from golden_images.scanning.trusted import Answer, Asked
from tests.fakes.scanning import ARCHIVE, Advisory, FakeScanner

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SUBJECT = Digest(f"sha256:{1:064}")
ARTIFACT = Digest(f"sha256:{2:064}")
OSV = Database(name="osv", built=NOW - timedelta(hours=3), digest=f"sha256:{3:064}", records=2)
ZLIB = "pkg:deb/debian/zlib1g@1.3-1?arch=amd64&distro=debian-12&upstream=zlib"
FLASK = "pkg:pypi/flask@2.0"


def document(*purls: str, subject: str = SUBJECT, system: str = "debian-12") -> bytes:
    name, _, version = system.partition("-")
    components = [{"type": "operating-system", "name": name, "version": version}] if system else []
    components += [{"type": "library", "name": "it", "purl": one} for one in purls]
    return json.dumps({"metadata": {"component": {"version": subject}}, "components": components}).encode()


def sbom(*purls: str, **more: str) -> Sbom:
    return read(document(*purls, **more), ARTIFACT, SUBJECT)


def asked(scanner: FakeScanner, database: Database = OSV) -> Asked:
    mounted = Mounted(database, Path("/nowhere")) if scanner.database else None
    return Asked(scanner, mounted, 60, lambda _: None)


def about(scanner: FakeScanner, of: Sbom, database: Database = OSV) -> Answer:
    return asked(scanner, database).about(of, NOW)


def doubt(scanner: FakeScanner, of: Sbom, database: Database = OSV) -> str:
    answer = about(scanner, of, database)
    assert not answer.believed
    return "; ".join(answer.doubts)


@pytest.mark.parametrize("name", ["osv", "distro"])
def test_a_clean_answer_is_believed_after_a_canary(name: str) -> None:
    scanner = FakeScanner(name)
    answer = about(scanner, sbom(ZLIB))
    assert answer.believed
    assert answer.scan is not None
    assert answer.scan.findings == ()
    first, canary = scanner.requests
    assert b"openssl" in canary.sbom
    assert b"distro=debian-12" in canary.sbom
    assert canary.digest == Digest.of(canary.sbom) != first.digest
    assert canary.database == first.database


def test_one_canary_an_ecosystem_for_all_sboms() -> None:
    scanner = FakeScanner()
    one = asked(scanner)
    assert one.about(sbom(ZLIB, FLASK), NOW).believed
    assert len(scanner.requests) == 1 + 2
    assert one.about(sbom(FLASK), NOW).believed
    assert len(scanner.requests) == 1 + 2 + 1
    assert one.about(sbom(ZLIB, system="debian-13"), NOW).believed
    assert len(scanner.requests) == 4 + 2, "another distribution has its own"


def test_what_was_found_is_a_canary_itself() -> None:
    scanner = FakeScanner(advisories=[Advisory("CVE-2026-1", "zlib")])
    assert about(scanner, sbom(ZLIB)).believed
    assert len(scanner.requests) == 1


def test_a_database_that_knows_nothing_of_it_is_found_out() -> None:
    """Of one ecosystem, of a distribution, or of anything at all; also in our own scanners."""
    assert "canary in deb packages of debian-12" in doubt(FakeScanner(known=()), sbom(ZLIB))
    assert "canary in deb packages" in doubt(FakeScanner("distro", known=()), sbom(ZLIB))
    half = FakeScanner(known=FakeScanner().known[:1], advisories=[Advisory("CVE-2026-1", "zlib")])
    assert "canary in pypi packages" in doubt(half, sbom(ZLIB, FLASK))


def test_nobody_knows_whether_it_sees_what_has_no_canary() -> None:
    assert "no canary is known" in doubt(FakeScanner(), sbom("pkg:generic/thing@1"))
    left = FakeScanner(unjudged=[Unjudged(what="pkg:generic/thing@1", why="nobody lists such")])
    assert about(left, sbom("pkg:generic/thing@1")).believed


def test_one_package_that_cannot_be_judged_speaks_for_no_other_of_its_kind() -> None:
    left = FakeScanner(known=(), unjudged=[Unjudged(what=ZLIB, why="its version is unreadable")])
    assert about(left, sbom(ZLIB)).believed, "it claims nothing"
    other = "pkg:deb/debian/curl@8-1?arch=amd64&distro=debian-12"
    assert "canary in deb packages" in doubt(left, sbom(ZLIB, other))


def test_what_is_left_out_needs_no_canary() -> None:
    of = sbom(ZLIB, "pkg:generic/thing@1")
    assert asked(FakeScanner()).about(of, NOW, leave_out=["generic"]).believed
    assert not asked(FakeScanner(known=())).about(of, NOW, leave_out=["generic"]).believed


def test_distro_is_not_asked_about_others_packages() -> None:
    assert about(FakeScanner("distro"), sbom(ZLIB, FLASK)).believed


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"sbom": f"sha256:{9:064}"}, "about another SBOM"),
        ({"scanner": "other"}, "the answer is of other 0.0.0"),
        ({"version": "9"}, "the answer is of osv 9"),
        ({"database": None}, "names no database"),
        ({"database": OSV.model_copy(update={"digest": f"sha256:{9:064}"})}, "was given the database"),
        ({"findings": (Finding(id="CVE-1", package="pkg:deb/debian/other@1"),)}, "answers about pkg:deb"),
        ({"findings": (Finding(id="CVE-1"),)}, "answers about no package"),
    ],
)
def test_an_answer_to_something_else(change: dict[str, Any], expected: str) -> None:
    def answer(scan: Scan) -> Scan:
        return scan.model_copy(update=change)

    assert expected in doubt(FakeScanner(answer=answer), sbom(ZLIB))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"records": 0}, "database is empty"),
        ({"built": NOW + timedelta(days=1)}, "2026-11-25T12:00:00Z, which is to come"),
    ],
)
@pytest.mark.parametrize("name", ["osv", "distro"])
def test_a_database_that_cannot_be(name: str, change: dict[str, Any], expected: str) -> None:
    scanner = FakeScanner(name, own=ARCHIVE.model_copy(update=change))
    assert expected in doubt(scanner, sbom(ZLIB), OSV.model_copy(update=change))


def test_a_clock_that_is_a_little_ahead_is_none() -> None:
    assert about(
        FakeScanner(), sbom(ZLIB), OSV.model_copy(update={"built": NOW + timedelta(minutes=1)})
    ).believed


@pytest.mark.parametrize(
    "failure",
    [
        ToolError("grype ended by SIGSEGV", cause="exit code -11"),
        ToolError("grype did not finish within 60 seconds"),
        ToolError("grype printed more than 64 MiB"),
        IntegrityError("the database was altered"),
    ],
)
def test_a_scanner_that_could_not_run_has_said_nothing(failure: ToolError) -> None:
    answer = about(FakeScanner(failure=failure), sbom(ZLIB))
    assert answer.scan is None
    assert answer.doubts[0].startswith(failure.what)


def test_garbage_is_no_answer() -> None:
    def answer(scan: Scan) -> Scan:
        return Scan.model_validate(json.loads('{"findings": 7}'))

    scanner = FakeScanner(answer=answer)
    assert "its answer cannot be read (ValidationError" in doubt(scanner, sbom(ZLIB))


def test_more_findings_than_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusted, "MOST_FINDINGS", 1)
    scanner = FakeScanner(advisories=[Advisory("CVE-2026-1", "zlib"), Advisory("CVE-2026-2", "zlib")])
    assert "2 findings are more than any image has" in doubt(scanner, sbom(ZLIB))


def test_a_service_that_does_not_answer_is_for_a_later_try() -> None:
    with pytest.raises(ServiceError):
        about(FakeScanner("distro", failure=ServiceError("the archive is down")), sbom(ZLIB))


def test_a_canary_that_cannot_be_asked_about() -> None:
    def answer(scan: Scan) -> Scan:
        if scan.sbom != of.digest:
            raise ToolError("it crashed")
        return scan

    of = sbom(ZLIB)
    assert "could not be tried on a canary: it crashed" in doubt(FakeScanner(answer=answer), of)


def test_what_it_said_before_is_checked_again() -> None:
    scanner, of = FakeScanner(), sbom(ZLIB)
    known = about(scanner, of).scan
    scanner.requests.clear()
    again = asked(scanner).about(of, NOW, known)
    assert again.believed
    assert [request.sbom for request in scanner.requests] != [of.content]
    other = asked(scanner, OSV.model_copy(update={"digest": f"sha256:{9:064}"})).about(of, NOW, known)
    assert "was given the database" in other.doubts[0]


def test_an_empty_answer_of_another_distribution() -> None:
    def answer(scan: Scan) -> Scan:
        left = (Unjudged(what="alpine-3.20", why="it is not Debian"),)
        return scan.model_copy(update={"database": None, "unjudged": left})

    apk = sbom("pkg:apk/alpine/musl@1", system="alpine-3.20")
    assert about(FakeScanner("distro", answer=answer), apk).believed
