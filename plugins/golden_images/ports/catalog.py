"""The index of images and bases in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

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
from golden_images.core.watching import Settlement, Wake, Watched


class Catalog(Protocol):
    """The index. Every ``record_*`` is idempotent: the same record again changes nothing."""

    def migrate(self) -> None: ...

    def images(self) -> list[str]: ...

    def current(self, image: str) -> Release | None:
        """The newest good release by time of release, backfills excluded."""

    def currents(self, images: Sequence[str]) -> dict[str, Release]:
        """:meth:`current` of many; one that has none is left out."""

    def releases(self, image: str) -> list[Release]:
        """Newest first."""

    def find_releases(self, version: str, digits: str = "") -> list[Release]:
        """Of all images, newest first: those of this version, and those whose digest begins with these
        hex digits (none: no digest does)."""

    def release_by_digest(self, digest: Digest) -> Release | None: ...

    def release_of_build(self, image: str, build_id: str) -> Release | None:
        """Also finds the release that a later build was recognised as identical to."""

    def releases_of_builds(self, image: str, build_ids: Sequence[str]) -> dict[str, Release]:
        """:meth:`release_of_build` of many; a build that has none is left out."""

    def releases_on(self, image: str, bases: Sequence[str]) -> list[Release]:
        """Those built on one of the digests ``bases``, newest first."""

    def claim(self, image: str, build_id: str, digest: Digest) -> Digest:
        """First caller wins: the digest that this build id releases, from now on and for all. One that
        was revoked gives way to the next caller's."""

    def record_release(self, release: Release) -> None:
        """Raises IntegrityError if the version stands for another digest: a version never moves. The
        release's ``state`` is not written: :meth:`set_release_state` alone does that."""

    def set_release_state(self, image: str, digest: Digest, state: ReleaseState) -> None:
        """Of every version of this digest, also of those recorded later."""

    def record_identical(self, image: str, build_id: str, digest: Digest) -> None:
        """``build_id`` gave the same result as the release ``digest``."""

    def candidate(self, image: str, build_id: str) -> Candidate | None: ...

    def propose_candidate(self, candidate: Candidate, instead_of: Digest | None = None) -> Candidate:
        """What stands afterwards: ``candidate``, if none stood or the one with the digest ``instead_of``
        did; else the standing one."""

    def record_evidence(self, records: Sequence[EvidenceRecord]) -> list[EvidenceRecord]:
        """One attempt's reports, all or none: what stands of this attempt afterwards, which are
        ``records`` if nobody was first. Attempt 0 has no first one: each report is added to it.

        Raises ValueError unless all are of one image, subject, stage, mark and attempt.
        """

    def evidence(self, image: str, subject: Digest) -> list[EvidenceRecord]:
        """All of it, at one moment; oldest first, then by digest."""

    def record_judgement(self, judgement: Judgement) -> None: ...

    def judgements(self, image: str, digest: Digest) -> list[Judgement]:
        """Demands that the release met later, newest first."""

    def set_shortfalls(self, image: str, found: Sequence[Shortfall]) -> None:
        """``found`` is all that the image's release falls short of from now on."""

    def record_shortfall(self, shortfall: Shortfall) -> None:
        """One an image and stage: a later one replaces it."""

    def drop_shortfalls(self, image: str, digest: Digest, demands: Digest, stage: str | None = None) -> None:
        """Those of this release and these demands, of ``stage`` or of all; none there is success."""

    def shortfalls(self, images: Sequence[str]) -> dict[str, list[Shortfall]]:
        """By image, each by time and stage; an image without any is left out."""

    def channels(self, image: str) -> dict[str, Digest]:
        """Where each channel's newest move led to."""

    def standing(self, images: Sequence[str]) -> dict[str, dict[str, Digest]]:
        """:meth:`channels` of many; one whose channels never moved has none."""

    def move_channel(self, move: ChannelMove) -> bool:
        """Compare and swap: records ``move`` if the channel's newest move led to ``move.previous`` (empty:
        if it never moved), and was earlier. True also if ``move`` is that newest one already."""

    def record_move(self, move: ChannelMove) -> None:
        """Of the past, for a rebuild: wherever the channel stands."""

    def moves(self, image: str, channel: str | None = None, limit: int | None = None) -> list[ChannelMove]:
        """Newest first."""

    def record_decision(self, decision: Decision) -> None:
        """One a run; a run that decides again replaces what it decided."""

    def decision(self, image: str, run_id: str) -> Decision | None: ...

    def decisions(self, image: str, limit: int = 20) -> list[Decision]:
        """Newest first."""

    def retired(self, images: Sequence[str]) -> dict[str, Decision]:
        """Of those whose newest retirement was not taken back: that decision."""

    def record_failure(self, failure: Failure) -> None:
        """One an image: the last one told."""

    def clear_failure(self, image: str, run_id: str) -> None:
        """That run ended well after all."""

    def failures(self, images: Sequence[str]) -> dict[str, Failure]:
        """Of those whose last run failed: no later run but a backfill's has decided anything."""

    def record_base_version(self, version: BaseVersion) -> bool:
        """False if it is no news, by the rules of :mod:`golden_images.core.ledger`: the ledger has
        this base and digest at this time, or the watch saw what the base was already.

        Raises InputError for a time in the future, beyond a tolerance.
        """

    def record_base_versions(self, versions: Sequence[BaseVersion]) -> int:
        """:meth:`record_base_version` of many, in their order: how many were news. All or none."""

    def bases(self) -> list[str]:
        """Every base that the ledger knows, by name."""

    def base_versions(
        self, base: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[BaseVersion]:
        """The changes of digest that began in the window, oldest first, bounds included."""

    def histories(self, bases: Sequence[str], since: datetime | None = None) -> dict[str, list[BaseVersion]]:
        """:meth:`base_versions` of many; one that the ledger does not know has none."""

    def watched(self) -> dict[str, Watched]:
        """What the watch has seen, by base."""

    def observe(self, seen: Sequence[Watched]) -> dict[str, Watched]:
        """What stands afterwards, by base: the one of ``seen``, unless the base had this digest
        already. Of two watches that see one change, both get the first one's row. All or none."""

    def settle(self, versions: Sequence[BaseVersion]) -> Settlement:
        """Pending digests, dated by their first sight, become versions in the ledger, by the rules of
        :mod:`golden_images.core.watching`. All that are not refused, or none."""

    def poke(self, bases: Sequence[str]) -> None:
        """These are to be looked at now. A base that was never seen is passed over."""

    def take_pokes(self) -> list[str]:
        """The bases that were poked since the last call, by name."""

    def wakes(self) -> list[Wake]:
        """The last one of every image and base."""

    def record_wakes(self, wakes: Sequence[Wake]) -> None:
        """One a pair of image and base: a later one replaces it."""

    def refill(
        self,
        *,
        releases: Sequence[Release],
        identical: Mapping[tuple[str, str], Digest],
        evidence: Sequence[EvidenceRecord],
        judgements: Sequence[Judgement],
        moves: Sequence[ChannelMove],
    ) -> None:
        """These instead of all releases, builds, judgements and moves, or nothing at all. ``identical``
        is by image and build id. Evidence is added to what there is: the catalog alone knows of which
        attempt it is."""

    def clear(self) -> None:
        """Empties releases, builds, evidence, judgements and channels, for a rebuild from the registry.
        Candidates, decisions, shortfalls, what was revoked, the ledger of base versions and what the watch
        knows stay: no registry vouches for them."""
