"""Promote: moves the automatic channels onto the release.

The catalog decides where a channel stands, by compare-and-swap on its newest move; the record in the
registry says what it decided, and the tag comes last. A tag is what the registry's writers make of it:
one that was moved by hand is told and set right, and is in nobody's history.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from golden_images.core import media, names, records
from golden_images.core.reference import Reference
from golden_images.core.release import ChannelMove
from golden_images.core.role import Role
from golden_images.errors import StageFailed
from golden_images.images import leftovers
from golden_images.job import Job, Makes, Report
from golden_images.planning.overtaken import overtaken
from golden_images.ports import Catalog, Log, Manifest, Ports, Registry

ACTOR = "automatic"


class MovedMeanwhile(StageFailed):
    """Somebody else moved the channel first: nothing was moved."""


def run(job: Job, ports: Ports) -> Report:
    """Moves no channel for a backfill, nor when a newer release came meanwhile. The last stage: the tags of
    the way here go, too."""
    report = _run(job, ports)
    release = ports.catalog().release_of_build(job.definition.name, job.plan.build_id)
    leftovers.clear(job, ports.registry(), release.plan if release else None)
    return report


def _run(job: Job, ports: Ports) -> Report:
    if job.plan.judges:
        return Report("no channel moves: the release stood already", made=False)
    registry, catalog = ports.registry(), ports.catalog()
    release = catalog.release_of_build(job.definition.name, job.plan.build_id)
    if release is None and (newer := overtaken(job, ports)) is not None:
        return Report(f"superseded: {newer.version} was decided on later", made=False)
    if release is None:
        raise StageFailed(
            f"{job.definition.name}: there is no release of build {job.plan.build_id[:12]} to promote",
            remedy=f"clear the task {job.maker(Makes.RELEASE)}",
        )
    if not job.plan.automatic_channels:
        return Report("no automatic channel", made=False)
    # Before the release is compared: a newer one's move in between is then noticed.
    before = {channel: last(catalog, release.image, channel) for channel in job.plan.automatic_channels}
    current = catalog.current(job.definition.name)
    if current is not None and current.digest != release.digest:
        return Report(f"superseded: {current.version} is newer than {release.version}", made=False)
    subject = job.image()
    image = (
        subject
        if subject.descriptor.digest == release.digest
        else registry.manifest(job.repository, release.digest)
    )
    made = False
    for channel, newest in before.items():
        wanted = ChannelMove(release.image, channel, release.digest, "", release.released_at, ACTOR)
        try:
            made |= move(job.repository, image, wanted, newest, registry, catalog, job.log)
        except MovedMeanwhile as error:
            return Report(f"superseded: {error.what}; {error.cause}", made=made)
    channels = ", ".join(job.plan.automatic_channels)
    return Report(f"{channels} is {release.version}", outputs={"channels": channels}, made=made)


def last(catalog: Catalog, image: str, channel: str) -> ChannelMove | None:
    return next(iter(catalog.moves(image, channel, 1)), None)


def move(
    repository: str,
    image: Manifest,
    wanted: ChannelMove,
    newest: ChannelMove | None,
    registry: Registry,
    catalog: Catalog,
    log: Log,
) -> bool:
    """Moves ``wanted.channel`` onto ``image``, which has the digest wanted, from where ``newest``, its
    :func:`last` move, led; False if it was there.

    ``wanted`` gets its ``previous``, and a time after that move. A move that was cut off is completed by
    the same call. Raises MovedMeanwhile if ``newest`` is not the channel's last move any more.
    """
    made = _decided(wanted, newest, catalog)
    standing = registry.resolve(repository, made.channel)
    if made is newest and standing is not None and standing.digest == made.digest:
        _record(repository, image, made, registry)
        return False
    if (str(standing.digest) if standing else "") not in (made.previous, str(made.digest)):
        log(
            f"{repository}:{made.channel} was {standing.digest if standing else 'gone'} in the registry, and"
            f" {made.previous or 'nowhere'} by the catalog: it was moved by hand, or a move was cut off"
        )
    _record(repository, image, made, registry)
    _show(repository, image, made, registry, catalog)
    return True


def _decided(wanted: ChannelMove, newest: ChannelMove | None, catalog: Catalog) -> ChannelMove:
    if newest is None:
        made = replace(wanted, previous="")
    elif newest.digest == wanted.digest:
        return newest
    else:
        at = max(wanted.at, newest.at + timedelta(microseconds=1))
        made = replace(wanted, previous=str(newest.digest), at=at)
    if not catalog.move_channel(made):
        now = last(catalog, made.image, made.channel)
        raise MovedMeanwhile(
            f"{made.image}: {made.channel} was moved meanwhile",
            cause=f"to {now.digest if now else 'nowhere'}, by {now.actor if now else 'a rebuild'}",
            remedy="look where it is now, and promote again if it shall move",
        )
    return made


def _record(repository: str, image: Manifest, made: ChannelMove, registry: Registry) -> None:
    """What the catalog decided, in the registry: the same each time."""
    statement = records.move_statement(made, Reference(registry.host, repository))
    registry.attach(
        repository,
        image.descriptor,
        artifact_type=media.IN_TOTO,
        blobs=[(media.IN_TOTO, statement)],
        annotations=records.move_annotations(made),
        title=names.file_name(Role.MOVE_RECORD, media.IN_TOTO),
    )


def _show(repository: str, image: Manifest, made: ChannelMove, registry: Registry, catalog: Catalog) -> None:
    """Puts the tag where the catalog's newest move led: also where that is another's, who was later and
    whose tag this one has just passed over."""
    newest: ChannelMove | None = made
    shown = None
    while newest is not None and newest.digest != shown:
        if newest.digest != image.descriptor.digest:
            image = registry.manifest(repository, newest.digest)
        registry.put_manifest(repository, image.content, image.descriptor.media_type, tag=made.channel)
        shown = newest.digest
        newest = last(catalog, made.image, made.channel)
