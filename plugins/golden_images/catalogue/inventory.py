"""What the registry holds of one image: the truth that the catalog is an index of.

Only what a record of ours vouches for is taken. What is missing, unreadable or contradicts itself is
a problem, put in words and left out; what others put there is passed over with a line in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from golden_images.catalogue import told
from golden_images.catalogue.told import Named
from golden_images.core import names, planned, records
from golden_images.core.digest import Digest
from golden_images.core.ledger import TOLERANCE
from golden_images.core.plan import BuildPlan
from golden_images.core.release import BaseVersion, ChannelMove, EvidenceRecord, Judgement, Release
from golden_images.errors import GoldenImagesError, IntegrityError, RegistryError
from golden_images.images import plan_artifact
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
    registry: Registry,
    repository: str,
    image: str,
    channels: Iterable[str],
    log: Log,
    now: datetime,
    named: Named,
) -> Inventory:
    """Raises RegistryError when the registry does not answer; a manifest or blob that it lost is a
    problem, as is what lies after ``now`` by more than the ledger's tolerance. ``channels`` are the
    organisation's, whose tags need a record. ``named``: of two records that tell the same differently,
    the one that the catalog names is taken, else the newer."""
    reader = _Reader(registry, repository, Inventory(image), log, now + TOLERANCE, named)
    reader.read_releases()
    reader.read_identical()
    reader.read_evidence()
    reader.read_judgements()
    reader.read_moves()
    reader.compare_channels(channels)
    return reader.found


def _may_be_subject(tag: str) -> bool:
    """Of whatever a record may hang on: a release, by version or channel, or a candidate whose release was
    cut off."""
    candidate = names.is_platform(tag) or names.candidate_build_id(tag) is not None
    return candidate or names.is_version(tag) or names.may_be_channel(tag)


class _Reader:
    def __init__(
        self, registry: Registry, repository: str, found: Inventory, log: Log, until: datetime, named: Named
    ) -> None:
        self._registry = registry
        self._repository = repository
        self._log = log
        self._named = named
        self._tags = sorted(registry.tags(repository))
        self.found = found
        subjects = {
            tag: digest
            for tag in self._tags
            if _may_be_subject(tag)
            if (digest := self._digest(tag)) is not None
        }
        self._tagged = subjects
        self._told = told.read(registry, repository, found.image, subjects.values(), until, log)
        for referrer, text in self._told.problems:
            self._problem(referrer, text)

    def read_releases(self) -> None:
        for tag in filter(names.is_version, self._tags):
            release, plan = self._attempt(tag, lambda tag=tag: self._release(tag)) or (None, None)  # type: ignore[misc]
            if release is None:
                continue
            self.found.releases.append(release)
            if not release.backfill:
                platforms = plan.inputs.platforms if plan else ()
                self.found.bases.append(records.base_version(release, platforms))
        self.found.releases.sort(key=lambda release: (release.released_at, release.version))
        for version in sorted({release.version for release, _ in self._told.releases} - {*self._tags}):
            self._log(
                f"{self._repository}:{version}: this release was not completed; its run can still do it"
            )

    def _release(self, tag: str) -> tuple[Release, BuildPlan | None] | None:
        """With its plan; None if no record of it is what its plan makes."""
        stands = self._tagged.get(tag)
        if stands is None:
            raise IntegrityError("this tag was taken away while it was read")
        self.found.tagged[tag] = stands
        of_version = [(one, record) for one, record in self._told.releases if one.version == tag]
        here = [(one, record) for one, record in of_version if one.digest == stands]
        if not of_version:
            raise IntegrityError(
                "a release without a record",
                cause=f"nothing that is attached to {stands} is one",
                remedy="find out who pushed it",
            )
        if not here:
            raise IntegrityError(
                "its record speaks of something else",
                cause=f"of {of_version[0][0].digest}; the tag is {stands}",
                remedy="a version never moves: find out who moved it",
            )
        sound = []
        for release, record in here:
            plan = self._plan(release)
            different = planned.differences(release, plan) if plan else []
            if different:
                self._problem(tag, f"its record is not what its plan makes: {', '.join(different)}")
            else:
                sound.append((release, record, plan))
        if not sound:
            return None
        named = self._named(stands)
        release, record, plan = max(sound, key=lambda one: (one[1] in named, one[0].released_at, one[1]))
        # A try that was cut off left the same record with another time.
        if any(replace(other, released_at=release.released_at) != release for other, _, _ in sound):
            self._problem(tag, f"{len(sound)} records tell it differently; {record} is taken")
        self.found.records[tag] = record
        return release, plan

    def _plan(self, release: Release) -> BuildPlan | None:
        return self._attempt(
            f"{release.version}.plan",
            lambda: plan_artifact.fetch_past(self._registry, self._repository, release.plan),
        )

    def read_identical(self) -> None:
        """A release that another build made, too: that build's plan is attached to it. The version before
        put the candidate's tag on it."""
        made_by = {(release.digest, release.build_id) for release in self.found.releases}
        released = {digest for digest, _ in made_by}
        builds = {names.candidate_build_id(tag) or "": digest for tag, digest in self._tagged.items()}
        for subject, plan in self._told.plans:
            if subject in released and (made := self._attempt(plan, lambda plan=plan: self._fetch(plan))):  # type: ignore[misc]
                builds[made.build_id] = subject
        for build_id, digest in builds.items():
            if build_id and digest in released and (digest, build_id) not in made_by:
                self.found.identical[build_id] = digest

    def _fetch(self, digest: Digest) -> BuildPlan:
        plan = plan_artifact.fetch_past(self._registry, self._repository, digest)
        if plan.inputs.image != self.found.image:
            raise IntegrityError("this build plan is another image's", cause=f"of {plan.inputs.image}")
        return plan

    def read_evidence(self) -> None:
        released = {release.digest for release in self.found.releases}
        self.found.evidence += [one for one in self._told.evidence if one.subject in released]

    def read_judgements(self) -> None:
        """That releases met other demands later: one judgement for each."""
        released = {(release.version, release.digest) for release in self.found.releases}
        taken: dict[tuple[str, Digest], tuple[bool, datetime, Judgement]] = {}
        for found, record in self._told.judgements:
            if (found.version, found.digest) not in released:
                self._problem(record, f"speaks of {found.version} as {found.digest}, which is no release")
                continue
            key = (found.version, found.demands)
            mine = (record in self._named(found.digest), found.at, found)
            taken[key] = max(taken.get(key, mine), mine, key=lambda one: one[:2])
        self.found.judgements += [found for _, _, found in taken.values()]

    def read_moves(self) -> None:
        released = {release.digest for release in self.found.releases}
        for move in self._told.moves:
            if move.digest in released:
                self.found.moves.append(move)
            else:
                self._problem(move.channel, f"it moves {move.channel} to {move.digest}, which is no release")
        self.found.moves.sort(key=lambda move: move.at)

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

    def _problem(self, reference: str, text: str) -> None:
        mark = "@" if reference.startswith("sha256:") else ":"
        self.found.problems.append(f"{self._repository}{mark}{reference}: {text}")
