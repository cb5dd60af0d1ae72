"""Scan: what several scanners find in the stored SBOM, by which databases, and what of it is believed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from golden_images.core import media
from golden_images.core.advisories import NAMES
from golden_images.core.digest import Digest
from golden_images.core.findings import Level
from golden_images.core.inventory import package
from golden_images.core.judging import Case, Verdict
from golden_images.core.policy.input import ListSeen, NoticeSeen, ScanSeen, Seen, VulnerabilitySeen
from golden_images.core.scan_report import ScanReport, parse, statement, told
from golden_images.core.vulnerabilities import Vulnerability
from golden_images.core.words import count
from golden_images.errors import StageFailed
from golden_images.evidence.examine import Made, examine
from golden_images.evidence.store import Witnesses
from golden_images.job import Job, Report
from golden_images.ports import Ports
from golden_images.scanning import reports, sboms
from golden_images.scanning.sboms import Sbom
from golden_images.scanning.scan import Scanning
from golden_images.scanning.trusted import doubts_of
from golden_images.stages.options import Scan

#: A scan that passed is made anew by a later try once it is so old, or once there is a newer database.
_FRESH = timedelta(hours=12)


def run(job: Job, ports: Ports) -> Report:
    options, subject = job.options(Scan), job.subject()
    sbom = _sbom(job, Witnesses.of(job, ports))
    # Those that the policy asks for are asked, too: whether they had to answer is for it to say.
    scanners = tuple(dict.fromkeys((*options.scanners, *(job.policy.scanners if job.policy else ()))))

    def make() -> Made:
        with Scanning(job.organisation, ports, job.log, options.timeout_minutes * 60) as scanning:
            report = scanning.report(sbom, scanners, options.leave_out)
        for line in told(report):
            job.log(line)
        found = report.vulnerabilities()
        made = {
            media.IN_TOTO: statement(report, job.reference(ports.registry())),
            media.SARIF: reports.sarif(report, found),
            media.CYCLONEDX_VDR: reports.cyclonedx(report, found),
        }
        return Made(made, " ".join(f"{scan.scanner}/{scan.version}" for scan in report.scans) or "none")

    def outdated(given: Mapping[str, bytes], now: datetime) -> str:
        report, catalog = parse(given[media.IN_TOTO]), ports.catalog()
        if report.finished + _FRESH < now:
            return f"it is of {report.finished:%Y-%m-%d %H:%M}"
        heard = {scan.scanner for scan in report.scans} | {doubt.scanner for doubt in report.doubts}
        for name in scanners:
            if name not in heard:
                return f"{name} was not asked"
        for one in report.databases():
            newest = next(iter(catalog.databases(one.name)), None) if one.name in NAMES else None
            if newest is not None and newest.digest != one.digest:
                return f"there is another {one.name} database"
        return ""

    remedy = "import what databases are missing, mend what the scanners found, and clear this task"
    return examine(job, ports, subject, make, remedy=remedy, outdated=outdated)


def _sbom(job: Job, witnesses: Witnesses) -> Sbom:
    """The image's current one, as it was stored."""
    subject = job.subject().digest
    demand = next(one for one in job.demands if one.evidence.packages)
    known = witnesses.snapshot(subject)
    attempt = known.current(demand.stage, demand.fingerprint(job.plan), demand.evidence.kinds)
    remedy = f"clear the task {demand.stage}"
    if attempt is None:
        raise StageFailed(f"{job.definition.name}: there is no current SBOM of {subject}", remedy=remedy)
    record = attempt.reports[demand.evidence.packages]
    content = witnesses.report(record)
    try:
        return sboms.read(content, record.digest, subject)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        cause = f"{error}"[:300]
        raise StageFailed(
            f"{job.definition.name}: the SBOM of {subject} cannot be scanned", cause=cause, remedy=remedy
        ) from error


def judge(case: Case, reports: Mapping[str, bytes]) -> Verdict:
    """By the typed answer alone; the other reports are for other tools."""
    options = case.options(Scan)
    report = parse(reports[media.IN_TOTO])
    found = report.vulnerabilities()
    fixed = sum(bool(one.fixed_versions) for one in found)
    problems = (*_foreign(case, report), *_silent(options, report), *_unknown(case, report))
    worst = sum(one.level.reaches(Level.HIGH) for one in found)
    return Verdict(
        problems=(*problems, *_unjudged(options, report)),
        allowed=tuple(one.finding() for one in found)
        + tuple(notice for scan in report.scans for notice in scan.notices),
        facts={"vulnerabilities": len(found), "vulnerabilities_fixed": fixed},
        seen=_seen(report, found),
        summary=f"{count(len(found), 'vulnerability', 'vulnerabilities')}"
        + (f", {worst} high or worse, {fixed} with a fix" if found else ""),
    )


def _seen(report: ScanReport, found: Iterable[Vulnerability]) -> Seen:
    """What a policy reads. A scanner that looked into no database has not answered."""
    return Seen(
        scans=tuple(
            ScanSeen(scanner=scan.scanner, version=scan.version, database=scan.database)
            for scan in report.scans
            if scan.database is not None
        ),
        notices=tuple(
            NoticeSeen(id=one.id, package=one.package, message=one.message)
            for scan in report.scans
            for one in scan.notices
        ),
        lists=tuple(ListSeen(name=one.name, built=one.built, digest=one.digest) for one in report.lists),
        vulnerabilities=tuple(
            VulnerabilitySeen(
                id=one.id,
                aliases=one.aliases,
                package=one.package,
                severity=one.level,
                fixed_versions=one.fixed_versions,
                fixed_since=one.fixed_since,
                exploited=one.exploited,
                probability=one.probability,
                scanners=one.scanners,
                message=one.message,
            )
            for one in found
        ),
    )


def _foreign(case: Case, report: ScanReport) -> Iterator[str]:
    """It is about another image, or about another SBOM than the current one."""
    if report.subject != case.subject:
        yield f"the scan is of {report.subject}, not of {case.subject}"
    if report.sbom_artifact != case.beside.packages:
        yield "the scan is of another SBOM than the current one"
    for scan in report.scans:
        if scan.sbom != report.sbom:
            yield f"{scan.scanner} was given another SBOM"


def _silent(options: Scan, report: ScanReport) -> Iterator[str]:
    """A scanner that could not run, or is not believed, has said nothing."""
    yield from map(str, report.doubts)
    heard = {scan.scanner for scan in report.scans} | {doubt.scanner for doubt in report.doubts}
    for name in options.scanners:
        if name not in heard:
            yield f"the scanner {name} has not answered"


def _unknown(case: Case, report: ScanReport) -> Iterator[str]:
    """A database that nobody imported; its age is for the policy."""
    for one in report.databases():
        yield from doubts_of(one, case.now)
        if one.name not in NAMES:
            continue
        known = case.beside.database(Digest(one.digest))
        if known is None:
            yield f"the catalog does not know the {one.name} database {one.digest}"
        elif known.about != one:
            yield f"the catalog knows the {one.name} database {one.digest} as another one"


def _unjudged(options: Scan, report: ScanReport) -> Iterator[str]:
    left = {kind.lower() for kind in options.leave_out}
    said = [(scan.scanner, one) for scan in report.scans for one in scan.unjudged]
    said += [("nobody", one) for one in report.unreadable]
    for who in dict.fromkeys(who for who, _ in said):
        rest = [one for by, one in said if by == who and _kind(one.what) not in left]
        if rest:
            more = f"; and {len(rest) - 1} more" if len(rest) > 1 else ""
            told = "nobody can judge" if who == "nobody" else f"{who} could not judge"
            yield f"{told} {rest[0].what}: {rest[0].why}{more}"


def _kind(what: str) -> str:
    read = package(what)
    return read.kind if read else what.lower()
