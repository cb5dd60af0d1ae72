"""A Docker Engine: the definition's Dockerfile, built on its base.

The engine pushes under the platform's tag, where everybody who may write to the registry pushes, too. So
what it pushed is read by the digest that it answered, has to be the image that it said it had built, and
has to begin with the layers of the plan's base. It then becomes a manifest of ours, whatever kinds of
manifest the engine writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from golden_images.core import about, media, names, stage_bases
from golden_images.core.definition import Definition
from golden_images.core.digest import Digest
from golden_images.core.judging import suite_of
from golden_images.core.watching import missing_platforms
from golden_images.errors import EngineError, IntegrityError, StageFailed
from golden_images.images import context, image, plan_artifact
from golden_images.images.oci_layer import to_oci
from golden_images.job import Job
from golden_images.planning import bases
from golden_images.planning.stage_bases import Pins
from golden_images.ports import BuildRequest, Engine, Manifest, Ports, Registry


def applies(definition: Definition) -> bool:
    return definition.kind == "container" and definition.base.bootstrap is None


def make(job: Job, ports: Ports, platform: str) -> Manifest:
    registry, plan = ports.registry(), job.plan
    tag = names.platform_tag(plan.build_id, platform)
    assert plan.inputs.base is not None
    base = bases.of_platform(job.definition, plan.inputs.base, platform, ports)
    beneath = bases.configuration(job.definition, base, ports)
    _has_no_hidden_images(job, base, beneath)
    local = str(job.reference(registry).tagged(tag))
    built, answered = _build(job, ports, platform, base, beneath, local)
    pushed = registry.manifest(job.repository, answered)
    manifest = _only_image(job, registry, pushed, platform)
    _is_what_was_built(ports.engine(), local, built, pushed, manifest)
    settings = image.config(registry, job.repository, manifest)
    if "created" not in settings:
        raise IntegrityError(f"{local}: the engine pushed a configuration without a time")
    _begins_with(job, base, beneath, settings)
    content = to_oci(manifest.content, about.manifest_annotations(plan.labels, settings["created"]))
    return image.written(content, media.MANIFEST)


def _build(
    job: Job, ports: Ports, platform: str, base: str, beneath: Mapping[str, Any], local: str
) -> tuple[str, Digest]:
    """What the engine built under the tag ``local``, which it does not keep, and the digest that it says
    to have pushed."""
    engine, registry, definition = ports.engine(), ports.registry(), job.definition
    stages = Pins(definition, job.plan.inputs.stages, platform, ports)
    inherited = about.blanked(image.labels(beneath), job.plan.labels)
    try:
        with (
            plan_artifact.open_context(registry, job.repository, job.plan_manifest) as archive,
            context.sent(
                archive, suite_of(job.demands), {definition.build.dockerfile: _pinning(definition, stages)}
            ) as sent,
        ):
            request = BuildRequest(
                context=sent,
                dockerfile=definition.build.dockerfile,
                tag=local,
                args={**definition.build.args, "BASE": base},
                labels={**inherited, **job.plan.labels, **definition.labels},
                bases=sorted({base, *stages.used}),
                platform=platform,
                target=definition.build.target,
                # A step's text says nothing of what it fetched: a cached ``apt-get install`` gives the
                # packages of the day on which it first ran, also to a context that is put back to what
                # it was then.
                no_cache=True,
                timeout_seconds=definition.build.timeout_minutes * 60,
            )
            built = engine.build(request, job.log)
        return built, engine.push(local, job.log)
    finally:
        engine.remove_image(local)


def _has_no_hidden_images(job: Job, base: str, beneath: Mapping[str, Any]) -> None:
    """The base's ``ONBUILD`` instructions are built, too, and no Dockerfile of ours shows what they take
    from."""
    settings = beneath.get("config")
    triggers = (settings.get("OnBuild") if isinstance(settings, Mapping) else None) or ()
    for text in triggers if isinstance(triggers, (list, tuple)) else [triggers]:
        if taken := stage_bases.found(f"{text}\n", {}):
            raise StageFailed(
                f"{job.definition.name}: its base has it built with {taken[0].written}, which nobody pins",
                cause=f"{base} says ONBUILD {str(text)[:200]}",
                remedy="choose a base without it, or take from the image in this Dockerfile",
            )


def _pinning(definition: Definition, pins: Pins) -> Callable[[bytes], bytes]:
    def pinned(content: bytes) -> bytes:
        text = content.decode(errors="surrogateescape")
        return stage_bases.pinned(text, definition.build.args, pins).encode(errors="surrogateescape")

    return pinned


def _is_what_was_built(engine: Engine, local: str, built: str, pushed: Manifest, manifest: Manifest) -> None:
    """An engine names an image by its configuration; one that keeps images as containerd does names it
    by its manifest, or by the index of image and statements. Each of these says what is inside."""
    configuration = image.named(image.body(manifest).get("config"), local)
    if built not in {configuration, manifest.descriptor.digest, pushed.descriptor.digest}:
        raise EngineError(
            f"{local}: what was pushed is not the image that was built",
            endpoint=engine.endpoint,
            cause=f"the engine built {built}, and pushed {pushed.descriptor.digest} under the same tag",
            remedy="a retry builds anew; if this happens again, see who else uses this engine",
        )


def _only_image(job: Job, registry: Registry, pushed: Manifest, platform: str) -> Manifest:
    """The one image in what an engine pushed: engines that keep images as containerd does push an
    index, with statements about the build beside the image."""
    if pushed.descriptor.media_type not in media.INDEXES:
        return pushed
    entries = image.entries(job.repository, pushed)
    images = [(has, digest) for has, digest in entries if has != image.UNKNOWN_PLATFORM]
    if len(images) != 1 or missing_platforms((images[0][0],), (platform,)):
        has = ", ".join(has or "no platform" for has, _ in images) or "no image"
        raise IntegrityError(
            f"{job.definition.name}: the engine pushed something other than an image for {platform}",
            cause=f"{pushed.descriptor.digest} is an index of {has}",
            remedy="see what the engine at the engine's Connection is; Docker Engine is supported",
        )
    return registry.manifest(job.repository, images[0][1])


def _begins_with(job: Job, base: str, beneath: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Raises StageFailed for an image that is not built on the plan's base: what is said of its base, and
    when it is built anew, would be about another."""
    lower, whole = image.diff_ids(beneath), image.diff_ids(settings)
    if whole[: len(lower)] != lower:
        raise StageFailed(
            f"{job.definition.name}: the image is not built on its base {base}",
            cause=f"its {len(whole)} layers do not begin with the {len(lower)} of the base",
            remedy="the last stage of the Dockerfile, or the one that build.target names, is FROM ${BASE}",
        )
