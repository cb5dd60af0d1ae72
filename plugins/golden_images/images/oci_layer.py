"""From a root file system's tar to an OCI image, without an engine; the same input, the same digests.

Source: OCI image specification v1.1 (``config.md``, ``manifest.md``, ``layer.md``) and Docker's
image manifest schema 2, whose fields OCI took over.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.words import moment
from golden_images.errors import InputError
from golden_images.images import root_tar

_OCI_OF = {
    media.DOCKER_MANIFEST: media.MANIFEST,
    media.DOCKER_CONFIG: media.CONFIG,
    media.DOCKER_LAYER: media.LAYER,
    media.DOCKER_LAYER_TAR: media.LAYER_TAR,
    media.DOCKER_LAYER_ZSTD: media.LAYER_ZSTD,
}
#: Part of every layer's digest: never change it without need.
_LEVEL = 6
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Layer:
    """``digest`` and ``size`` (bytes) of the gzip file at ``path``; ``diff_id`` of the tar inside."""

    path: Path
    digest: Digest
    size: int
    diff_id: Digest


class _Hashed:
    """A file being written and hashed at once."""

    def __init__(self, file: IO[bytes] | gzip.GzipFile) -> None:
        self._file = file
        self.hash = hashlib.sha256()
        self.size = 0

    def write(self, content: bytes) -> int:
        self.hash.update(content)
        self.size += len(content)
        return self._file.write(content)

    def flush(self) -> None:
        self._file.flush()


def compress(rootfs: Path, target: Path, *, epoch: int) -> Layer:
    """Writes ``rootfs`` (an uncompressed tar) as a gzip layer to ``target``, in constant memory, in the form
    of :mod:`golden_images.images.root_tar`; no time in it is later than ``epoch`` (seconds)."""
    with target.open("wb") as file:
        packed = _Hashed(file)
        # No time and no name in gzip's header: they are not part of the content.
        with gzip.GzipFile("", "wb", _LEVEL, packed, mtime=0) as archive:
            plain = _Hashed(archive)
            root_tar.rewrite(rootfs, plain, epoch=epoch)
    return Layer(
        target,
        Digest(f"sha256:{packed.hash.hexdigest()}"),
        packed.size,
        Digest(f"sha256:{plain.hash.hexdigest()}"),
    )


def config(
    layer: Layer,
    *,
    platform: str,
    created: int,
    labels: Mapping[str, str],
    history: str,
    command: Sequence[str] = ("bash",),
) -> bytes:
    """The image configuration. ``created``: seconds since the epoch; ``history``: what made the layer."""
    system, architecture, *variant = platform.split("/")
    at = moment(datetime.fromtimestamp(created, UTC))
    document = {
        "architecture": architecture,
        "os": system,
        "created": at,
        "config": {"Env": [_PATH], "Cmd": list(command), "Labels": dict(labels)},
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id]},
        "history": [{"created": at, "created_by": history}],
    }
    if variant:
        document["variant"] = variant[0]
    return canonical_json(document)


def manifest(config_content: bytes, layer: Layer, annotations: Mapping[str, str]) -> bytes:
    """The image manifest of ``config_content`` and its one layer."""
    return canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": media.MANIFEST,
            "config": {
                "mediaType": media.CONFIG,
                "digest": Digest.of(config_content),
                "size": len(config_content),
            },
            "layers": [{"mediaType": media.LAYER, "digest": layer.digest, "size": layer.size}],
            "annotations": dict(annotations),
        }
    )


def to_oci(content: bytes, annotations: Mapping[str, str]) -> bytes:
    """A Docker (or OCI) image manifest as an OCI one: the same configuration and layers by digest.

    ``annotations`` are added to those that ``content`` has. Raises InputError for anything that is
    no image manifest, and for a media type that has no OCI counterpart (foreign layers).
    """
    try:
        old = json.loads(content)
        new = {
            "schemaVersion": 2,
            "mediaType": media.MANIFEST,
            "config": _descriptor(old["config"]),
            "layers": [_descriptor(layer) for layer in old["layers"]],
            "annotations": {**old.get("annotations", {}), **annotations},
        }
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("this is no image manifest", cause=f"{type(error).__name__}: {error}") from error
    return canonical_json(new)


def _descriptor(old: Mapping[str, object]) -> dict[str, object]:
    media_type = str(old["mediaType"])
    mapped = _OCI_OF.get(media_type, media_type)
    if not mapped.startswith("application/vnd.oci."):
        raise InputError(
            f"the media type {media_type} has no OCI counterpart",
            remedy="build the image without foreign or plugin layers",
        )
    return {**old, "mediaType": mapped}
