"""Resolve: tags become digests, a request becomes a plan, and the plan has a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from golden_images.core.definition import Definition, Organisation
from golden_images.core.digest import Digest
from golden_images.core.plan import BuildPlan
from golden_images.core.reason import Reason
from golden_images.ports import Log, Ports


@dataclass(frozen=True, slots=True)
class Request:
    """One run's wish. ``date`` dates the version; ``base_digest`` is what a partition or a person asks for."""

    organisation: Organisation
    definition: Definition
    #: ``include/contexts``.
    contexts: Path
    run_id: str
    now: datetime
    date: datetime
    log: Log
    base_digest: Digest | None = None
    #: True if an event brought ``base_digest``: a newer known base then supersedes this run.
    event: bool = False
    backfill: bool = False
    force: bool = False
    #: What a person gave as reason for a forced or manual run.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """``plan_digest`` is the pushed plan artifact; None when nothing is to be built or it was only asked."""

    reason: Reason
    plan: BuildPlan
    plan_digest: Digest | None = None


def decide(request: Request, ports: Ports) -> Resolution:
    """What a run would do now and why. Writes nothing."""
    raise NotImplementedError


def run(request: Request, ports: Ports) -> Resolution:
    """Decides, records the decision, and pushes the plan artifact if something is to be built."""
    raise NotImplementedError
