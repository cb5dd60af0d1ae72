"""The plan in the registry: what every later task of a run works from, on whichever worker.

One OCI artifact, tagged ``build-<build id>.plan``: the first layer is the plan, the second, if the
image has one, the build context. Its manifest's digest is what travels between tasks. What is released
has the same layers attached to it, in a manifest of its own.
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
from golden_images.images.image import body, carried, content_of, named
from golden_images.ports import Descriptor, Registry

ARTIFACT_TYPE = "application/vnd.golden-images.plan.v1+json"
_EMPTY = b"{}"


def push(registry: Registry, repository: str, plan: BuildPlan, context: Path | None) -> Descriptor:
    """``context`` is the archive's file. Idempotent: the same plan and context give the same digest."""
    config = registry.push_blob(repository, _EMPTY)
    content = plan.canonical()
    layers = [_layer(ARTIFACT_TYPE, registry.push_blob(repository, content))]
    if len(content) <= media.MOST_EMBEDDED:
        layers[0]["data"] = base64.b64encode(content).decode()
    if context is not None:
        layers.append(_layer(media.TAR, registry.push_blob(repository, context)))
    manifest = {
        "schemaVersion": 2,
        "mediaType": media.MANIFEST,
        "artifactType": ARTIFACT_TYPE,
        "config": _layer(media.EMPTY, config),
        "layers": layers,
    }
    return registry.put_manifest(
        repository, canonical_json(manifest), media.MANIFEST, tag=names.plan_tag(plan.build_id)
    )


def bind(registry: Registry, repository: str, digest: Digest, subject: Descriptor, build_id: str) -> Digest:
    """The same plan attached to ``subject``, the image that came of it, which keeps it from then on: the
    digest of that artifact. Idempotent."""
    what = f"{repository}@{digest}"
    layers = body(registry.manifest(repository, digest)).get("layers") or []
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


def fetch(registry: Registry, repository: str, digest: Digest) -> BuildPlan:
    """A running build's plan. Raises IntegrityError if the artifact is none, or of another version."""
    plan = fetch_past(registry, repository, digest)
    if plan.schema_version != SCHEMA_VERSION:
        raise _unreadable(repository, digest, f"it has version {plan.schema_version}")
    return plan


def fetch_past(registry: Registry, repository: str, digest: Digest) -> BuildPlan:
    """The plan of something that was built, by this version or one before: :mod:`core.past`. Raises
    IntegrityError if it cannot be read."""
    layer = _layers(registry, repository, digest)[ARTIFACT_TYPE]
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
def open_context(registry: Registry, repository: str, digest: Digest) -> Iterator[BinaryIO]:
    """The context archive of a plan, as a temporary file: it may be larger than a worker's memory.

    Raises IntegrityError if the plan has none.
    """
    layers = _layers(registry, repository, digest)
    if media.TAR not in layers:
        raise IntegrityError(f"{repository}@{digest}: the plan holds no build context")
    with tempfile.TemporaryFile(prefix="golden-images-context-") as file:
        with registry.open_blob(repository, named(layers[media.TAR], f"{repository}@{digest}")) as chunks:
            for chunk in chunks:
                file.write(chunk)
        file.seek(0)
        yield file


def _layer(media_type: str, blob: Descriptor) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(blob.digest), "size": blob.size}


def _layers(registry: Registry, repository: str, digest: Digest) -> dict[str, Any]:
    """By media type."""
    manifest = registry.manifest(repository, digest)
    try:
        body = json.loads(manifest.content)
        layers = {layer["mediaType"]: layer for layer in body["layers"] if Digest(layer["digest"])}
    except (ValueError, KeyError, TypeError):
        layers = {}
    if ARTIFACT_TYPE not in layers:
        raise IntegrityError(
            f"{repository}@{digest} is no build plan", cause="its manifest has no plan layer"
        )
    return layers
