"""Build: from a plan to a candidate in the registry.

The candidate's manifest says only what its content determines, so the same content always has the
same digest. Its tag ``build-<build id>`` is ours alone and put last: whoever finds it finds a whole
candidate. What makes the bytes of a platform is a row of :mod:`golden_images.builders`.
"""

from __future__ import annotations

from golden_images.builders import builder_for
from golden_images.core import media
from golden_images.core.digest import canonical_json
from golden_images.errors import StageFailed
from golden_images.images.image import body, entries, size_of
from golden_images.job import Job, Report
from golden_images.ports import Descriptor, Manifest, Ports, Registry


def run(job: Job, ports: Ports) -> Report:
    registry = ports.registry()
    if job.plan.judges:
        return _report(job, registry, _released(job, registry), made=False)
    standing = _standing(job, registry)
    if standing is not None:
        job.log(f"candidate {standing.digest} stands; it is not built twice")
        return _report(job, registry, standing, made=False)
    return _report(job, registry, _build(job, ports, registry), made=True)


def _standing(job: Job, registry: Registry) -> Descriptor | None:
    """The candidate that an earlier try finished; None, too, for what has not the plan's platforms:
    versions before this one let the engine write the tag."""
    if registry.resolve(job.repository, job.plan.candidate_tag) is None:
        return None
    found = registry.manifest(job.repository, job.plan.candidate_tag)
    platforms = job.definition.build.platforms
    if len(platforms) == 1:
        whole = found.descriptor.media_type == media.MANIFEST
    else:
        index = found.descriptor.media_type == media.INDEX
        whole = index and tuple(has for has, _ in entries(job.repository, found)) == platforms
    if not whole:
        job.log(f"{found.descriptor.digest} stands as candidate and is not whole; it is built anew")
    return found.descriptor if whole else None


def _released(job: Job, registry: Registry) -> Descriptor:
    """The release that is judged anew: nothing is built for that."""
    found = registry.resolve(job.repository, job.plan.judges)
    if found is None:
        raise StageFailed(
            f"{job.definition.name}: the release {job.plan.judges} is gone",
            cause=f"{registry.host} no longer has it in {job.repository}",
            remedy="trigger the image with force to build it anew",
        )
    job.log(f"{found.digest} is released; nothing is built to judge it")
    return found


def _build(job: Job, ports: Ports, registry: Registry) -> Descriptor:
    builder, platforms = builder_for(job.definition), job.definition.build.platforms
    made = [builder.make(job, ports, platform) for platform in platforms]
    content, media_type = _candidate(made, platforms)
    return registry.put_manifest(job.repository, content, media_type, tag=job.plan.candidate_tag)


def _candidate(made: list[Manifest], platforms: tuple[str, ...]) -> tuple[bytes, str]:
    """The one image, or the index over several, with its media type."""
    if len(made) == 1:
        return made[0].content, media.MANIFEST
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
    return canonical_json(index), media.INDEX


def _report(job: Job, registry: Registry, candidate: Descriptor, *, made: bool) -> Report:
    size = size_of(registry, job.repository, candidate)
    return Report(
        f"candidate {candidate.digest}, {size / 1e6:.1f} MB",
        facts={"size_bytes": size},
        outputs={
            "digest": str(candidate.digest),
            "media_type": candidate.media_type,
            "size": str(candidate.size),
        },
        made=made,
    )
