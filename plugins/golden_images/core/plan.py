"""The build plan: what makes an image's bytes, and what is demanded of them.

The first part's hash is the build id, the second's the demands digest. Both leave defaults out, so
that a new option with a default changes neither.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict

from golden_images.core import names
from golden_images.core.demands import Demands
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.reason import Reason

SCHEMA_VERSION = 2


class BasePin(BaseModel):
    """The base a plan builds on, by digest. ``name`` is the reference without a digest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    digest: str

    @property
    def pinned(self) -> str:
        """What a Dockerfile's ``FROM`` receives: ``registry/repository@sha256:…``."""
        return f"{self._split[0]}@{self.digest}"

    @property
    def reference(self) -> str:
        """For others: the name where it has a tag, else pinned, for no tag would mean ``latest``."""
        return self.name if self._split[1] else self.pinned

    @property
    def _split(self) -> tuple[str, str]:
        """Repository with its registry, and tag."""
        head, colon, tail = self.name.rpartition(":")
        return (head, tail) if colon and "/" not in tail else (self.name, "")


class Inputs(BaseModel):
    """What makes the bytes, and nothing else. A new field needs a default, which is left out of the
    hash, so that existing build ids stand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: str
    #: The fields of the definition that make bytes (base, build, labels), defaults left out.
    definition: dict[str, Any]
    #: Digest over the files that the engine is sent; empty for a root base.
    context: str = ""
    base: BasePin | None = None
    #: The images that the Dockerfile takes from besides, by their tags' digests, sorted by name.
    stages: tuple[BasePin, ...] = ()
    platforms: tuple[str, ...] = ("linux/amd64",)
    #: What the package archives hold for this image; opaque, compared for equality only.
    packages: str = ""
    #: Anything that makes a forced build differ from the last one.
    nonce: str = ""

    @property
    def build_id(self) -> str:
        """64 hex digits."""
        return Digest.of(canonical_json(self.model_dump(mode="json", exclude_defaults=True))).hex

    @property
    def source_id(self) -> str:
        """64 hex digits over what people wrote and the base, whatever the archives held that day and
        the build stages' tags were."""
        return self.model_copy(update={"packages": "", "nonce": "", "stages": ()}).build_id


class BuildPlan(BaseModel):
    """One run's intent, stored in the registry beside the candidate it leads to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = SCHEMA_VERSION
    inputs: Inputs
    demands: Demands = Demands()
    #: The whole definition as it was when the run began; later tasks use this one, not the file.
    definition: dict[str, Any]
    reason: Reason
    #: The partition's date; it dates the version.
    date: datetime
    #: Seconds since the epoch that every file time in a reproducible build is clamped to.
    source_date_epoch: int
    #: Channels the release may move on its own; empty for a backfill.
    automatic_channels: tuple[str, ...] = ()
    backfill: bool = False
    #: What the image says of itself (:mod:`golden_images.core.about`). No part of the build id: what is
    #: said otherwise comes with the next build, and is no reason for one.
    labels: dict[str, str] = {}
    #: When the run decided; the newest decision is the image's, whichever run ends last.
    decided_at: datetime | None = None
    #: What a person gave as reason for the run, and who that was.
    note: str = ""
    actor: str = ""
    #: The digest of the release that stands and is judged by these demands; nothing is built then.
    judges: str = ""

    @cached_property
    def build_id(self) -> str:
        """64 hex digits."""
        return self.inputs.build_id

    @property
    def version(self) -> str:
        """The immutable version tag: ``YYYY.MM.DD-<first 8 of the build id>``."""
        return f"{self.date.astimezone(UTC):%Y.%m.%d}-{self.build_id[:8]}"

    @property
    def candidate_tag(self) -> str:
        return names.candidate_tag(self.build_id, self.inputs.platforms)

    def canonical(self) -> bytes:
        return canonical_json(self.model_dump(mode="json"))
