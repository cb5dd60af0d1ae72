"""The build plan: everything that determines the result. Its hash is the build id."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict

from golden_images.core.digest import Digest, canonical_json
from golden_images.core.reason import Reason


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
    """What is hashed into the build id. Adding a field changes every build id: give it a default
    that is left out of the hash (``exclude_defaults``), so that existing ids stand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: str
    #: The normalised definition, without fields that do not change the result (owner, schedule, …).
    definition: dict[str, Any]
    #: Digest of the canonical context archive; empty for a bootstrap base without a context.
    context: str = ""
    base: BasePin | None = None
    platforms: tuple[str, ...] = ("linux/amd64",)
    args: dict[str, str] = {}
    #: What the package archives hold for this image; opaque, compared for equality only.
    packages: str = ""
    #: Anything that makes a forced build differ from the last one.
    nonce: str = ""


class BuildPlan(BaseModel):
    """One run's intent, stored in the registry beside the candidate it leads to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = 1
    inputs: Inputs
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
    #: What a person gave as reason for the run, and who that was.
    note: str = ""
    actor: str = ""

    @cached_property
    def build_id(self) -> str:
        """64 hex digits."""
        return Digest.of(canonical_json(self.inputs.model_dump(mode="json", exclude_defaults=True))).hex

    @property
    def version(self) -> str:
        """The immutable version tag: ``YYYY.MM.DD-<first 8 of the build id>``."""
        return f"{self.date.astimezone(UTC):%Y.%m.%d}-{self.build_id[:8]}"

    @property
    def candidate_tag(self) -> str:
        return f"build-{self.build_id}"

    def canonical(self) -> bytes:
        return canonical_json(self.model_dump(mode="json"))
