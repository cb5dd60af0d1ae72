"""Build: from a plan to a candidate in the registry.

The candidate's manifest says only what its content determines, so the same content always has the
same digest. What makes the bytes of a platform is a row of :mod:`golden_images.builders`.

What was made is in the registry first, but for the candidate's own manifest; the catalog is told, keeping
that manifest word for word; last the manifest is put, under its tag. A build that is cut off in between is
completed by the next one. The tag alone is nobody's word: others may push under it, too.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from golden_images.builders import builder_for
from golden_images.core import media, names
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.release import Candidate
from golden_images.errors import RegistryError, StageFailed
from golden_images.images import candidate
from golden_images.images.image import body, entries, size_of, whole, written
from golden_images.job import Job, Report
from golden_images.ports import Catalog, Manifest, Ports, Registry


def run(job: Job, ports: Ports) -> Report:
    registry, catalog = ports.registry(), ports.catalog()
    if job.plan.judges:
        return _report(job, registry, _released(job, registry, catalog), made=False)
    record = catalog.candidate(job.definition.name, job.plan.build_id)
    shown = _is_shown(job, registry, catalog, record)
    standing = _whole(job, registry, catalog, record.digest) if record else None
    made = standing is None
    if standing is not None:
        job.log(f"candidate {standing.descriptor.digest} stands; it is not built twice")
    else:
        if record is not None:
            job.log(f"candidate {record.digest} is not whole in the registry any more; it is built anew")
        mine = _build(job, ports, registry)
        standing = _agreed(job, registry, catalog, mine, record.digest if record else None)
    if made or not shown:
        _show(job, registry, standing)
    return _report(job, registry, standing, made=made)


def _whole(job: Job, registry: Registry, catalog: Catalog, digest: Digest) -> Manifest | None:
    """The candidate, if the registry has it with all that it names, or lacks no more than what the catalog
    keeps; else None."""
    found = whole(registry, job.repository, digest)
    kept = None if found else catalog.kept_manifest(job.definition.name, digest)
    if kept is None:
        return found
    try:
        registry.put_manifest(job.repository, kept.content, kept.descriptor.media_type)
    except RegistryError as error:
        if error.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
            raise
        return None
    return whole(registry, job.repository, digest)


def _is_shown(job: Job, registry: Registry, catalog: Catalog, record: Candidate | None) -> bool:
    """Whether the candidate's tag stands where it should. What is not ours is told, and not believed."""
    found = registry.resolve(job.repository, job.plan.candidate_tag)
    if found is None:
        return False
    if record is not None and record.digest == found.digest:
        return True
    # A build that gave the same as a release has its tag on that.
    if candidate.released(catalog, job.definition.name, found.digest) is not None:
        return True
    what = f"our build wrote down {record.digest}" if record else "no build of ours wrote it down"
    job.log(f"{found.digest} stands under {job.plan.candidate_tag} and is refused: {what}")
    return False


def _agreed(job: Job, registry: Registry, catalog: Catalog, mine: Manifest, lost: Digest | None) -> Manifest:
    """The one candidate of this build id: of several runs, the first one's to be written down, as long
    as the registry has it. ``lost``: what was written down and is not whole any more."""
    while True:
        proposed = Candidate(
            job.definition.name,
            job.plan.build_id,
            job.plan_digest,
            mine.descriptor.digest,
            datetime.now(UTC),
        )
        catalog.keep_manifests(job.definition.name, [mine])
        named = catalog.propose_candidate(proposed, lost).digest
        if named == mine.descriptor.digest:
            return mine
        theirs = _whole(job, registry, catalog, named)
        if theirs is not None:
            job.log(f"another run of the same build was first: its candidate {named} is the one")
            _keep(job, registry, theirs)
            return theirs
        lost = named


def _keep(job: Job, registry: Registry, standing: Manifest) -> None:
    """Each platform's tag, where our own build stood last, keeps an index's image from garbage collection."""
    if standing.descriptor.media_type == media.INDEX:
        for platform, digest in entries(job.repository, standing):
            _put(job, registry, registry.manifest(job.repository, digest), platform)


def _put(job: Job, registry: Registry, image: Manifest, platform: str) -> None:
    tag = names.platform_tag(job.plan.build_id, platform)
    registry.put_manifest(job.repository, image.content, image.descriptor.media_type, tag=tag)


def _show(job: Job, registry: Registry, standing: Manifest) -> None:
    kind = standing.descriptor.media_type
    registry.put_manifest(job.repository, standing.content, kind, tag=job.plan.candidate_tag)


def _released(job: Job, registry: Registry, catalog: Catalog) -> Manifest:
    """The release that is judged anew: nothing is built for that."""
    if candidate.witnessed(catalog, job.definition.name, job.plan) is None:
        raise StageFailed(
            f"{job.definition.name}: {job.plan.judges} is no release that could be judged",
            cause="the catalog knows none with this digest",
            remedy="run: golden-images catalog rebuild, and trigger the image again",
        )
    found = registry.resolve(job.repository, job.plan.judges)
    if found is None:
        raise StageFailed(
            f"{job.definition.name}: the release {job.plan.judges} is gone",
            cause=f"{registry.host} no longer has it in {job.repository}",
            remedy="trigger the image with force to build it anew",
        )
    job.log(f"{found.digest} is released; nothing is built to judge it")
    return registry.manifest(job.repository, found.digest)


def _build(job: Job, ports: Ports, registry: Registry) -> Manifest:
    """The one image, or the index over several; the registry has all that it names."""
    builder, platforms = builder_for(job.definition), job.definition.build.platforms
    made = [builder.make(job, ports, platform) for platform in platforms]
    if len(made) == 1:
        return made[0]
    for image, platform in zip(made, platforms, strict=True):
        _put(job, registry, image, platform)
    index = {
        "schemaVersion": 2,
        "mediaType": media.INDEX,
        "manifests": [
            {
                "mediaType": media.MANIFEST,
                "digest": str(image.descriptor.digest),
                "size": image.descriptor.size,
                "platform": dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False)),
            }
            for image, platform in zip(made, platforms, strict=True)
        ],
        "annotations": body(made[0]).get("annotations", {}),
    }
    return written(canonical_json(index), media.INDEX)


def _report(job: Job, registry: Registry, image: Manifest, *, made: bool) -> Report:
    size, subject = size_of(registry, job.repository, image), image.descriptor
    return Report(
        f"candidate {subject.digest}, {size / 1e6:.1f} MB",
        facts={"size_bytes": size},
        outputs={
            "digest": str(subject.digest),
            "media_type": subject.media_type,
            "size": str(subject.size),
        },
        made=made,
    )
