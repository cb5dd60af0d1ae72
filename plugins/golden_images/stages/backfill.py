"""What a backfill finds and would build, before anybody starts it. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from golden_images.core.definition import Definition
from golden_images.core.release import BaseVersion
from golden_images.errors import InputError, StageFailed
from golden_images.ports import Ports
from golden_images.stages.resolve import Request, decide


class Outcome(StrEnum):
    #: A run would build it.
    BUILD = "build"
    #: A release stands on it already; a run would recognise it.
    EXISTS = "exists"
    #: Its registry no longer has the digest; a run fails at once.
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Past:
    """One past base version; ``version`` is the release's, that exists or that would be made."""

    base: BaseVersion
    outcome: Outcome
    version: str = ""
    #: For :attr:`Outcome.GONE`, which registry said so.
    detail: str = ""


def ledger_of(definition: Definition) -> str:
    """The ledger's name of the base. Raises InputError for an image that has none to go back to."""
    base = definition.base
    if base.pinned is not None:
        raise InputError(
            f"{definition.name} cannot be backfilled",
            cause=f"its base is pinned by digest: {base.reference}",
            remedy="name the base by its tag alone, whose past versions the ledger keeps",
        )
    if base.bootstrap is not None:
        raise InputError(
            f"{definition.name} cannot be backfilled",
            cause="it is bootstrapped from its distribution's archive: it has no base with past versions",
            remedy="backfill the images built on it; to build it again, trigger it with force",
        )
    return base.ledger


def survey(request: Request, versions: Iterable[BaseVersion], ports: Ports) -> Iterator[Past]:
    """Each of ``versions`` in turn, as a backfill of ``request``'s image would find it.

    Raises what :func:`golden_images.stages.resolve.decide` raises, but not for a base that is gone.
    """
    for version in versions:
        one = replace(request, backfill=True, base_digest=version.digest, date=version.at)
        try:
            resolution = decide(one, ports)
        except StageFailed as error:
            yield Past(version, Outcome.GONE, detail=error.cause)
            continue
        existing = resolution.existing
        if existing is not None:
            yield Past(version, Outcome.EXISTS, existing.version)
        else:
            yield Past(version, Outcome.BUILD, resolution.plan.version)
