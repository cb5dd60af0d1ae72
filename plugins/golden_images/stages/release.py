"""Release: an immutable version for a digest that passed the gate.

Order, so that a rerun completes whatever was cut off and nobody sees half: the evidence is judged
again, the build id is claimed for this digest, the record is attached, the version tag is put, the
catalog is told. What a newer decision has overtaken is not released; if it was already, it stays so,
and nobody is woken or moved for it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from golden_images.core import media, planned, records
from golden_images.core.digest import Digest
from golden_images.core.reason import Why
from golden_images.core.release import Release
from golden_images.core.role import Role
from golden_images.errors import IntegrityError, StageFailed
from golden_images.evidence import judgement as standing
from golden_images.evidence import summary
from golden_images.evidence.ruling import rule
from golden_images.evidence.snapshot import Snapshot
from golden_images.evidence.store import Witnesses
from golden_images.evidence.verdict import Judged
from golden_images.images import candidate, plan_artifact
from golden_images.images.image import configuration, size_of
from golden_images.images.lost import absent_is_lost
from golden_images.job import Job, Makes, Report
from golden_images.planning.overtaken import overtaken
from golden_images.ports import Catalog, Descriptor, Ports, Registry


def run(job: Job, ports: Ports) -> Report:
    registry, catalog, subject = ports.registry(), ports.catalog(), job.subject()
    candidate.demand(job, catalog)
    witnesses = Witnesses.of(job, ports)
    known = witnesses.snapshot(subject.digest)
    judged = _approved(job, witnesses, known)
    if job.plan.judges:
        return _judged(job, ports, catalog, subject)
    same = identical(job, registry, catalog)
    if same is not None:
        return _already(job, ports, registry, same)
    newer = overtaken(job, ports)
    mark = job.plan.build_id[:16]
    if newer is not None and known.current(Role.RELEASE_RECORD, mark, (media.IN_TOTO,)) is None:
        return _superseded(job, subject, newer)
    claimed = _claim(job, registry, catalog)
    if claimed != subject.digest:
        return _lost(job, catalog, claimed)
    facts = {**judged.facts, "size_bytes": size_of(registry, job.repository, job.image())}
    release = _record(job, witnesses, known, facts, mark)
    _put_version(job, registry, release)
    _tell_catalog(job, catalog, release)
    if newer is not None:
        return _report(release, released=False, detail=f"superseded by {newer.version}")
    return _report(release, released=True)


def _approved(job: Job, witnesses: Witnesses, known: Snapshot) -> Judged:
    """What is judged of the reports that the gate's newest summary lists, and on no others: what was made
    since is the next run's. Whether they still hold, and what the policy says of them now, is asked anew.
    Raises StageFailed."""
    problems: tuple[str, ...] = ()
    try:
        said = summary.newest(job, witnesses, known)
    except IntegrityError as error:
        said, problems = None, (error.what,)
    if said is not None and not said.passed:
        problems = ("the gate's last word is no",)
    elif said is not None:
        ruling = rule(job, witnesses, known, datetime.now(UTC), said.inputs)
        if ruling.passed:
            return ruling.judged
        problems = ruling.problems
    raise StageFailed(
        f"{job.definition.name}: {job.subject().digest} may not be released",
        cause="; ".join(problems) or "no verification summary covers its evidence",
        remedy=f"clear {job.maker(Makes.VERDICT)} and the stages before it",
    )


def identical(job: Job, registry: Registry, catalog: Catalog) -> Release | None:
    """The release that this result adds nothing to; None for this build's own, cut off release.

    That is the current one, if it has the same digest, or the same layers and configuration, times
    aside. An older one is no reason: its state is wanted again and gets a new version. One that lost
    its plan is none either: the new version has one. A backfill adds nothing if any release has its
    digest.
    """
    image = job.definition.name
    if job.plan.backfill:
        same = candidate.released(catalog, image, job.subject().digest)
        return same if same and same.build_id != job.plan.build_id else None
    current = catalog.current(image)
    if current is None or current.build_id == job.plan.build_id:
        return None
    if job.plan.reason.why is Why.PLAN_LOST:
        return None
    made = configuration(registry, job.repository, job.image())
    return current if made == _standing(job, registry, current) else None


def _standing(job: Job, registry: Registry, current: Release) -> bytes | None:
    """What the current release is; None if the registry lost it, which no new release may end on."""
    try:
        with absent_is_lost():
            return configuration(registry, job.repository, registry.manifest(job.repository, current.digest))
    except IntegrityError:
        return None


def _judged(job: Job, ports: Ports, catalog: Catalog, subject: Descriptor) -> Report:
    """Nothing is released anew: the release that stands meets what is demanded now."""
    release = candidate.released(catalog, job.definition.name, subject.digest)
    if release is None:
        raise StageFailed(
            f"{job.definition.name}: {subject.digest} is no release that could be judged",
            remedy="run: golden-images catalog rebuild, and trigger the image again",
        )
    standing.meets(job, ports, release, subject)
    catalog.drop_shortfalls(release.image, release.digest, job.plan.demands.digest)
    return _report(release, released=False, detail="it meets what is demanded now")


def _already(job: Job, ports: Ports, registry: Registry, same: Release) -> Report:
    """Remembers that this build is that release, in the registry first: its plan is attached to it."""
    if same.digest == job.subject().digest:
        standing.meets(job, ports, same, job.subject())
    else:
        of = registry.manifest(job.repository, same.digest).descriptor
        plan_artifact.bind(registry, job.repository, job.plan_manifest, of, job.plan.build_id)
    ports.catalog().record_identical(job.definition.name, job.plan.build_id, same.digest)
    return _report(same, released=False, detail="the result is identical to it")


def _superseded(job: Job, subject: Descriptor, newer: Release) -> Report:
    """What was decided on earlier is not released any more, wherever its run was held up."""
    detail = f"superseded: {newer.version} was decided on later and is released"
    return Report(
        f"{subject.digest} is not released, {detail}",
        outputs={
            "version": newer.version,
            "digest": str(subject.digest),
            "build_id": job.plan.build_id,
            "released": "no",
            "detail": detail,
        },
        made=False,
    )


def _claim(job: Job, registry: Registry, catalog: Catalog) -> Digest:
    """Which digest this build releases. One that was claimed, never released, and that the registry lost
    can be released by nobody any more: it gives way."""
    image, build_id, mine = job.definition.name, job.plan.build_id, job.subject().digest
    claimed = catalog.claim(image, build_id, mine)
    if claimed == mine or candidate.released(catalog, image, claimed) is not None:
        return claimed
    if registry.resolve(job.repository, claimed) is not None:
        return claimed
    job.log(f"{claimed}, which this build was to release, is gone from the registry")
    return catalog.claim(image, build_id, mine, instead_of=claimed)


def _lost(job: Job, catalog: Catalog, claimed: Digest) -> Report:
    """Another run of the same plan got here first; its digest is the release."""
    winner = candidate.released(catalog, job.definition.name, claimed)
    if winner is None:
        raise StageFailed(
            f"{job.definition.name}: another run releases this build as {claimed}",
            cause="two runs built the same plan; the first to release wins",
            remedy=f"nothing, if that run ends well; otherwise clear its task {job.stage}",
        )
    return _report(winner, released=False, detail="another run of the same plan released it")


def _record(job: Job, witnesses: Witnesses, known: Snapshot, facts: dict[str, int], mark: str) -> Release:
    """The release as its record tells it: the one that the catalog names, or a new one."""
    release = Release(
        **planned.fields(job.plan),
        digest=job.subject().digest,
        released_at=_moment(job, witnesses.catalog),
        plan=plan_artifact.bind(
            witnesses.registry, job.repository, job.plan_manifest, job.subject(), job.plan.build_id
        ),
        facts=facts,
    )
    content = witnesses.keep(
        job.subject(),
        known,
        records.release_statement(release, job.reference(witnesses.registry)),
        stage=Role.RELEASE_RECORD.value,
        mark=mark,
        created=release.released_at,
        annotations=records.release_annotations(release),
    )
    return records.parse_release(content, job.repository)


def _moment(job: Job, catalog: Catalog) -> datetime:
    """Now, and later than the current release, whatever the clocks of two workers say: the one that was
    released last is the current one."""
    current, now = catalog.current(job.definition.name), datetime.now(UTC)
    if current is None or job.plan.backfill:
        return now
    return max(now, current.released_at + timedelta(microseconds=1))


def _put_version(job: Job, registry: Registry, release: Release) -> None:
    found = registry.resolve(job.repository, release.version)
    if found is not None and found.digest != release.digest:
        raise IntegrityError(
            f"{job.repository}:{release.version} is taken",
            cause=f"it is {found.digest}, not {release.digest}",
            remedy="versions never move; find out who pushed this tag",
        )
    image = job.image()
    registry.put_manifest(job.repository, image.content, image.descriptor.media_type, tag=release.version)


def _tell_catalog(job: Job, catalog: Catalog, release: Release) -> None:
    catalog.record_release(release)
    if not release.backfill:
        catalog.record_base_version(records.base_version(release, job.plan.inputs.platforms))


def _report(release: Release, *, released: bool, detail: str = "") -> Report:
    text = f"{release.version} is {release.digest}"
    return Report(
        f"{text}: {detail}" if detail else text,
        facts=dict(release.facts),
        outputs={
            "version": release.version,
            "digest": str(release.digest),
            "build_id": release.build_id,
            "released": "yes" if released else "no",
            "released_at": release.released_at.isoformat(),
            **({"detail": detail} if detail else {}),
        },
        made=released,
    )
