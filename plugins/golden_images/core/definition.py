"""The closed, versioned schema of a definition and of the organisation's file.

Dictionaries stop here: everything past this module handles these frozen types.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from golden_images.core.digest import Digest
from golden_images.core.fields import (
    ArgumentName,
    ChannelName,
    ChannelNames,
    Cron,
    DatePattern,
    ImageReference,
    InsidePath,
    Name,
    Namespace,
    Platforms,
    RegistryHost,
    TimeZone,
    wrong,
)
from golden_images.core.reference import Reference
from golden_images.core.texts import (
    Address,
    Components,
    ConnectionId,
    DebianPackages,
    DottedName,
    KeywordName,
    LabelName,
    Line,
    Mirror,
    StageName,
    Suite,
    Tag,
    Text,
)

#: The folder of all build contexts, inside the project.
CONTEXTS = PurePosixPath("include", "contexts")


class Closed(BaseModel):
    """Frozen; an unknown key is an error; ``3.10`` never becomes ``"3.1"``: no coercion of numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, coerce_numbers_to_str=False)


class Bootstrap(Closed):
    """A root base made from the distribution's own archive."""

    distribution: Literal["debian"] = "debian"
    suite: Suite = Field(description="Code name of the suite, such as bookworm.")
    variant: Literal["minbase", "essential", "apt", "buildd", "important", "standard"] = "minbase"
    components: Components = ("main",)
    packages: DebianPackages = Field(
        default=(), description="Packages added to the variant: name, name:architecture or name=version."
    )
    mirror: Mirror = Field(
        default="",
        description="Archive's http(s) address; empty means what the worker's own apt uses for the suite.",
    )
    slim: bool = Field(
        default=False,
        description="Without documentation, man pages and translations; copyrights stay.",
    )
    setuid: bool = Field(
        default=False, description="Keep set-user-ID and set-group-ID programs, such as su and mount."
    )


class VersionTags(Closed):
    """How past versions of an external base are recognised among its registry's tags."""

    tags: DatePattern = Field(description="Regular expression with a group (?P<date>…), such as YYYYMMDD.")


class Base(Closed):
    """Exactly one of ``image``, ``reference`` and ``bootstrap``."""

    image: Name | None = Field(default=None, description="Another definition's name.")
    reference: ImageReference | None = Field(
        default=None,
        description="registry/repository:tag of an external base. With @sha256:… the digest alone counts:"
        " it is built on as it is, never watched, and has no past to backfill.",
    )
    bootstrap: Bootstrap | None = Field(default=None, description="A root base.")
    versions: VersionTags | None = Field(default=None, description="Only with reference.")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = ("image", "reference", "bootstrap")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) != 1:
            found = " and ".join(given) + " are given" if given else "none is given"
            raise wrong(f"give exactly one of image, reference and bootstrap; {found}")
        if self.versions is not None and self.reference is None:
            raise wrong("versions is for a base by reference only", at="versions")
        if self.versions is not None and self.pinned is not None:
            raise wrong("versions is for a base whose tag moves; this one is pinned by digest", at="versions")
        return self

    @property
    def external(self) -> Reference | None:
        """The external base, its short forms written out; as text it is the ledger's name of it."""
        return Reference.parse(self.reference) if self.reference else None

    @property
    def pinned(self) -> Digest | None:
        """The digest that an external base is pinned to: it counts, whatever the tag beside it is now."""
        return self.external.digest if self.external else None

    @property
    def ledger(self) -> str:
        """The ledger's name of the base; empty for one without other versions: a root base, and one
        that is pinned by digest."""
        return self.image or (str(self.external) if self.external and not self.external.digest else "")


class Build(Closed):
    """How the engine builds the context. A bootstrap base has no Dockerfile, only tests."""

    context: InsidePath | None = Field(
        default=None, description="Folder below include/contexts; default: the image's name. Never outside."
    )
    dockerfile: InsidePath = Field(default="Dockerfile", description="Path inside the context.")
    target: StageName = Field(default="", description="Stage of a multi-stage Dockerfile.")
    args: dict[ArgumentName, Text] = Field(
        default_factory=dict, description="Build arguments; BASE is reserved."
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
    description: Text = Field(min_length=1, description="What the image is, for people.")
    owner: Line = Field(min_length=1, description="Team that answers for it.")
    tags: tuple[Tag, ...] = Field(default=(), description="Tags of the DAG.")
    base: Base
    build: Build = Build()
    schedule: Schedule = Schedule()
    stages: Stages = Stages()
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
        return makes_bytes(self.base, self.build, self.labels)


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


class RegistryConfig(Closed):
    """The registry that images are released to."""

    connection: ConnectionId = Field(default="golden_images_registry", description="Airflow Connection id.")
    namespace: Namespace = Field(default="golden", description="Prefix of every repository; may be empty.")


class ExternalRegistry(Closed):
    """How a registry of external bases is reached."""

    connection: ConnectionId = Field(description="Airflow Connection with host, login and password.")


class ConnectionConfig(Closed):
    """A service."""

    connection: ConnectionId = Field(description="Airflow Connection id.")


class Channel(Closed):
    """A moving tag on a release."""

    name: ChannelName = Field(description="A moving tag.")
    automatic: bool = Field(default=False, description="Every release enters it on its own.")


class Defaults(Closed):
    """What holds where a definition says nothing."""

    nightly: Cron | None = Field(default="0 2 * * *", description="Cron expression; null: no nightly run.")
    timezone: TimeZone = Field(default="UTC", description="IANA name, such as Europe/Berlin.")
    max_age_days: int | None = Field(
        default=None, ge=1, description="Rebuild after so many days although nothing changed."
    )
    retries: int = Field(default=2, ge=0, le=10, description="Tries after a task's first.")
    retry_delay_seconds: int = Field(default=30, ge=0, description="Pause before the second try.")


class Alert(Closed):
    """Who is told that a run failed for good, or that a definition has become invalid."""

    notifier: DottedName = Field(description="Class of an Airflow notifier, with its module.")
    args: dict[KeywordName, Text | bool | int | float] = Field(
        default_factory=dict, description="Its arguments; {{ alert }} in a template says what failed."
    )


class BaseWatch(Closed):
    """How registries are asked whether external bases have changed."""

    poll_seconds: int = Field(default=60, ge=5, le=86400, description="From one look at a base to the next.")
    quiet_seconds: int = Field(
        default=120, ge=0, le=86400, description="A change counts after so long without a further one."
    )
    concurrency: int = Field(default=8, ge=1, le=64, description="Requests at a time to one registry.")
    requests_per_minute: int = Field(default=3000, ge=1, description="Requests a minute to one registry.")


class Organisation(Closed):
    """``include/golden_images.yaml``."""

    schema_: Literal[1] = Field(alias="schema", description="Version of this schema.")
    registry: RegistryConfig = RegistryConfig()
    registries: dict[RegistryHost, ExternalRegistry] = Field(
        default_factory=dict, description="Connections for external bases, by registry host."
    )
    engine: ConnectionConfig = ConnectionConfig(connection="golden_images_engine")
    catalog: ConnectionConfig = ConnectionConfig(connection="golden_images_catalog")
    about: About = About()
    channels: tuple[Channel, ...] = (Channel(name="dev", automatic=True),)
    defaults: Defaults = Defaults()
    base_watch: BaseWatch = BaseWatch()
    alerts: tuple[Alert, ...] = ()

    @model_validator(mode="after")
    def _distinct_channels(self) -> Self:
        names = [channel.name for channel in self.channels]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise wrong(f"the channel {name!r} is named twice", at="channels")
        return self

    def repository(self, image: str) -> str:
        """The repository of ``image``, host excluded."""
        return f"{self.registry.namespace}/{image}" if self.registry.namespace else image

    def automatic_channels(self, definition: Definition) -> tuple[str, ...]:
        if definition.promote.automatic is not None:
            return definition.promote.automatic
        return tuple(channel.name for channel in self.channels if channel.automatic)

    def nightly(self, definition: Definition) -> str | None:
        """The definition's cron expression, else the organisation's."""
        fields = definition.schedule.model_fields_set
        return definition.schedule.nightly if "nightly" in fields else self.defaults.nightly

    def timezone(self, definition: Definition) -> str:
        return definition.schedule.timezone or self.defaults.timezone

    def max_age_days(self, definition: Definition) -> int | None:
        fields = definition.schedule.model_fields_set
        return definition.schedule.max_age_days if "max_age_days" in fields else self.defaults.max_age_days
