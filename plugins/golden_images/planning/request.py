"""What a run is asked for, and the plan that this gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from golden_images.core import judging
from golden_images.core.definition import Definition
from golden_images.core.demands import Demands
from golden_images.core.digest import Digest
from golden_images.core.judging import Demand
from golden_images.core.organisation import Organisation
from golden_images.core.plan import BasePin, BuildPlan, Inputs
from golden_images.core.policy.demand import PolicyDemand
from golden_images.core.reason import Reason
from golden_images.core.waivers.model import Terms
from golden_images.images import contents
from golden_images.images.contents import Contents
from golden_images.ports import Log


@dataclass(frozen=True, slots=True)
class Request:
    """One run's wish. ``date`` dates the version; ``base_digest`` is what a partition or a person wants."""

    organisation: Organisation
    definition: Definition
    #: ``include/contexts``.
    contexts: Path
    run_id: str
    now: datetime
    date: datetime
    log: Log
    #: What the table demands of this image: ``pipeline.demands(definition)``.
    demands: tuple[Demand, ...]
    #: The policy that holds for this image; None: only the stages themselves judge.
    policy: PolicyDemand | None = None
    #: The waivers that hold for it, those that have ended among them.
    waivers: tuple[Terms, ...] = ()
    base_digest: Digest | None = None
    #: True if an event brought ``base_digest``: a newer known base then supersedes this run.
    event: bool = False
    backfill: bool = False
    force: bool = False
    #: A vulnerability for whose fix it builds; empty where nobody asked for one.
    finding: str = ""
    #: What a person gave as reason for a forced or manual run.
    note: str = ""
    #: Who that person is, by Airflow's word.
    actor: str = ""
    #: Read once, also for the copies of a request that a survey makes.
    _files: list[Contents] = field(default_factory=list, repr=False, compare=False)

    @property
    def repository(self) -> str:
        return self.organisation.repository(self.definition.name)

    def files(self) -> Contents:
        """The files of the build context. A root base needs none unless it has tests.

        Raises InputError for a context that is missing or wrong.
        """
        if not self._files:
            folder = self.contexts / self.definition.context
            root = self.definition.base.bootstrap is not None
            self._files.append(Contents({}) if root and not folder.is_dir() else contents.of_folder(folder))
        return self._files[0]

    def split_files(self) -> tuple[Contents, Contents]:
        """Those that make bytes, and those that test them."""
        return self.split(self.files())

    def split(self, files: Contents) -> tuple[Contents, Contents]:
        """The same of other files of this context."""
        suite, root = judging.suite_of(self.demands), self.definition.base.bootstrap is not None
        return contents.split(files, suite, bootstrap=root)


def demanded_now(request: Request, tests: str) -> Demands:
    """``tests`` is the digest of the suite's files. A waiver that has ended is no part of it."""
    counting = [one for one in request.waivers if one.counts(request.now)]
    return judging.demanded(request.demands, tests, request.policy, counting)


def plan_of(
    request: Request,
    base: BasePin | None,
    reason: Reason,
    *,
    stages: tuple[BasePin, ...] = (),
    packages: str = "",
    **fields: Any,
) -> BuildPlan:
    """The plan that ``request`` gives on ``base`` and the build stages' ``stages``; ``fields`` are
    further ones of the plan."""
    definition = request.definition
    build, tests = request.split_files()
    inputs = Inputs(
        image=definition.name,
        definition=definition.normalised(),
        context=build.digest,
        base=base,
        stages=stages,
        platforms=definition.build.platforms,
        packages=packages,
    )
    return BuildPlan(
        **{
            "inputs": inputs,
            "demands": demanded_now(request, tests.digest),
            "definition": definition.model_dump(mode="json", by_alias=True),
            "reason": reason,
            "date": request.date,
            "source_date_epoch": int(request.date.timestamp()),
            "backfill": request.backfill,
            "decided_at": request.now,
            "note": request.note,
            "actor": request.actor,
            **fields,
        }
    )
