"""The closed, versioned schema of a definition.

Dictionaries stop here: everything past this module handles these frozen types.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Literal

from pydantic import Field, create_model

from golden_images.core.base import Base
from golden_images.core.closed import Closed
from golden_images.core.fields import ArgumentName, ChannelNames, Cron, InsidePath, Name, Platforms, TimeZone
from golden_images.core.policy.model import Choice
from golden_images.core.texts import Address, LabelName, Line, StageName, Tag, Text

#: The folder of all build contexts, inside the project.
CONTEXTS = PurePosixPath("include", "contexts")


class Build(Closed):
    """How the engine builds the context. A bootstrap base has no Dockerfile, only tests."""

    context: InsidePath | None = Field(
        default=None, description="Folder below include/contexts; default: the image's name. Never outside."
    )
    dockerfile: InsidePath = Field(default="Dockerfile", description="Path inside the context.")
    target: StageName = Field(default="", description="Stage of a multi-stage Dockerfile.")
    args: dict[ArgumentName, Text] = Field(
        default_factory=dict, description="Build arguments; BASE and BUILDKIT_SYNTAX are reserved."
    )
    platforms: Platforms = Field(default=("linux/amd64",), description="os/architecture[/variant].")
    timeout_minutes: int = Field(default=60, ge=1, le=1440)


class Schedule(Closed):
    """When the image is rebuilt; what is not said is the organisation's default."""

    nightly: Cron | None = Field(default=None, description="Cron expression; null turns the nightly run off.")
    timezone: TimeZone | None = Field(default=None, description="IANA name, such as Europe/Berlin.")
    on_base_change: bool = Field(default=True, description="Rebuild when the base has a new digest.")
    max_age_days: int | None = Field(
        default=None, ge=1, description="Rebuild after so many days although nothing changed."
    )


class Stages(Closed):
    """Options by stage. The fields come from the pipeline's table: see :func:`definition_model`."""


class Promote(Closed):
    """Which channels a release enters."""

    automatic: ChannelNames | None = Field(
        default=None, description="Channels every release enters on its own; default: the organisation's."
    )


class About(Closed):
    """What images say of themselves to others. ``{image}`` stands for the image's name."""

    vendor: Line = Field(default="", description="Who distributes the images: a company, a department.")
    authors: Line = Field(default="", description="Whom to write to; default: the definition's owner.")
    url: Address = Field(default="", description="Where more about the image is found.")
    documentation: Address = Field(default="", description="Where its documentation is found.")
    source: Address = Field(default="", description="Where its source is found; {image} is its name.")
    licenses: Line = Field(default="", description="SPDX licence expression of what is inside.")


class Definition(Closed):
    """One image."""

    schema_: Literal[1] = Field(alias="schema", description="Version of this schema.")
    name: Name = Field(description="The image's name and repository; the same as the file's.")
    #: What tells one kind of definition from another: a second kind has fields of its own.
    kind: Literal["container"] = Field(default="container", description="What is made.")
    description: Text = Field(min_length=1, description="What the image is, for people.")
    owner: Line = Field(min_length=1, description="Team that answers for it.")
    tags: tuple[Tag, ...] = Field(default=(), description="Tags of the DAG.")
    base: Base
    #: Made anew, which takes less than the copy that pydantic makes of a default with a dictionary in it.
    build: Build = Field(default_factory=Build)
    schedule: Schedule = Schedule()
    stages: Stages = Stages()
    policy: Choice | None = Field(
        default=None, description="Which policy holds, and what is asked of this image beyond it."
    )
    promote: Promote = Promote()
    about: About = About()
    labels: dict[LabelName, Text] = Field(default_factory=dict, description="Labels added to the image.")

    def options(self, stage: str) -> Closed:
        """The options of ``stage``; its defaults where the file says nothing."""
        options = getattr(self.stages, stage)
        assert isinstance(options, Closed)
        return options

    @property
    def context(self) -> str:
        """Folder below ``include/contexts``."""
        return self.build.context or self.name

    def normalised(self) -> dict[str, Any]:
        """The fields that make the bytes, defaults left out: the build id's part of the definition."""
        kind = self.model_dump(mode="json", include={"kind"}, exclude_defaults=True)
        return kind | makes_bytes(self.base, self.build, self.labels)


def makes_bytes(base: Base, build: Build, labels: Mapping[str, str]) -> dict[str, Any]:
    """What of a definition makes the bytes, defaults left out. Platforms are told by the plan itself."""
    parts = {
        "base": base.model_dump(mode="json", exclude_defaults=True, exclude={"versions"}),
        "build": build.model_dump(
            mode="json", exclude_defaults=True, include={"dockerfile", "target", "args"}
        ),
        "labels": dict(labels),
    }
    return {name: part for name, part in parts.items() if part}


def definition_model(stages: Mapping[str, type[Closed]]) -> type[Definition]:
    """``Definition`` with one option field a stage, so that the schema stays closed and a new stage
    is a row of the pipeline's table and nothing here."""
    fields: dict[str, Any] = {name: (options, options()) for name, options in stages.items()}
    model: type[Stages] = create_model("Stages", __base__=Stages, __doc__="Options by stage.", **fields)
    whole: dict[str, Any] = {"stages": (model, model())}
    return create_model("Definition", __base__=Definition, __doc__=Definition.__doc__, **whole)
