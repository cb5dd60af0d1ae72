"""What all subjects of the catalog in memory share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock

from golden_images.core.advisories import AdvisoryDatabase, Fetched, ScanKey
from golden_images.core.digest import Digest
from golden_images.core.release import (
    BaseVersion,
    Candidate,
    ChannelMove,
    Decision,
    EvidenceRecord,
    Failure,
    Judgement,
    Release,
    ReleaseState,
    Shortfall,
)
from golden_images.core.rescanning.known import Rescan
from golden_images.core.watching import StageBase, Wake, Watched
from golden_images.errors import CatalogError
from golden_images.ports import Manifest
from tests.fakes.strict import Strict


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Memory(Strict):
    """What the catalog holds. ``down = True`` makes every call fail as a database does that is not there."""

    def __init__(self, now: Callable[[], datetime] = _utc_now) -> None:
        self.down = False
        #: Made so far.
        self.calls = 0
        self._now = now
        self._lock = Lock()
        self._decisions: dict[tuple[str, str], Decision] = {}
        self._failures: dict[str, Failure] = {}
        self._candidates: dict[tuple[str, str], Candidate] = {}
        self._states: dict[tuple[str, Digest], ReleaseState] = {}
        self._shortfalls: dict[tuple[str, str], Shortfall] = {}
        self._facts: dict[str, list[BaseVersion]] = {}
        self._watched: dict[str, Watched] = {}
        self._poked: set[str] = set()
        self._stage_bases: dict[str, list[StageBase]] = {}
        self._wakes: dict[tuple[str, str], Wake] = {}
        self._databases: dict[Digest, AdvisoryDatabase] = {}
        self._manifests: dict[tuple[str, Digest], Manifest] = {}
        self._fetched: dict[str, Fetched] = {}
        self._scans: dict[ScanKey, bytes] = {}
        self._rescans: dict[tuple[str, Digest], Rescan] = {}
        self._rebuilds_asked: dict[str, frozenset[str]] = {}
        self._empty()

    def _empty(self) -> None:
        self._releases: dict[tuple[str, str], Release] = {}
        self._claims: dict[tuple[str, str], Digest] = {}
        self._identical: dict[tuple[str, str], Digest] = {}
        self._evidence: dict[tuple[tuple[object, ...], Digest], EvidenceRecord] = {}
        self._moves: dict[tuple[str, str, datetime, Digest], ChannelMove] = {}
        self._judgements: dict[tuple[str, Digest, Digest], Judgement] = {}

    def _answer(self) -> None:
        self.calls += 1
        if self.down:
            raise CatalogError(
                "the catalog did not answer after 5 attempts: fake://catalog", endpoint="fake://catalog"
            )
