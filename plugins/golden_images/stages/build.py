"""Build: from a plan to a candidate in the registry.

The candidate's manifest says only what its content determines, so the same content always has the
same digest. Its tag ``build-<build id>`` is ours alone and put last: whoever finds it finds a whole
candidate. The engine pushes under the platform's tag, which then becomes our manifest's, whatever
kinds of manifest the engine writes.
"""

from __future__ import annotations

from golden_images.core import about, media, names
from golden_images.core.digest import canonical_json
from golden_images.core.watching import missing_platforms
from golden_images.errors import IntegrityError, StageFailed
from golden_images.images import bootstrap, context, plan_artifact
from golden_images.images.contents import suite_of
from golden_images.images.image import UNKNOWN_PLATFORM, body, config, entries, size_of
from golden_images.images.oci_layer import to_oci
from golden_images.job import Job, Report
from golden_images.planning import bases
from golden_images.ports import BuildRequest, Descriptor, Manifest, Ports, Registry


def run(job: Job, ports: Ports) -> Report:
    registry = ports.registry()
    if job.plan.judges:
        return _report(job, registry, _released(job, registry), made=False)
    standing = _standing(job, registry)
    if standing is not None:
        job.log(f"candidate {standing.digest} stands; it is not built twice")
        return _report(job, registry, standing, made=False)
    if job.definition.base.bootstrap is not None:
        candidate = bootstrap.build(job, ports)
    else:
        candidate = _build(job, ports, registry)
    return _report(job, registry, candidate, made=True)


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
    platforms = job.definition.build.platforms
    made = [_build_platform(job, ports, registry, platform) for platform in platforms]
    tag = job.plan.candidate_tag
    if len(made) == 1:
        return registry.put_manifest(job.repository, made[0].content, media.MANIFEST, tag=tag)
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
        "annotations": body(made[0])["annotations"],
    }
    return registry.put_manifest(job.repository, canonical_json(index), media.INDEX, tag=tag)


def _build_platform(job: Job, ports: Ports, registry: Registry, platform: str) -> Manifest:
    """One platform's image, pushed by digest as an OCI manifest."""
    engine, plan, definition = ports.engine(), job.plan, job.definition
    tag = names.platform_tag(plan.build_id, platform)
    local = str(job.reference(registry).tagged(tag))
    assert plan.inputs.base is not None
    base = bases.of_platform(job.definition, plan.inputs.base, platform, ports)
    inherited = about.blanked(bases.labels(definition, base, ports), plan.labels)
    try:
        with (
            plan_artifact.open_context(registry, job.repository, job.plan_digest) as archive,
            context.without(archive, suite_of(definition)) as sent,
        ):
            request = BuildRequest(
                context=sent,
                dockerfile=definition.build.dockerfile,
                tag=local,
                args={**definition.build.args, "BASE": base},
                labels={**inherited, **plan.labels, **definition.labels},
                base=base,
                platform=platform,
                target=definition.build.target,
                # A step's text says nothing of what it fetched: a cached ``apt-get install`` gives the
                # packages of the day on which it first ran, also to a context that is put back to what
                # it was then.
                no_cache=True,
                timeout_seconds=definition.build.timeout_minutes * 60,
            )
            engine.build(request, job.log)
        pushed = engine.push(local, job.log)
    finally:
        engine.remove_image(local)
    manifest = _image(job, registry, registry.manifest(job.repository, pushed), platform)
    made = config(registry, job.repository, manifest)
    if "created" not in made:
        raise IntegrityError(f"{local}: the engine pushed a configuration without a time")
    content = to_oci(manifest.content, about.manifest_annotations(plan.labels, made["created"]))
    descriptor = registry.put_manifest(job.repository, content, media.MANIFEST, tag=tag)
    return Manifest(descriptor, content)


def _image(job: Job, registry: Registry, pushed: Manifest, platform: str) -> Manifest:
    """The one image in what an engine pushed: engines that keep images as containerd does push an
    index, with statements about the build beside the image."""
    if pushed.descriptor.media_type not in media.INDEXES:
        return pushed
    images = [(has, digest) for has, digest in entries(job.repository, pushed) if has != UNKNOWN_PLATFORM]
    if len(images) != 1 or missing_platforms((images[0][0],), (platform,)):
        has = ", ".join(has or "no platform" for has, _ in images) or "no image"
        raise IntegrityError(
            f"{job.definition.name}: the engine pushed something other than an image for {platform}",
            cause=f"{pushed.descriptor.digest} is an index of {has}",
            remedy="see what the engine at the engine's Connection is; Docker Engine is supported",
        )
    return registry.manifest(job.repository, images[0][1])


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
