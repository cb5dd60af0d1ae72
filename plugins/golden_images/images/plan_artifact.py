"""The plan in the registry: what every later task of a run works from, on whichever worker.

One OCI artifact, tagged ``build-<build id>.<12 hex of its digest>.plan``: the first layer is the plan, the
second, if the image has one, the build context. What is released has the same layers attached to it, in a
manifest of its own.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from golden_images.core import media, names, past
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.plan import SCHEMA_VERSION, BuildPlan
from golden_images.errors import IntegrityError
from golden_images.images.image import body, carried, content_of, named, written
from golden_images.ports import Descriptor, Manifest, Registry

ARTIFACT_TYPE = "application/vnd.golden-images.plan.v1+json"


def push(registry: Registry, repository: str, plan: BuildPlan, context: Path | None) -> Manifest:
    """``context`` is the archive's file. Idempotent: the same plan and context give the same digest."""
    content = plan.canonical()
    pushed = _layer(ARTIFACT_TYPE, registry.push_blob(repository, content))
    layers = [dict(pushed)]
    if len(content) <= media.MOST_EMBEDDED:
        layers[0]["data"] = base64.b64encode(content).decode()
    if context is not None:
        layers.append(_layer(media.TAR, registry.push_blob(repository, context)))
    document = {
        "schemaVersion": 2,
        "mediaType": media.MANIFEST,
        "artifactType": ARTIFACT_TYPE,
        # The plan is its own configuration: an empty one would be one more thing to push.
        "config": pushed,
        "layers": layers,
    }
    artifact = written(canonical_json(document), media.MANIFEST)
    tag = names.plan_tag(plan.build_id, artifact.descriptor.digest)
    registry.put_manifest(repository, artifact.content, media.MANIFEST, tag=tag)
    return artifact


def bind(
    registry: Registry, repository: str, artifact: Manifest, subject: Descriptor, build_id: str
) -> Digest:
    """The same plan attached to ``subject``, the image that came of it, which keeps it from then on: the
    digest of that artifact. Idempotent."""
    what = f"{repository}@{artifact.descriptor.digest}"
    layers = body(artifact).get("layers") or []
    attached = registry.attach(
        repository,
        subject,
        artifact_type=ARTIFACT_TYPE,
        blobs=[
            (kind, Descriptor(kind, named(layer, what), layer["size"], data=carried(layer)))
            for layer in layers
            for kind in [layer["mediaType"]]
        ],
        annotations={names.ANNOTATION_BUILD_ID: build_id},
    )
    return attached.digest


def read(registry: Registry, repository: str, artifact: Manifest) -> BuildPlan:
    """A running build's plan. Raises IntegrityError if the artifact is none, or of another version."""
    plan = read_past(registry, repository, artifact)
    if plan.schema_version != SCHEMA_VERSION:
        digest = artifact.descriptor.digest
        raise _unreadable(repository, digest, f"it has version {plan.schema_version}")
    return plan


def fetch_past(registry: Registry, repository: str, digest: Digest) -> BuildPlan:
    """:func:`read_past` of what the registry holds. Raises RegistryError if that is nothing."""
    return read_past(registry, repository, registry.manifest(repository, digest))


def read_past(registry: Registry, repository: str, artifact: Manifest) -> BuildPlan:
    """The plan of something that was built, by this version or one before: :mod:`core.past`. Raises
    IntegrityError if it cannot be read."""
    digest = artifact.descriptor.digest
    layer = _layers(repository, artifact)[ARTIFACT_TYPE]
    content = content_of(registry, repository, layer, f"{repository}@{digest}")
    try:
        return past.parse(content)
    except ValidationError as error:
        why = str(error.errors(include_url=False, include_input=False)[0]["msg"])
    except ValueError as error:
        why = str(error)
    raise _unreadable(repository, digest, why)


def _unreadable(repository: str, digest: Digest, why: str) -> IntegrityError:
    return IntegrityError(
        f"{repository}@{digest}: the build plan cannot be read",
        cause=why,
        remedy="it was written by another version; trigger the image again",
    )


@contextmanager
def open_context(registry: Registry, repository: str, artifact: Manifest) -> Iterator[BinaryIO]:
    """The context archive of a plan, as a temporary file: it may be larger than a worker's memory.

    Raises IntegrityError if the plan has none.
    """
    layers, what = _layers(repository, artifact), f"{repository}@{artifact.descriptor.digest}"
    if media.TAR not in layers:
        raise IntegrityError(f"{what}: the plan holds no build context")
    with tempfile.TemporaryFile(prefix="golden-images-context-") as file:
        with registry.open_blob(repository, named(layers[media.TAR], what)) as chunks:
            for chunk in chunks:
                file.write(chunk)
        file.seek(0)
        yield file


def _layer(media_type: str, blob: Descriptor) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(blob.digest), "size": blob.size}


def _layers(repository: str, artifact: Manifest) -> dict[str, Any]:
    """By media type."""
    try:
        body = json.loads(artifact.content)
        layers = {layer["mediaType"]: layer for layer in body["layers"] if Digest(layer["digest"])}
    except (ValueError, KeyError, TypeError):
        layers = {}
    if ARTIFACT_TYPE not in layers:
        raise IntegrityError(
            f"{repository}@{artifact.descriptor.digest} is no build plan",
            cause="its manifest has no plan layer",
        )
    return layers
