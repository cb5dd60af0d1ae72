"""Releases, channels and base versions, as the catalog keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from golden_images.core.digest import Digest
from golden_images.core.reason import Reason


class ReleaseState(StrEnum):
    GOOD = "good"
    #: Not to be used any more: it is no current release, and its build may be released again.
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a build gave: ``digest`` came from the plan whose artifact is ``plan``. Written down before
    it is visible in the registry, so that what stands under its tag there is known for ours."""

    image: str
    build_id: str
    plan: Digest
    digest: Digest
    at: datetime


@dataclass(frozen=True, slots=True)
class Release:
    image: str
    version: str
    digest: Digest
    build_id: str
    reason: Reason
    released_at: datetime
    #: The manifest of the plan artifact in the image's repository.
    plan: Digest
    base_name: str = ""
    base_digest: str = ""
    backfill: bool = False
    #: Measured facts for people and policies: size_bytes, packages, tests_passed, build_seconds.
    facts: dict[str, int] = field(default_factory=dict)
    #: What a person gave as reason, and who that was; empty where nobody asked.
    note: str = ""
    actor: str = ""
    #: The plan's source id; empty for a release of a version that had none.
    source_id: str = ""
    #: What became of it since.
    state: ReleaseState = ReleaseState.GOOD


@dataclass(frozen=True, slots=True)
class Judgement:
    """A released digest met ``demands`` (a digest) after its release; ``plan`` holds them."""

    image: str
    version: str
    digest: Digest
    demands: Digest
    plan: Digest
    at: datetime


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What keeps the release ``digest`` from meeting the ``demands`` of now, as ``stage`` found it;
    :attr:`~golden_images.core.role.Role.UNJUDGED` until one has looked."""

    image: str
    stage: str
    digest: Digest
    demands: Digest
    problem: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """One report: ``digest`` is its manifest, ``subject`` what it speaks of.

    ``mark`` is the fingerprint of what it was made with, ``attempt`` the try that made it, from 1 on. 0 is
    for what no stage wrote down here: evidence of a version before, or from a rebuild; its mark may be
    empty.
    """

    image: str
    subject: Digest
    stage: str
    artifact_type: str
    digest: Digest
    created: datetime
    mark: str = ""
    attempt: int = 0


def one_attempt(records: Sequence[EvidenceRecord]) -> bool:
    """False if there are none. Raises ValueError if they are not one attempt's."""
    attempts = {(one.image, one.subject, one.stage, one.mark, one.attempt) for one in records}
    if len(attempts) > 1:
        raise ValueError(f"evidence of {len(attempts)} attempts is recorded as one attempt's")
    return bool(attempts)


@dataclass(frozen=True, slots=True)
class ChannelMove:
    """One entry of a channel's history; ``previous`` is empty for the first."""

    image: str
    channel: str
    digest: Digest
    previous: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class BaseVersion:
    """One digest that a base had. ``base`` is an image's name (internal) or a reference with its tag."""

    base: str
    digest: Digest
    #: When it was released, or first seen; UTC.
    at: datetime
    platforms: tuple[str, ...] = ()
    tag: str = ""
    #: ``watch``, ``release``, ``tags`` or ``import``.
    source: str = "watch"


@dataclass(frozen=True, slots=True)
class Decision:
    """What one run decided and why; kept also for runs that built nothing."""

    image: str
    run_id: str
    at: datetime
    reason: Reason
    build_id: str = ""
    #: As of a :class:`Release`.
    note: str = ""
    actor: str = ""
    #: The manifest of the plan artifact; None if nothing is to be done, and for a version before.
    plan: Digest | None = None
    #: True if it was about a past base: it says nothing of how the image is now.
    backfill: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """How an image's last run ended, if it failed. ``stage`` is the task that failed last; empty if none
    did (the run ran out of its time)."""

    image: str
    run_id: str
    at: datetime
    stage: str
