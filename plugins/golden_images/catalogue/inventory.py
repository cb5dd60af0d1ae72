"""What the registry holds of one image: the truth that the catalog is an index of.

Only what a record of ours vouches for is taken. What is missing, unreadable or contradicts itself is
a problem, put in words and left out; what others put there is passed over with a line in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from golden_images.core import names, planned, records
from golden_images.core.digest import Digest
from golden_images.core.ledger import TOLERANCE
from golden_images.core.plan import BuildPlan
from golden_images.core.release import BaseVersion, ChannelMove, EvidenceRecord, Judgement, Release
from golden_images.errors import GoldenImagesError, IntegrityError, RegistryError
from golden_images.images import plan_artifact
from golden_images.images.image import only_layer
from golden_images.ports import Log, Registry

_T = TypeVar("_T")


@dataclass(slots=True)
class Inventory:
    """Releases and moves oldest first; ``identical`` maps a build id to the release it equals."""

    image: str
    releases: list[Release] = field(default_factory=list)
    identical: dict[str, Digest] = field(default_factory=dict)
    evidence: list[EvidenceRecord] = field(default_factory=list)
    moves: list[ChannelMove] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    #: What the image was as a base for others; backfilled releases never were.
    bases: list[BaseVersion] = field(default_factory=list)
    #: By version: where its tag is, and the manifest of its record.
    tagged: dict[str, Digest] = field(default_factory=dict)
    records: dict[str, Digest] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read(
    registry: Registry, repository: str, image: str, channels: Iterable[str], log: Log, now: datetime
) -> Inventory:
    """Raises RegistryError when the registry does not answer; a manifest or blob that it lost is a
    problem, as is what lies after ``now`` by more than the ledger's tolerance. ``channels`` are the
    organisation's, whose tags need a record."""
    reader = _Reader(registry, repository, Inventory(image), log, now + TOLERANCE)
    reader.read_releases()
    reader.read_identical()
    reader.read_evidence()
    reader.read_judgements()
    reader.read_moves()
    reader.compare_channels(channels)
    return reader.found


class _Reader:
    def __init__(
        self, registry: Registry, repository: str, found: Inventory, log: Log, until: datetime
    ) -> None:
        self._registry = registry
        self._repository = repository
        self._log = log
        self._until = until
        self._tags = sorted(registry.tags(repository))
        self.found = found

    def read_releases(self) -> None:
        for tag in filter(names.is_version, self._tags):
            release = self._attempt(tag, lambda tag=tag: self._release(tag))  # type: ignore[misc]
            if release is None:
                continue
            plan = self._plan(release)
            different = planned.differences(release, plan) if plan else []
            if different:
                self._problem(tag, f"its record is not what its plan makes: {', '.join(different)}")
                continue
            self.found.releases.append(release)
            if not release.backfill:
                platforms = plan.inputs.platforms if plan else ()
                self.found.bases.append(records.base_version(release, platforms))
        self.found.releases.sort(key=lambda release: (release.released_at, release.version))
        for tag in self._tags:
            if (
                tag.endswith(names.RELEASE_SUFFIX)
                and tag.removesuffix(names.RELEASE_SUFFIX) not in self._tags
            ):
                self._log(
                    f"{self._repository}:{tag}: this release was not completed; its run can still do it"
                )

    def _release(self, tag: str) -> Release:
        record = names.release_record_tag(tag)
        if record not in self._tags:
            raise IntegrityError(
                "a release without a record", cause=f"there is no {record}", remedy="find out who pushed it"
            )
        stands, told = self._digest(tag), self._digest(record)
        if stands is not None and told is not None:
            self.found.tagged[tag], self.found.records[tag] = stands, told
        content = only_layer(self._registry, self._repository, record)
        release = records.parse_release(content, self._repository)
        self._no_future(release.released_at)
        if (release.image, release.version, release.digest) != (self.found.image, tag, stands):
            raise IntegrityError(
                "its record speaks of something else",
                cause=f"of {release.image} {release.version}, {release.digest}; the tag is {stands}",
                remedy="a version never moves: find out who moved it",
            )
        return release

    def _plan(self, release: Release) -> BuildPlan | None:
        return self._attempt(
            f"{release.version}.plan",
            lambda: plan_artifact.fetch_past(self._registry, self._repository, release.plan),
        )

    def _no_future(self, at: datetime) -> None:
        if at > self._until:
            raise IntegrityError("this record lies in the future", cause=f"it says {at:%Y-%m-%d %H:%M:%SZ}")

    def read_identical(self) -> None:
        """A candidate's tag on a release that another build made."""
        made_by = {(release.digest, release.build_id) for release in self.found.releases}
        released = {digest for digest, _ in made_by}
        for tag in self._tags:
            build_id = names.candidate_build_id(tag)
            if build_id is None:
                continue
            digest = self._digest(tag)
            if digest in released and (digest, build_id) not in made_by:
                self.found.identical[build_id] = digest

    def read_evidence(self) -> None:
        for digest in dict.fromkeys(release.digest for release in self.found.releases):
            for referrer in self._registry.referrers(self._repository, digest):
                record = records.evidence_record(
                    self.found.image,
                    digest,
                    referrer.digest,
                    artifact_type=referrer.artifact_type,
                    annotations=referrer.annotations,
                )
                if record is not None:
                    self.found.evidence.append(record)
                elif not records.is_move(referrer.annotations):
                    self._log(f"{self._repository}@{referrer.digest}: not evidence of ours, passed over")

    def read_judgements(self) -> None:
        """That releases met other demands later."""
        released = {(release.version, release.digest) for release in self.found.releases}
        for tag in self._tags:
            if tag.endswith(names.JUDGEMENT_SUFFIX):
                found = self._attempt(tag, lambda tag=tag: self._judgement(tag))  # type: ignore[misc]
                if found is not None and (found.version, found.digest) not in released:
                    self._problem(tag, f"speaks of {found.version} as {found.digest}, which is no release")
                elif found is not None:
                    self.found.judgements.append(found)

    def _judgement(self, tag: str) -> Judgement:
        content = only_layer(self._registry, self._repository, tag)
        found = records.parse_judgement(content, self._repository)
        self._no_future(found.at)
        if (found.image, names.judgement_tag(found.version, found.demands)) != (self.found.image, tag):
            raise IntegrityError(
                "this record belongs to something else",
                cause=f"to {found.image}, {found.version}, {found.demands}",
            )
        return found

    def read_moves(self) -> None:
        released = {release.digest for release in self.found.releases}
        for tag in self._tags:
            if tag.endswith(names.MOVE_SUFFIX):
                move = self._attempt(tag, lambda tag=tag: self._move(tag))  # type: ignore[misc]
                if move is not None and move.digest not in released:
                    self._problem(tag, f"it moves {move.channel} to {move.digest}, which is no release")
                elif move is not None:
                    self.found.moves.append(move)
        self.found.moves.sort(key=lambda move: move.at)

    def _move(self, tag: str) -> ChannelMove:
        move = records.parse_move(only_layer(self._registry, self._repository, tag), self._repository)
        self._no_future(move.at)
        if (move.image, names.move_record_tag(move.channel, move.at)) != (self.found.image, tag):
            raise IntegrityError(
                "this record belongs to something else", cause=f"to {move.image}, {move.channel}, {move.at}"
            )
        return move

    def compare_channels(self, channels: Iterable[str]) -> None:
        """A channel's tag has to be where its newest recorded move led."""
        newest = {move.channel: move for move in self.found.moves}
        for channel in sorted({*channels, *newest}):
            stands = self._digest(channel) if channel in self._tags else None
            move = newest.get(channel)
            if stands is not None and move is None:
                self._problem(channel, f"is {stands}, and no record says who moved it there")
            elif move is not None and stands != move.digest:
                self._problem(
                    channel,
                    f"is {stands or 'gone'}, but its newest recorded move ({move.at:%Y-%m-%d %H:%M:%SZ},"
                    f" {move.actor}) led to {move.digest}; promote again to settle it",
                )
        for tag in filter(names.may_be_channel, self._tags):
            if tag not in newest and tag not in channels:
                self._log(f"{self._repository}:{tag}: no tag of ours, passed over")

    def _digest(self, tag: str) -> Digest | None:
        descriptor = self._registry.resolve(self._repository, tag)
        return descriptor.digest if descriptor else None

    def _attempt(self, tag: str, work: Callable[[], _T]) -> _T | None:
        """None, and a problem, if the registry lost something or holds what it should not."""
        try:
            return work()
        except GoldenImagesError as error:
            lost = isinstance(error, RegistryError) and error.status == 404
            if not lost and not isinstance(error, IntegrityError):
                raise
            self._problem(tag, f"{error.what}; {error.cause}" if error.cause else error.what)
            return None

    def _problem(self, tag: str, text: str) -> None:
        self.found.problems.append(f"{self._repository}:{tag}: {text}")
