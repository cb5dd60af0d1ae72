"""The stage scan: the stored SBOM goes to the scanners; what they say is evidence, and judged as such."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from golden_images.advisories.formats import epss, kev
from golden_images.advisories.store import Store
from golden_images.core import media
from golden_images.core.advisories import AdvisoryDatabase
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.findings import Finding, Level
from golden_images.core.policy.demand import PolicyDemand
from golden_images.core.scan_report import PREDICATE, ScanReport, parse
from golden_images.core.scanning import Unjudged
from golden_images.errors import GoldenImagesError, StageFailed, ToolError
from golden_images.evidence.store import Witnesses
from golden_images.job import Job, Report
from golden_images.pipeline import stage
from golden_images.stages import gate
from tests.fakes.policy import policy
from tests.fakes.registry import FakeRegistry
from tests.fakes.scanning import Advisory, FakeScanner
from tests.fakes.world import NOW, Run, World, root

HOLE = Advisory("CVE-2026-1", "base-files", "12.4+deb12u6", Level.CRITICAL)


@pytest.fixture
def made(world: World) -> Run:
    """An image up to its SBOM."""
    return world.run(root(), until="sbom")


def job(world: World, run: Run, name: str = "scan") -> Job:
    assert run.resolution.plan_digest is not None
    return world.job("root", run.resolution.plan_digest, run.candidate, name)


def scan(world: World, run: Run) -> Report:
    return stage("scan").perform(job(world, run), world.ports())


def refused(world: World, run: Run) -> str:
    with pytest.raises(StageFailed) as caught:
        scan(world, run)
    return caught.value.cause


def stored(world: World, run: Run) -> dict[str, bytes]:
    """The newest attempt's reports, by kind."""
    of = job(world, run)
    witnesses, demand = Witnesses.of(of, world.ports()), of.demanded()
    known = witnesses.snapshot(of.subject().digest)
    attempt = known.current("scan", demand.fingerprint(of.plan), demand.evidence.kinds)
    assert attempt is not None
    return witnesses.read(attempt)


def report(world: World, run: Run) -> ScanReport:
    return parse(stored(world, run)[media.IN_TOTO])


def tell(world: World, run: Run, said: ScanReport) -> None:
    """Another scan is what the stage wrote down last."""
    of = job(world, run)
    witnesses, demand = Witnesses.of(of, world.ports()), of.demanded()
    body = json.loads(stored(world, run)[media.IN_TOTO])
    body["predicate"]["scanner"]["result"] = said.model_dump(mode="json", exclude_defaults=True)
    reports = {**stored(world, run), media.IN_TOTO: canonical_json(body)}
    witnesses.store(
        of.subject(),
        witnesses.snapshot(of.subject().digest),
        stage="scan",
        mark=demand.fingerprint(of.plan),
        reports=reports,
        tool="scan",
    )


def judged(world: World, run: Run) -> str:
    """What the gate holds against the scan."""
    with pytest.raises(StageFailed) as caught:
        gate.run(job(world, run, "gate"), world.ports())
    problems = [one for one in caught.value.cause.split("; ") if one.startswith("scan: ")]
    return "; ".join(problems)


def test_the_stored_sbom_is_scanned(world: World, made: Run) -> None:
    world.scanners["osv"].advisories = [HOLE]
    done = scan(world, made)
    assert done.made
    assert done.facts == {"vulnerabilities": 1, "vulnerabilities_fixed": 1}
    assert done.summary == "1 vulnerability, 1 high or worse, 1 with a fix"
    said = report(world, made)
    subject = job(world, made).subject().digest
    (sbom,) = [one for one in world.catalog.evidence("root", subject) if one.artifact_type == media.CYCLONEDX]
    assert (said.subject, said.sbom_artifact) == (subject, sbom.digest)
    assert [(one.scanner, len(one.findings)) for one in said.scans] == [("distro", 0), ("osv", 1)]
    for scanner in world.scanners.values():
        assert Digest.of(scanner.requests[0].sbom) == scanner.requests[0].digest == said.sbom
    assert [one.name for one in said.databases()] == ["debian-archive", "osv"]


def test_the_log_tells_what_was_found(world: World, made: Run) -> None:
    world.scanners["osv"].advisories = [HOLE, replace(HOLE, id="CVE-2026-2", fixed="", level=Level.LOW)]
    world.scanners["distro"].advisories = [HOLE]
    scan(world, made)
    told = "\n".join(world.log)
    assert "2 vulnerabilities: 1 critical, 1 low; 1 with a fix" in told
    about = "pkg:deb/debian/base-files@12.4%2Bdeb12u5, fixed in 12.4+deb12u6"
    assert f"  CVE-2026-1 critical: base-files has a hole ({about}) by distro, osv" in told


def test_it_is_told_in_three_forms(world: World, made: Run) -> None:
    world.scanners["osv"].advisories = [HOLE]
    scan(world, made)
    reports = stored(world, made)
    assert json.loads(reports[media.IN_TOTO])["predicateType"] == PREDICATE
    (run,) = json.loads(reports[media.SARIF])["runs"]
    assert [one["ruleId"] for one in run["results"]] == ["CVE-2026-1"]
    assert [one["id"] for one in json.loads(reports[media.CYCLONEDX_VDR])["vulnerabilities"]] == [
        "CVE-2026-1"
    ]


def test_a_scan_that_stands_is_not_made_twice(world: World, made: Run) -> None:
    scan(world, made)
    for scanner in world.scanners.values():
        scanner.requests.clear()
    assert not scan(world, made).made
    assert [scanner.requests for scanner in world.scanners.values()] == [[], []]


def newer(world: World, **changes: object) -> AdvisoryDatabase:
    (standing,) = world.catalog.databases("osv")
    digest = Digest.of(repr(changes).encode())
    made = replace(standing, digest=digest, imported_at=standing.imported_at + timedelta(hours=1), **changes)
    world.catalog.record_database(made)
    return made


def test_a_newer_database_is_asked(world: World, made: Run) -> None:
    scan(world, made)
    world.import_advisories(HOLE)
    assert scan(world, made).made
    assert any("there is another osv database" in line for line in world.log)


def test_without_a_database_there_is_no_scan(world: World, made: Run) -> None:
    world.catalog.databases = lambda name=None: []  # type: ignore[method-assign]
    cause = refused(world, made)
    assert "osv: there is no osv database; import one: golden-images advisories import" in cause
    assert [one.scanner for one in report(world, made).scans] == ["distro"]


def test_a_database_that_the_registry_lost_or_altered(world: World, made: Run) -> None:
    database = newer(world)
    assert f"{database.digest} is gone from the registry; import it anew" in refused(world, made)


def test_a_database_that_the_registry_alters_is_not_scanned_with(world: World, made: Run) -> None:
    assert isinstance(world.registry, FakeRegistry)
    held = world.registry._repositories["golden/advisories"].blobs
    for digest, content in held.items():
        held[digest] = content.replace(b"PK", b"KP")
    cause = refused(world, made)
    assert "the content does not match its digest; import it anew: golden-images advisories import" in cause


def test_what_is_exploited_and_how_probably_it_will_be(world: World, made: Run, tmp_path: Path) -> None:
    """By lists that were imported; a list that cannot be read is told."""
    entry = {"cveID": "CVE-2026-12345", "dateAdded": "2026-02-01"}
    listed = {"catalogVersion": "1", "dateReleased": "2026-11-01T00:00:00Z", "vulnerabilities": [entry]}
    (tmp_path / "kev.json").write_text(json.dumps({**listed, "count": 1}))
    (tmp_path / "epss.csv").write_text(
        "#model_version:v1,score_date:2026-11-01T00:00:00+0000\ncve,epss,percentile\nCVE-2026-12345,0.5,0.9\n"
    )
    store = Store(world.organisation, world.registry, world.catalog, lambda: NOW, world.log.append)
    for content in (
        kev.catalog(tmp_path / "kev.json", tmp_path),
        epss.scores(tmp_path / "epss.csv", tmp_path),
    ):
        store.put(content, "the tests")
    world.scanners["osv"].advisories = [replace(HOLE, id="CVE-2026-12345"), HOLE]
    scan(world, made)
    said = report(world, made)
    assert [one.name for one in said.lists] == ["kev", "epss"]
    first, second = said.vulnerabilities()
    assert (first.id, first.exploited, first.probability) == ("CVE-2026-12345", date(2026, 2, 1), 0.5)
    assert (second.exploited, second.probability) == (None, None)
    assert any(line.endswith("by osv, exploited") for line in world.log)
    # The judge asks the catalog for the lists, too.
    (database,) = world.catalog.databases("kev")
    tell(world, made, said.model_copy(update={"lists": (database.about.model_copy(update={"records": 9}),)}))
    assert "the kev database" in judged(world, made)


@pytest.mark.parametrize(
    "failure",
    [
        ToolError("grype ended by SIGSEGV"),
        ToolError("grype did not finish within 600 seconds"),
        ToolError("what grype printed is no JSON"),
    ],
)
def test_a_scanner_that_could_not_run_is_not_a_clean_scan(
    world: World, made: Run, failure: GoldenImagesError
) -> None:
    world.scanners["osv"].failure = failure
    assert f"osv: {failure.what}" in refused(world, made)
    assert f"scan: osv: {failure.what}" in judged(world, made)
    world.scanners["osv"].failure = None
    assert scan(world, made).made


def test_what_could_not_be_judged_is_not_clean(world: World, made: Run) -> None:
    world.scanners["osv"].unjudged = [
        Unjudged(what="npm", why="the database has no npm"),
        Unjudged(what="pkg:npm/lodash@1", why="the database has no npm"),
    ]
    assert "osv could not judge npm: the database has no npm; and 1 more" in refused(world, made)
    left = world.run(root(stages={"scan": {"leave_out": ["npm"]}}), until="sbom")
    assert scan(world, left).made


def test_a_version_that_nobody_can_read(world: World) -> None:
    world.sbom_generator.packages = {"base-files": "12", "odd": "x:y"}
    run = world.run(root(), until="sbom")
    assert "nobody can judge pkg:deb/debian/odd@x:y" in refused(world, run)


def test_what_is_known_of_a_package_s_support_is_told(world: World, made: Run) -> None:
    notice = Finding(id="support-ended", package="pkg:deb/debian/base-files@1", message="it ended")
    world.scanners["distro"].notices = [notice]
    scan(world, made)
    (run,) = json.loads(stored(world, made)[media.SARIF])["runs"]
    assert [one["ruleId"] for one in run["results"]] == ["support-ended"]


def test_a_scanner_that_was_not_asked_has_not_answered(world: World, made: Run) -> None:
    scan(world, made)
    said = report(world, made)
    tell(world, made, said.model_copy(update={"scans": said.scans[:1]}))
    assert "the scanner osv has not answered" in judged(world, made)


def test_a_scan_of_another_image_or_sbom(world: World, made: Run) -> None:
    scan(world, made)
    said = report(world, made)
    other = f"sha256:{7:064}"
    tell(world, made, said.model_copy(update={"sbom_artifact": other}))
    assert "the scan is of another SBOM than the current one" in judged(world, made)
    tell(world, made, said.model_copy(update={"sbom": other}))
    assert "osv was given another SBOM" in judged(world, made)
    tell(world, made, said.model_copy(update={"subject": other}))
    assert "another digest than its result" in judged(world, made)


def test_a_new_sbom_is_scanned_anew(world: World, made: Run) -> None:
    scan(world, made)
    of = job(world, made, "sbom")
    witnesses, demand = Witnesses.of(of, world.ports()), of.demanded()
    known = witnesses.snapshot(of.subject().digest)
    attempt = known.current("sbom", demand.fingerprint(of.plan), demand.evidence.kinds)
    assert attempt is not None
    reports = {kind: content + b" " for kind, content in witnesses.read(attempt).items()}
    witnesses.store(
        of.subject(), known, stage="sbom", mark=demand.fingerprint(of.plan), reports=reports, tool="syft"
    )
    assert "another SBOM than the current one" in judged(world, made)
    assert scan(world, made).made


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"digest": f"sha256:{7:064}"}, "the catalog does not know the osv database"),
        ({"records": 7}, "as another one"),
        ({"records": 0}, "the osv database is empty"),
        ({"built": datetime.now(UTC) + timedelta(days=1)}, "which is to come"),
    ],
)
def test_a_database_that_was_swapped_between_scan_and_gate(
    world: World, made: Run, change: dict[str, object], expected: str
) -> None:
    scan(world, made)
    said = report(world, made)
    scans = [
        one.model_copy(update={"database": one.database.model_copy(update=change)})
        if one.scanner == "osv" and one.database
        else one
        for one in said.scans
    ]
    tell(world, made, said.model_copy(update={"scans": tuple(scans)}))
    assert expected in judged(world, made)


def test_without_a_current_sbom_there_is_nothing_to_scan(world: World) -> None:
    run = world.run(root(), until="build")
    with pytest.raises(StageFailed, match="there is no current SBOM") as caught:
        scan(world, run)
    assert caught.value.remedy == "clear the task sbom"


def test_answers_are_kept_for_the_same_sbom_and_database(world: World, made: Run) -> None:
    scan(world, made)
    osv = world.scanners["osv"]
    asked = len(osv.requests)
    tell(world, made, report(world, made).model_copy(update={"subject": f"sha256:{7:064}"}))
    assert scan(world, made).made
    # A canary only: what it said of the SBOM is known.
    assert len(osv.requests) == asked + 1


def test_a_scanner_that_a_policy_asks_for_since_is_asked(world: World, made: Run) -> None:
    """Although the scan that stands passes; that there is no database for it is then no clean answer."""
    asked = PolicyDemand.of(policy(scanners=["osv", "grype"]), "")
    scan(world, made)
    world.scanners["grype"] = FakeScanner(name="grype")
    plan = job(world, made).plan
    plan = plan.model_copy(update={"demands": plan.demands.model_copy(update={"policy": asked})})
    with pytest.raises(StageFailed, match="grype"):
        stage("scan").perform(replace(job(world, made), plan=plan), world.ports())
    assert any("grype was not asked; it is made anew" in line for line in world.log)
