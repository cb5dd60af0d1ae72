"""The closed, versioned schema of the organisation's file: what holds for every image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from golden_images.core.closed import Closed
from golden_images.core.definition import About, Definition
from golden_images.core.fields import (
    ChannelName,
    Cron,
    ImageReference,
    Name,
    Namespace,
    RegistryHost,
    TimeZone,
    wrong,
)
from golden_images.core.texts import ConnectionId, DottedName, Ecosystem, KeywordName, SourceAddress, Text


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


@dataclass(frozen=True, slots=True)
class Services:
    """The Airflow Connections, by id, that the work on one image is done with."""

    registry: str
    engine: str


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
    policy: Name | None = Field(
        default=None, description="A file of include/policies; null: only the stages themselves judge."
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


class AdvisorySource(Closed):
    """Where a database of advisories comes from."""

    name: Literal["osv", "grype", "trivy", "kev", "epss"] = Field(description="What it is.")
    ecosystem: Ecosystem = Field(default="", description="Of an OSV archive: Debian, PyPI, Go, npm, …")
    url: SourceAddress = Field(default="", description="A file of the web: https, from that host alone.")
    reference: ImageReference | None = Field(default=None, description="An artifact in a registry.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.url) == bool(self.reference):
            raise wrong("needs a url or a reference, and not both", at="url" if self.url else "")
        if self.ecosystem and self.name != "osv":
            raise wrong(f"{self.name} has no ecosystems", at="ecosystem")
        if self.url and self.name == "osv" and not self.ecosystem:
            raise wrong("an OSV archive is of one ecosystem: say which (ecosystem: Debian)", at="name")
        return self

    @property
    def address(self) -> str:
        return self.url or str(self.reference)

    @property
    def key(self) -> str:
        """``osv Debian``, ``trivy``: no two sources of an organisation have the same."""
        return f"{self.name} {self.ecosystem}".strip()


class Advisories(Closed):
    """The databases that scanners work with, and where they come from."""

    nightly: Cron | None = Field(
        default="0 1 * * *", description="When sources are looked at; null: by hand alone."
    )
    sources: tuple[AdvisorySource, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        keys = [source.key for source in self.sources]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                raise wrong(f"there are two sources of {key}", at="sources")
        return self


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
    advisories: Advisories = Advisories()
    alerts: tuple[Alert, ...] = ()

    @model_validator(mode="after")
    def _distinct_channels(self) -> Self:
        names = [channel.name for channel in self.channels]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise wrong(f"the channel {name!r} is named twice", at="channels")
        return self

    def services(self, definition: Definition | None = None) -> Services:
        """Those of one image; None: those of what is about no image, or about all.

        Asked when an image's DAG is made: its tasks carry the answer. One answer for all images, as no
        definition names others.
        """
        del definition
        return Services(registry=self.registry.connection, engine=self.engine.connection)

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
