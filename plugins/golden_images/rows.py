"""What a row of the pipeline's table says, and what follows from it for one image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from golden_images.core.closed import Closed
from golden_images.core.definition import Definition
from golden_images.core.judging import Evidence
from golden_images.job import Makes

if TYPE_CHECKING:
    # Every DAG file imports the rows; what runs them is loaded where they run.
    from golden_images.job import Job, Report
    from golden_images.planning.request import Request
    from golden_images.ports import Ports
    from golden_images.stages.resolve import Resolution

#: A task's limit beyond what its definition allows the tool: pulling, pushing, cleaning up.
_MARGIN_MINUTES = 15

#: The fields of :class:`~golden_images.ports.Ports`.
Port = Literal[
    "registry",
    "engine",
    "catalog",
    "sbom_generator",
    "linter",
    "test_runner",
    "bootstrapper",
    "package_archive",
    "downloads",
    "registry_of",
    "scanner",
]

#: The same for all images, or by definition where they differ; None: Airflow's default.
Place = str | Callable[[Definition], str | None] | None


class Settings(NamedTuple):
    """All that the tasks of two images may differ in, besides name, owner and asset."""

    pool: str | None
    queue: str | None
    minutes: int

    @property
    def timeout(self) -> timedelta:
        return timedelta(minutes=self.minutes)


def always(_: Definition) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What resolve and the stages have in common."""

    name: str
    #: The fields of :class:`~golden_images.ports.Ports` that the work is given. All others are out of reach.
    ports: tuple[Port, ...]
    pool: Place = None
    queue: Place = None
    timeout_minutes: int = 30
    #: The minutes that a definition allows the tool: the task then has these and some more.
    allowed: Callable[[Definition], int] | None = None
    #: True where containers run on behalf of the task.
    owns_containers: bool = False
    #: Of the task in Airflow's pages.
    colour: str = "#e8f0fe"
    #: One line for the DAG's page.
    doc: str = ""

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.ports).difference(get_args(Port))):
            there = sorted(get_args(Port))
            raise ValueError(f"{self.name}: there is no port {', '.join(unknown)}; there is {there}")

    def settings(self, definition: Definition) -> Settings:
        minutes = self.timeout_minutes
        if (allowed := self.tool_minutes(definition)) is not None:
            minutes = max(minutes, allowed + _MARGIN_MINUTES)
        pool = self.pool(definition) if callable(self.pool) else self.pool
        queue = self.queue(definition) if callable(self.queue) else self.queue
        return Settings(pool, queue, minutes)

    def tool_minutes(self, definition: Definition) -> int | None:
        return self.allowed(definition) if self.allowed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver(Row):
    """What comes before every row: it turns a request into a plan."""

    run: Callable[[Request, Ports], Resolution]

    def perform(self, request: Request, ports: Ports) -> Resolution:
        return self.run(request, ports.only(self.ports, self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Row):
    """One row. ``needs`` names earlier rows; a need that does not apply to an image is left out."""

    run: Callable[[Job, Ports], Report]
    needs: tuple[str, ...]
    makes: Makes | None = None
    #: Options a definition may give below ``stages.<name>``; None: the stage has none. One that is called
    #: ``timeout_minutes`` is what the definition allows the tool.
    options: type[Closed] | None = None
    #: ``module:class`` below golden_images.operators, imported by the factory only.
    operator: str = "stage:StageOperator"
    #: The reports that the gate demands; None: the stage makes none.
    evidence: Evidence | None = None
    applies: Callable[[Definition], bool] = always

    def tool_minutes(self, definition: Definition) -> int | None:
        if self.allowed is None and self.options is not None:
            # Asked of the model: pydantic takes long to say that an instance has no such field.
            if "timeout_minutes" not in self.options.model_fields:
                return None
            return getattr(definition.options(self.name), "timeout_minutes", None)
        return Row.tool_minutes(self, definition)

    def perform(self, job: Job, ports: Ports) -> Report:
        """Runs the stage; of a release that is only judged, what it falls short of is written down."""
        from golden_images.evidence import judgement as standing

        given = ports.only(self.ports, self.name)
        return standing.perform(self.name, lambda: self.run(job, given), job, ports.catalog)
