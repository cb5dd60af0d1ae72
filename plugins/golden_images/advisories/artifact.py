"""The artifact: one manifest a database, one layer a file. The same content has the same digest.

``artifactType`` says that it is one; the manifest's annotations name, version, time and count, each layer's
its path, and the time and count of what it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.fields import check_inside
from golden_images.core.names import (
    ANNOTATION_BUILT,
    ANNOTATION_DATABASE,
    ANNOTATION_RECORDS,
    ANNOTATION_TITLE,
    ANNOTATION_VERSION,
)
from golden_images.errors import IntegrityError
from golden_images.images.image import body, named
from golden_images.ports import Manifest

ARTIFACT_TYPE = "application/vnd.golden-images.advisories.v1+json"
EMPTY = b"{}"


@dataclass(frozen=True, slots=True)
class Layer:
    """One file of a database that the registry holds; ``size`` in bytes."""

    path: str
    digest: Digest
    size: int
    built: datetime
    records: int


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a manifest says; nothing of it is true because of that."""

    name: str
    version: str
    layers: tuple[Layer, ...]

    @property
    def built(self) -> datetime:
        """Of the oldest part: a database is no fresher than what it holds."""
        return min(layer.built for layer in self.layers)

    @property
    def records(self) -> int:
        return sum(layer.records for layer in self.layers)

    def layer(self, path: str) -> Layer | None:
        return next((layer for layer in self.layers if layer.path == path), None)


def manifest(artifact: Artifact) -> bytes:
    layers = [
        {
            "mediaType": media.OCTETS,
            "digest": layer.digest,
            "size": layer.size,
            "annotations": {ANNOTATION_TITLE: layer.path, **_held(layer.built, layer.records)},
        }
        for layer in sorted(artifact.layers, key=lambda one: one.path)
    ]
    return canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": media.MANIFEST,
            "artifactType": ARTIFACT_TYPE,
            "config": {"mediaType": media.EMPTY, "digest": Digest.of(EMPTY), "size": len(EMPTY)},
            "layers": layers,
            "annotations": {
                ANNOTATION_DATABASE: artifact.name,
                ANNOTATION_VERSION: artifact.version,
                **_held(artifact.built, artifact.records),
            },
        }
    )


def read(of: Manifest, what: str) -> Artifact:
    """Raises IntegrityError, naming ``what``, for a manifest that is no database's."""
    content = body(of)
    try:
        if content["artifactType"] != ARTIFACT_TYPE:
            raise ValueError(f"its type is {content['artifactType']!r}")
        layers = tuple(_layer(one, what) for one in content["layers"])
        notes = content["annotations"]
        artifact = Artifact(str(notes[ANNOTATION_DATABASE]), str(notes[ANNOTATION_VERSION]), layers)
        _distinct([layer.path for layer in layers])
        if {**notes, **_held(artifact.built, artifact.records)} != notes:
            raise ValueError("it says other sums than those of its files")
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityError(f"{what} is no database of advisories", cause=str(error)[:200]) from None
    return artifact


def _layer(one: Any, what: str) -> Layer:
    notes, size = one["annotations"], one["size"]
    if not isinstance(size, int) or size < 0:
        raise ValueError(f"{size!r} is no size")
    return Layer(
        path=check_inside(str(notes[ANNOTATION_TITLE])),
        digest=named(one, what),
        size=size,
        built=datetime.fromisoformat(notes[ANNOTATION_BUILT]).astimezone(UTC),
        records=int(notes[ANNOTATION_RECORDS]),
    )


def _distinct(paths: Sequence[str]) -> None:
    if not paths or len({*paths}) != len(paths):
        raise ValueError("it has no files, or two of one name")


def _held(built: datetime, records: int) -> dict[str, str]:
    return {ANNOTATION_BUILT: built.astimezone(UTC).isoformat(), ANNOTATION_RECORDS: str(records)}
