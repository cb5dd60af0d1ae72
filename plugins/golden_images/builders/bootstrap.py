"""A root base: Debian's own archive, made into an image without an engine."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from golden_images.core import about, debian, media
from golden_images.core.definition import Definition
from golden_images.core.words import moment
from golden_images.errors import InputError
from golden_images.images import image, oci_layer
from golden_images.job import Job
from golden_images.ports import BootstrapRequest, Manifest, Ports


def applies(definition: Definition) -> bool:
    return definition.kind == "container" and definition.base.bootstrap is not None


def make(job: Job, ports: Ports, platform: str) -> Manifest:
    """The same package state gives the same digest, whenever it is built."""
    spec, plan, registry = job.definition.base.bootstrap, job.plan, ports.registry()
    assert spec is not None
    if len(job.definition.build.platforms) != 1:
        raise InputError(
            f"{job.definition.name}: a root base is made for one platform at a time",
            remedy="one definition a platform; an index over them is for the images above",
        )
    with tempfile.TemporaryDirectory(prefix="golden-images-build-") as folder:
        rootfs = Path(folder) / "rootfs.tar"
        request = BootstrapRequest(
            suite=spec.suite,
            variant=spec.variant,
            components=spec.components,
            packages=spec.packages,
            mirror=spec.mirror,
            architecture=debian.architecture(platform),
            slim=spec.slim,
            setuid=spec.setuid,
            source_date_epoch=plan.source_date_epoch,
            timeout_seconds=job.definition.build.timeout_minutes * 60,
        )
        ports.bootstrapper().bootstrap(request, rootfs, job.log)
        layer = oci_layer.compress(rootfs, Path(folder) / "layer.tar.gz", epoch=plan.source_date_epoch)
        rootfs.unlink()
        job.log(f"pushing layer {layer.digest}, {layer.size / 1e6:.1f} MB")
        registry.push_blob(job.repository, layer.path)
    config = oci_layer.config(
        layer,
        platform=platform,
        created=plan.source_date_epoch,
        labels={**plan.labels, **job.definition.labels},
        history=f"mmdebstrap --variant={spec.variant} {spec.suite}",
    )
    registry.push_blob(job.repository, config)
    created = moment(datetime.fromtimestamp(plan.source_date_epoch, UTC))
    content = oci_layer.manifest(config, layer, about.manifest_annotations(plan.labels, created))
    return image.written(content, media.MANIFEST)
