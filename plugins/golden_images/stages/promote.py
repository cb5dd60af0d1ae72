"""Promote: moves the automatic channels onto the release. The channel's tag moves last."""

from __future__ import annotations

from datetime import datetime, timedelta

from golden_images.core import media, names, records
from golden_images.core.reference import Reference
from golden_images.core.release import ChannelMove, Release
from golden_images.errors import IntegrityError, StageFailed
from golden_images.images.image import only_layer
from golden_images.job import Job, Report
from golden_images.planning.overtaken import overtaken
from golden_images.ports import Catalog, Ports, Registry

ACTOR = "automatic"


def run(job: Job, ports: Ports) -> Report:
    """Does nothing for a backfill, and nothing when a newer release came meanwhile."""
    if job.plan.judges:
        return Report("no channel moves: the release stood already", made=False)
    registry, catalog = ports.registry(), ports.catalog()
    release = catalog.release_of_build(job.definition.name, job.plan.build_id)
    if release is None and (newer := overtaken(job, ports)) is not None:
        return Report(f"superseded: {newer.version} was decided on later", made=False)
    if release is None:
        raise StageFailed(
            f"{job.definition.name}: there is no release of build {job.plan.build_id[:12]} to promote",
            remedy="clear the release task",
        )
    if not job.plan.automatic_channels:
        return Report("no automatic channel", made=False)
    current = catalog.current(job.definition.name)
    if current is not None and current.digest != release.digest:
        return Report(f"superseded: {current.version} is newer than {release.version}", made=False)
    moved = [
        channel
        for channel in job.plan.automatic_channels
        if move(
            job.repository, release, channel, _moment(catalog, release, channel), ACTOR, registry, catalog
        )
    ]
    channels = ", ".join(job.plan.automatic_channels)
    return Report(f"{channels} is {release.version}", outputs={"channels": channels}, made=bool(moved))


def _moment(catalog: Catalog, release: Release, channel: str) -> datetime:
    """When an automatic move happened: the same for a retry, and later than the move before."""
    for last in catalog.moves(release.image, channel, 1):
        if last.digest == release.digest:
            return last.at
        return max(release.released_at, last.at + timedelta(microseconds=1))
    return release.released_at


def move(
    repository: str,
    release: Release,
    channel: str,
    at: datetime,
    actor: str,
    registry: Registry,
    catalog: Catalog,
) -> bool:
    """Moves ``channel``; False if it was there. A move that was cut off is completed by the same
    call: ``at`` names it, so that its record is written once. Raises StageFailed if another move of the
    channel came between."""
    last = next(iter(catalog.moves(release.image, channel, 1)), None)
    known = last.digest if last else ""
    standing = registry.resolve(repository, channel)
    if standing is not None and standing.digest == release.digest == known:
        return False
    made = ChannelMove(release.image, channel, release.digest, known, at, actor)
    if last is not None and (last.digest, last.at) == (release.digest, at):
        made = last
    manifest = registry.manifest(repository, release.digest)
    tag = names.move_record_tag(channel, at)
    if _recorded(registry, repository, tag) != made:
        registry.attach(
            repository,
            manifest.descriptor,
            artifact_type=media.IN_TOTO,
            blobs=[(media.IN_TOTO, records.move_statement(made, Reference(registry.host, repository)))],
            annotations=records.move_annotations(made),
            tag=tag,
            title=names.file_name(records.MOVE_STAGE, media.IN_TOTO),
        )
    if not catalog.move_channel(made):
        raise StageFailed(
            f"{release.image}: the channel {channel} was moved by somebody else meanwhile",
            cause=f"it was {known or 'nowhere'} when this move to {release.version} began",
            remedy="clear the task promote, if the channel should be moved all the same",
        )
    registry.put_manifest(repository, manifest.content, manifest.descriptor.media_type, tag=channel)
    return True


def _recorded(registry: Registry, repository: str, tag: str) -> ChannelMove | None:
    """The move that stands recorded under ``tag``, whoever put it there."""
    if registry.resolve(repository, tag) is None:
        return None
    try:
        return records.parse_move(only_layer(registry, repository, tag))
    except IntegrityError:
        return None
