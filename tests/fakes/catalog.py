"""The catalog in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock

from golden_images.core import ledger
from golden_images.core.digest import Digest
from golden_images.core.reason import Why
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
from golden_images.core.watching import Settlement, Wake, Watched, settle
from golden_images.errors import CatalogError, IntegrityError


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _attempt(of: EvidenceRecord) -> tuple[object, ...]:
    return (of.image, of.subject, of.stage, of.mark, of.attempt)


class FakeCatalog:
    """Implements :class:`golden_images.ports.Catalog`; passes the same contract suite as the SQL one.

    ``down = True`` makes every call fail as a database does that is not there.
    """

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
        self._wakes: dict[tuple[str, str], Wake] = {}
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

    def migrate(self) -> None:
        self._answer()

    def images(self) -> list[str]:
        self._answer()
        return sorted({release.image for release in self._releases.values()})

    def _found(self, condition: Callable[[Release], bool]) -> list[Release]:
        self._answer()
        known = (self._with_state(release) for _, release in sorted(self._releases.items()))
        found = [release for release in known if condition(release)]
        return sorted(found, key=lambda release: (release.released_at, release.version), reverse=True)

    def _with_state(self, release: Release) -> Release:
        state = self._states.get((release.image, release.digest), ReleaseState.GOOD)
        return replace(release, state=state)

    def _newest(self, condition: Callable[[Release], bool]) -> Release | None:
        return next(iter(self._found(condition)), None)

    def current(self, image: str) -> Release | None:
        return self.currents([image]).get(image)

    def currents(self, images: Sequence[str]) -> dict[str, Release]:
        found = self._found(
            lambda release: (
                release.image in images and not release.backfill and release.state is ReleaseState.GOOD
            )
        )
        return {release.image: release for release in reversed(found)}

    def releases(self, image: str) -> list[Release]:
        return self._found(lambda release: release.image == image)

    def find_releases(self, version: str, digits: str = "") -> list[Release]:
        return self._found(
            lambda release: (
                release.version == version or (bool(digits) and release.digest.hex.startswith(digits))
            )
        )

    def release_by_digest(self, digest: Digest) -> Release | None:
        return self._newest(lambda release: release.digest == digest)

    def release_of_build(self, image: str, build_id: str) -> Release | None:
        own = self._newest(lambda release: (release.image, release.build_id) == (image, build_id))
        same = self._identical.get((image, build_id))
        return own or self._newest(lambda release: (release.image, release.digest) == (image, same))

    def releases_of_builds(self, image: str, build_ids: Sequence[str]) -> dict[str, Release]:
        found = {build_id: self.release_of_build(image, build_id) for build_id in build_ids}
        return {build_id: release for build_id, release in found.items() if release}

    def releases_on(self, image: str, bases: Sequence[str]) -> list[Release]:
        return self._found(lambda release: release.image == image and release.base_digest in bases)

    def claim(self, image: str, build_id: str, digest: Digest) -> Digest:
        self._answer()
        with self._lock:
            claimed = self._claims.get((image, build_id))
            if claimed is None or self._states.get((image, claimed)) is ReleaseState.REVOKED:
                self._claims[image, build_id] = digest
            return self._claims[image, build_id]

    def record_release(self, release: Release) -> None:
        self._answer()
        standing = self._releases.get((release.image, release.version))
        if standing and standing.digest != release.digest:
            raise IntegrityError(
                f"{release.image}: version {release.version} is released already, as another digest"
            )
        self._releases[release.image, release.version] = release
        self.claim(release.image, release.build_id, release.digest)

    def record_identical(self, image: str, build_id: str, digest: Digest) -> None:
        self._answer()
        self._identical[image, build_id] = digest

    def set_release_state(self, image: str, digest: Digest, state: ReleaseState) -> None:
        self._answer()
        self._states[image, digest] = state

    def candidate(self, image: str, build_id: str) -> Candidate | None:
        self._answer()
        return self._candidates.get((image, build_id))

    def propose_candidate(self, candidate: Candidate, instead_of: Digest | None = None) -> Candidate:
        self._answer()
        with self._lock:
            standing = self._candidates.get((candidate.image, candidate.build_id))
            if standing is not None and standing.digest != instead_of:
                return standing
            self._candidates[candidate.image, candidate.build_id] = candidate
            return candidate

    def record_evidence(self, records: Sequence[EvidenceRecord]) -> list[EvidenceRecord]:
        if not one_attempt(records):
            return []
        self._answer()
        with self._lock:
            if records[0].attempt == 0 or not self._of_attempt(records[0]):
                for one in records:
                    self._evidence.setdefault((_attempt(one), one.digest), one)
            return self._of_attempt(records[0])

    def _of_attempt(self, first: EvidenceRecord) -> list[EvidenceRecord]:
        found = [one for one in self._evidence.values() if _attempt(one) == _attempt(first)]
        return sorted(found, key=lambda record: (record.created, record.digest))

    def evidence(self, image: str, subject: Digest) -> list[EvidenceRecord]:
        self._answer()
        found = [each for each in self._evidence.values() if (each.image, each.subject) == (image, subject)]
        return sorted(found, key=lambda record: (record.created, record.digest))

    def record_judgement(self, judgement: Judgement) -> None:
        self._answer()
        self._judgements[judgement.image, judgement.digest, judgement.demands] = judgement

    def judgements(self, image: str, digest: Digest) -> list[Judgement]:
        self._answer()
        found = [one for one in self._judgements.values() if (one.image, one.digest) == (image, digest)]
        return sorted(sorted(found, key=lambda one: one.demands), key=lambda one: one.at, reverse=True)

    def set_shortfalls(self, image: str, found: Sequence[Shortfall]) -> None:
        self._answer()
        with self._lock:
            kept = {key: one for key, one in self._shortfalls.items() if one.image != image}
            self._shortfalls = kept | {(one.image, one.stage): one for one in found}

    def record_shortfall(self, shortfall: Shortfall) -> None:
        self._answer()
        self._shortfalls[shortfall.image, shortfall.stage] = shortfall

    def drop_shortfalls(self, image: str, digest: Digest, demands: Digest, stage: str | None = None) -> None:
        self._answer()
        with self._lock:
            self._shortfalls = {
                key: one
                for key, one in self._shortfalls.items()
                if (one.image, one.digest, one.demands) != (image, digest, demands)
                or stage not in (None, one.stage)
            }

    def shortfalls(self, images: Sequence[str]) -> dict[str, list[Shortfall]]:
        self._answer()
        found: dict[str, list[Shortfall]] = {}
        for one in sorted(self._shortfalls.values(), key=lambda one: (one.at, one.stage)):
            if one.image in images:
                found.setdefault(one.image, []).append(one)
        return found

    def channels(self, image: str) -> dict[str, Digest]:
        newest: dict[str, Digest] = {}
        for move in self.moves(image):
            newest.setdefault(move.channel, move.digest)
        return dict(sorted(newest.items()))

    def standing(self, images: Sequence[str]) -> dict[str, dict[str, Digest]]:
        return {image: self.channels(image) for image in images}

    def move_channel(self, move: ChannelMove) -> bool:
        with self._lock:
            newest = next(iter(self.moves(move.image, move.channel, 1)), None)
            if newest is not None and (newest.digest, newest.at) == (move.digest, move.at):
                return True
            if (newest.digest if newest else "") != move.previous or (newest and newest.at >= move.at):
                return False
            self.record_move(move)
            return True

    def record_move(self, move: ChannelMove) -> None:
        self._answer()
        self._moves.setdefault((move.image, move.channel, move.at, move.digest), move)

    def moves(self, image: str, channel: str | None = None, limit: int | None = None) -> list[ChannelMove]:
        self._answer()
        found = [
            move for move in self._moves.values() if move.image == image and channel in (None, move.channel)
        ]
        # Turned round whole, so that the later recorded of two at once comes first.
        return sorted(found, key=lambda move: move.at)[::-1][:limit]

    def record_decision(self, decision: Decision) -> None:
        self._answer()
        self._decisions[decision.image, decision.run_id] = decision

    def retired(self, images: Sequence[str]) -> dict[str, Decision]:
        self._answer()
        newest = {
            one.image: one
            for one in sorted(self._decisions.values(), key=lambda one: (one.at, one.run_id))
            if one.image in images and one.reason.why in (Why.RETIRED, Why.RESTORED)
        }
        return {image: one for image, one in newest.items() if one.reason.why is Why.RETIRED}

    def record_failure(self, failure: Failure) -> None:
        self._answer()
        self._failures[failure.image] = failure

    def clear_failure(self, image: str, run_id: str) -> None:
        self._answer()
        if image in self._failures and self._failures[image].run_id == run_id:
            del self._failures[image]

    def failures(self, images: Sequence[str]) -> dict[str, Failure]:
        self._answer()
        return {
            image: failure
            for image, failure in self._failures.items()
            if image in images
            and not any(
                one.image == image and one.at > failure.at and not one.backfill
                for one in self._decisions.values()
            )
        }

    def decision(self, image: str, run_id: str) -> Decision | None:
        self._answer()
        return self._decisions.get((image, run_id))

    def decisions(self, image: str, limit: int = 20) -> list[Decision]:
        self._answer()
        found = [decision for decision in self._decisions.values() if decision.image == image]
        return sorted(found, key=lambda decision: (decision.at, decision.run_id), reverse=True)[:limit]

    def record_base_version(self, version: BaseVersion) -> bool:
        self._answer()
        admitted = ledger.admitted(version, self._now())
        with self._lock:
            if not ledger.is_news(admitted, self._facts.get(admitted.base, [])):
                return False
            self._add(admitted)
            return True

    def record_base_versions(self, versions: Sequence[BaseVersion]) -> int:
        self._answer()
        admitted = [ledger.admitted(version, self._now()) for version in versions]
        with self._lock:
            news = ledger.news(admitted, self._facts)
            for version in news:
                self._add(version)
            return len(news)

    def _add(self, version: BaseVersion) -> None:
        facts = self._facts.setdefault(version.base, [])
        facts.append(version)
        facts.sort(key=lambda fact: fact.at)

    def bases(self) -> list[str]:
        self._answer()
        return sorted(base for base, facts in self._facts.items() if facts)

    def base_versions(
        self, base: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[BaseVersion]:
        self._answer()
        return ledger.between(self._facts.get(base, []), since, until)

    def histories(self, bases: Sequence[str], since: datetime | None = None) -> dict[str, list[BaseVersion]]:
        self._answer()
        return {base: ledger.between(self._facts.get(base, []), since, None) for base in bases}

    def watched(self) -> dict[str, Watched]:
        self._answer()
        return dict(sorted(self._watched.items()))

    def observe(self, seen: Sequence[Watched]) -> dict[str, Watched]:
        self._answer()
        with self._lock:
            for one in seen:
                standing = self._watched.get(one.base)
                if standing is None or standing.digest != one.digest:
                    self._watched[one.base] = replace(one, settled=None)
            return {one.base: self._watched[one.base] for one in seen}

    def settle(self, versions: Sequence[BaseVersion]) -> Settlement:
        self._answer()
        with self._lock:
            settlement = settle(versions, self._watched, self._facts, self._now())
            for version in settlement.news:
                self._add(version)
            self._watched |= settlement.rows
            return settlement

    def poke(self, bases: Sequence[str]) -> None:
        self._answer()
        self._poked.update(base for base in bases if base in self._watched)

    def take_pokes(self) -> list[str]:
        self._answer()
        poked, self._poked = sorted(self._poked), set()
        return poked

    def wakes(self) -> list[Wake]:
        self._answer()
        return [wake for _, wake in sorted(self._wakes.items())]

    def record_wakes(self, wakes: Sequence[Wake]) -> None:
        self._answer()
        self._wakes |= {(wake.image, wake.base): wake for wake in wakes}

    def refill(
        self,
        *,
        releases: Sequence[Release],
        identical: Mapping[tuple[str, str], Digest],
        evidence: Sequence[EvidenceRecord],
        judgements: Sequence[Judgement],
        moves: Sequence[ChannelMove],
    ) -> None:
        self._answer()
        kept = self._evidence
        self._empty()
        self._evidence = kept
        for release in releases:
            self.record_release(release)
        for (image, build_id), digest in identical.items():
            self.record_identical(image, build_id, digest)
        for record in evidence:
            self.record_evidence([record])
        for judgement in judgements:
            self.record_judgement(judgement)
        for move in moves:
            self.record_move(move)

    def clear(self) -> None:
        self._answer()
        self._empty()
