"""What every stage is handed and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import ValidationError

from golden_images.core import names
from golden_images.core.digest import Digest
from golden_images.core.reference import Reference
from golden_images.errors import InputError

if TYPE_CHECKING:
    # The table's rows need this module in every DAG file, and no job is there.
    from golden_images.core.definition import Definition
    from golden_images.core.judging import Demand, OptionsT
    from golden_images.core.organisation import Organisation
    from golden_images.core.plan import BuildPlan
    from golden_images.core.policy.model import Policy
    from golden_images.core.waivers.model import Terms
    from golden_images.ports import Descriptor, Log, Manifest, Registry

#: On every container of ours, ``<dag>/<run>/<task>``: a retry of the same task removes what the killed
#: try left.
LABEL_OWNER = "io.golden-images.owner"


class Makes(StrEnum):
    """What later stages, and other images, find once a stage has ended well."""

    CANDIDATE = "candidate"
    #: The verification summary that a release goes by.
    VERDICT = "verdict"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Job:
    """One stage's work on one image. ``candidate`` is None before it was built."""

    organisation: Organisation
    definition: Definition
    plan: BuildPlan
    #: The plan artifact in the image's repository.
    plan_manifest: Manifest
    #: The running stage, by its name in the table.
    stage: str
    owner: str
    log: Log
    #: The running stage's own demand: its options and how its evidence is marked.
    demand: Demand | None = None
    #: What the gate demands of every stage that makes evidence.
    demands: tuple[Demand, ...] = ()
    candidate: Manifest | None = None
    #: The stages' names by what they make, for who has to clear one.
    makers: Mapping[Makes, str] = field(default_factory=dict)

    @property
    def repository(self) -> str:
        return self.organisation.repository(self.definition.name)

    def reference(self, registry: Registry) -> Reference:
        """The image's repository in ``registry``, by name."""
        return Reference(registry.host, self.repository)

    @property
    def plan_digest(self) -> Digest:
        return self.plan_manifest.descriptor.digest

    @property
    def policy(self) -> Policy | None:
        """The policy that holds for the image, by its plan; None if only the stages themselves judge.
        Raises InputError for one that this version cannot read."""
        demanded = self.plan.demands.policy
        try:
            return demanded.policy() if demanded else None
        except ValidationError as error:
            raise self._unreadable(f"the policy {demanded.name if demanded else ''}", error) from None

    @property
    def waivers(self) -> tuple[Terms, ...]:
        """Those that counted for the image when its plan was made; some may have ended since. Raises as
        :attr:`policy` does."""
        try:
            return self.plan.demands.terms()
        except ValidationError as error:
            raise self._unreadable("a waiver", error) from None

    def _unreadable(self, what: str, error: ValidationError) -> InputError:
        return InputError(
            f"{self.definition.name}: {what} in its plan cannot be read any more",
            cause=str(error.errors(include_url=False, include_input=False)[0]["msg"]),
            remedy="the schema has changed since it was written; trigger a new run",
        )

    @property
    def context_subject(self) -> Digest:
        """What evidence about the build context alone hangs on: the plan, which is there before an
        image is; where a release is only judged, that."""
        return Digest(self.plan.judges) if self.plan.judges else self.plan_digest

    def labels(self) -> dict[str, str]:
        """Of the containers and images that the stage makes on the engine."""
        return {
            names.ANNOTATION_BUILD_ID: self.plan.build_id,
            names.ANNOTATION_STAGE: self.stage,
            LABEL_OWNER: self.owner,
        }

    def demanded(self) -> Demand:
        """The running stage's own demand; raises TypeError where its row names no evidence."""
        if self.demand is None:
            raise TypeError("this stage makes no evidence: its row in the table names none")
        return self.demand

    def options(self, model: type[OptionsT]) -> OptionsT:
        """The running stage's options, as the type that its row declares."""
        options = self.demanded().options
        if not isinstance(options, model):
            raise TypeError(f"{model.__qualname__}: the table names other options for this stage")
        return options

    def maker(self, made: Makes) -> str:
        """The name of the stage that makes it."""
        return self.makers[made]

    def image(self) -> Manifest:
        """The candidate; raises ValueError when a stage asks that comes before it (a mistake of ours)."""
        if self.candidate is None:
            raise ValueError("this stage runs before there is a candidate")
        return self.candidate

    def subject(self) -> Descriptor:
        """What evidence is about: the candidate. Raises as :meth:`image` does."""
        return self.image().descriptor


@dataclass(frozen=True, slots=True)
class Report:
    """A stage's result: ``summary`` for people, ``facts`` for the catalog, links to what was made.

    ``outputs`` (strings, a few hundred bytes together) are for people, who find them in Airflow; no later
    stage reads them.
    """

    summary: str
    facts: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    #: False when what was asked for existed already.
    made: bool = True
