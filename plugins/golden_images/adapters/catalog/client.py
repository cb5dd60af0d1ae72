"""The catalog in SQL: one short transaction a call, over one connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from golden_images.adapters.catalog import (
    advisories,
    bases,
    candidates,
    channels,
    decisions,
    evidence,
    judgements,
    rebuilding,
    releases,
    schema,
    watch,
)
from golden_images.adapters.catalog.database import Database
from golden_images.core import ledger
from golden_images.core.advisories import AdvisoryDatabase, ScanKey
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
    one_attempt,
)
from golden_images.core.watching import Settlement, StageBase, Wake, Watched

_T = TypeVar("_T")


class SqlCatalog:
    """Implements :class:`golden_images.ports.Catalog` on SQLite and PostgreSQL.

    Raises CatalogError when the database does not answer within its time-outs and retries, or has
    another schema than this program was written for (looked at once a process).
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._checked = False

    @classmethod
    def from_url(cls, url: str) -> SqlCatalog:
        """``postgresql://user:password@host:port/database`` or ``sqlite:////folder/catalog.db``.
        Connects on first use."""
        return cls(Database.from_url(url))

    @property
    def endpoint(self) -> str:
        """Where the catalog is, without its password."""
        return self._database.endpoint

    def migrate(self) -> None:
        self._database.write(schema.upgrade)

    def images(self) -> list[str]:
        return self._read(releases.images)

    def current(self, image: str) -> Release | None:
        return self._read(lambda connection: releases.current(connection, image))

    def currents(self, images: Sequence[str]) -> dict[str, Release]:
        return self._read(lambda connection: releases.currents(connection, images)) if images else {}

    def releases(self, image: str) -> list[Release]:
        return self._read(lambda connection: releases.of_image(connection, image))

    def find_releases(self, version: str, digits: str = "") -> list[Release]:
        return self._read(lambda connection: releases.find(connection, version, digits))

    def release_by_digest(self, digest: Digest) -> Release | None:
        return self._read(lambda connection: releases.by_digest(connection, digest))

    def release_of_build(self, image: str, build_id: str) -> Release | None:
        return self._read(lambda connection: releases.of_build(connection, image, build_id))

    def releases_of_builds(self, image: str, build_ids: Sequence[str]) -> dict[str, Release]:
        if not build_ids:
            return {}
        return self._read(lambda connection: releases.of_builds(connection, image, build_ids))

    def releases_on(self, image: str, bases: Sequence[str]) -> list[Release]:
        return self._read(lambda connection: releases.on(connection, image, bases)) if bases else []

    def claim(self, image: str, build_id: str, digest: Digest) -> Digest:
        return self._write(lambda connection: releases.claim(connection, image, build_id, digest))

    def record_release(self, release: Release) -> None:
        self._write(lambda connection: releases.record(connection, release))

    def record_identical(self, image: str, build_id: str, digest: Digest) -> None:
        self._write(lambda connection: releases.record_identical(connection, image, build_id, digest))

    def set_release_state(self, image: str, digest: Digest, state: ReleaseState) -> None:
        self._write(lambda connection: releases.set_state(connection, image, digest, state))

    def candidate(self, image: str, build_id: str) -> Candidate | None:
        return self._read(lambda connection: candidates.of_build(connection, image, build_id))

    def propose_candidate(self, candidate: Candidate, instead_of: Digest | None = None) -> Candidate:
        return self._write(lambda connection: candidates.propose(connection, candidate, instead_of))

    def record_evidence(self, records: Sequence[EvidenceRecord]) -> list[EvidenceRecord]:
        if not one_attempt(records):
            return []
        return self._write(lambda connection: evidence.record(connection, records))

    def evidence(self, image: str, subject: Digest) -> list[EvidenceRecord]:
        return self._read(lambda connection: evidence.of_subject(connection, image, subject))

    def record_judgement(self, judgement: Judgement) -> None:
        self._write(lambda connection: judgements.record(connection, judgement))

    def judgements(self, image: str, digest: Digest) -> list[Judgement]:
        return self._read(lambda connection: judgements.of_release(connection, image, digest))

    def set_shortfalls(self, image: str, found: Sequence[Shortfall]) -> None:
        self._write(lambda connection: judgements.set_shortfalls(connection, image, found))

    def record_shortfall(self, shortfall: Shortfall) -> None:
        self._write(lambda connection: judgements.record_shortfall(connection, shortfall))

    def drop_shortfalls(self, image: str, digest: Digest, demands: Digest, stage: str | None = None) -> None:
        self._write(lambda connection: judgements.drop_shortfalls(connection, image, digest, demands, stage))

    def shortfalls(self, images: Sequence[str]) -> dict[str, list[Shortfall]]:
        return self._read(lambda connection: judgements.shortfalls_of(connection, images)) if images else {}

    def channels(self, image: str) -> dict[str, Digest]:
        return self.standing([image])[image]

    def standing(self, images: Sequence[str]) -> dict[str, dict[str, Digest]]:
        return self._read(lambda connection: channels.standing(connection, images)) if images else {}

    def move_channel(self, move: ChannelMove) -> bool:
        return self._write(lambda connection: channels.swap(connection, move))

    def record_move(self, move: ChannelMove) -> None:
        self._write(lambda connection: channels.record(connection, move))

    def moves(self, image: str, channel: str | None = None, limit: int | None = None) -> list[ChannelMove]:
        return self._read(lambda connection: channels.history(connection, image, channel, limit))

    def record_decision(self, decision: Decision) -> None:
        self._write(lambda connection: decisions.record_decision(connection, decision))

    def decision(self, image: str, run_id: str) -> Decision | None:
        return self._read(lambda connection: decisions.decision_of(connection, image, run_id))

    def decisions(self, image: str, limit: int = 20) -> list[Decision]:
        return self._read(lambda connection: decisions.decisions_of(connection, image, limit))

    def retired(self, images: Sequence[str]) -> dict[str, Decision]:
        return self._read(lambda connection: decisions.retired(connection, images)) if images else {}

    def record_failure(self, failure: Failure) -> None:
        self._write(lambda connection: decisions.record_failure(connection, failure))

    def clear_failure(self, image: str, run_id: str) -> None:
        self._write(lambda connection: decisions.clear_failure(connection, image, run_id))

    def failures(self, images: Sequence[str]) -> dict[str, Failure]:
        return self._read(lambda connection: decisions.failures_of(connection, images)) if images else {}

    def record_base_version(self, version: BaseVersion) -> bool:
        return self._write(lambda connection: bases.record(connection, version))

    def record_base_versions(self, versions: Sequence[BaseVersion]) -> int:
        return self._write(lambda connection: bases.record_all(connection, versions)) if versions else 0

    def bases(self) -> list[str]:
        return self._read(bases.names)

    def base_versions(
        self, base: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[BaseVersion]:
        return ledger.between(self._facts([base], since)[base], since, until)

    def histories(self, bases: Sequence[str], since: datetime | None = None) -> dict[str, list[BaseVersion]]:
        found = self._facts(bases, since) if bases else {}
        return {base: ledger.between(facts, since, None) for base, facts in found.items()}

    def watched(self) -> dict[str, Watched]:
        return self._read(watch.rows)

    def observe(self, seen: Sequence[Watched]) -> dict[str, Watched]:
        return self._write(lambda connection: watch.observe(connection, seen)) if seen else {}

    def settle(self, versions: Sequence[BaseVersion]) -> Settlement:
        return (
            self._write(lambda connection: watch.settle(connection, versions)) if versions else Settlement()
        )

    def poke(self, bases: Sequence[str]) -> None:
        if bases:
            self._write(lambda connection: watch.poke(connection, bases))

    def take_pokes(self) -> list[str]:
        # Asked every other second, and hardly ever with an answer: looking takes no writer's lock.
        return self._write(watch.take_pokes) if self._read(watch.any_poked) else []

    def set_stage_bases(self, image: str, found: Sequence[StageBase]) -> None:
        stands = self._read(lambda connection: watch.stage_bases(connection, image))
        if stands.get(image, []) != sorted(found, key=lambda one: one.base):
            self._write(lambda connection: watch.set_stage_bases(connection, image, found))

    def stage_bases(self) -> dict[str, list[StageBase]]:
        return self._read(watch.stage_bases)

    def wakes(self) -> list[Wake]:
        return self._read(watch.wakes)

    def record_wakes(self, wakes: Sequence[Wake]) -> None:
        if wakes:
            self._write(lambda connection: watch.record_wakes(connection, wakes))

    def record_database(self, database: AdvisoryDatabase) -> None:
        self._write(lambda connection: advisories.record(connection, database))

    def propose_database(self, database: AdvisoryDatabase, instead_of: Digest | None) -> AdvisoryDatabase:
        return self._write(lambda connection: advisories.propose(connection, database, instead_of))

    def databases(self, name: str | None = None) -> list[AdvisoryDatabase]:
        return self._read(lambda connection: advisories.databases(connection, name))

    def database(self, digest: Digest) -> AdvisoryDatabase | None:
        return self._read(lambda connection: advisories.database(connection, digest))

    def record_scan(self, key: ScanKey, content: bytes) -> None:
        self._write(lambda connection: advisories.record_scan(connection, key, content))

    def scan(self, key: ScanKey) -> bytes | None:
        return self.scans([key]).get(key)

    def scans(self, keys: Sequence[ScanKey]) -> dict[ScanKey, bytes]:
        return self._read(lambda connection: advisories.scans_of(connection, keys)) if keys else {}

    def refill(
        self,
        *,
        releases: Sequence[Release],
        identical: Mapping[tuple[str, str], Digest],
        evidence: Sequence[EvidenceRecord],
        judgements: Sequence[Judgement],
        moves: Sequence[ChannelMove],
    ) -> None:
        self._write(
            lambda connection: rebuilding.refill(connection, releases, identical, evidence, judgements, moves)
        )

    def clear(self) -> None:
        self._write(rebuilding.clear)

    def _facts(self, names: Sequence[str], since: datetime | None) -> dict[str, list[BaseVersion]]:
        return self._read(lambda connection: bases.facts(connection, names, since))

    def _read(self, work: Callable[[Connection], _T]) -> _T:
        return self._database.read(self._on_known_schema(work))

    def _write(self, work: Callable[[Connection], _T]) -> _T:
        return self._database.write(self._on_known_schema(work))

    def _on_known_schema(self, work: Callable[[Connection], _T]) -> Callable[[Connection], _T]:
        def checked(connection: Connection) -> _T:
            if not self._checked:
                schema.check(connection, self.endpoint)
                self._checked = True
            return work(connection)

        return checked
