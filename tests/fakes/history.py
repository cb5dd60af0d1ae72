"""A registry and a catalog with a past: releases, a build that gave nothing new, promotion, rollback."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from golden_images.core.digest import Digest
from golden_images.core.release import ChannelMove, EvidenceRecord, Release
from golden_images.ports import Catalog
from golden_images.stages import promote
from tests.fakes.world import World, child, root

IMAGES = ("child", "root")
#: The build whose result was that of the child's second release.
IDENTICAL = "identical"


def fill(world: World) -> dict[str, str]:
    """Runs the real stages; the build ids of the child by name."""
    world.run(root())
    first = world.run(child(), run_id="first")
    (world.contexts / "child" / "motd").write_text("welcome\n")
    second = world.run(child(), run_id="second")
    (world.contexts / "child" / "empty").mkdir()
    identical = world.run(child(), run_id="identical")
    assert identical.reports["release"].outputs["released"] == "no"
    old, new = _release(world, first), _release(world, second)
    later = new.released_at + timedelta(seconds=1)
    for number, (release, channel) in enumerate([(old, "prod"), (new, "prod"), (old, "prod")]):
        move(world, release, channel, later + timedelta(minutes=number))
    return {
        "first": old.build_id,
        "second": new.build_id,
        IDENTICAL: identical.resolution.plan.build_id,
    }


def move(world: World, release: Release, channel: str, at: datetime) -> None:
    """As a person promotes or rolls back."""
    repository = world.organisation.repository(release.image)
    wanted = ChannelMove(release.image, channel, release.digest, "", at, "operator")
    newest = promote.last(world.catalog, release.image, channel)
    image = world.registry.manifest(repository, release.digest)
    assert promote.move(repository, image, wanted, newest, world.registry, world.catalog, world.log.append)


def contents(catalog: Catalog, builds: dict[str, str]) -> dict[str, Any]:
    """All that a rebuild has to bring back, for comparison."""
    found: dict[str, Any] = {"images": catalog.images()}
    for image in IMAGES:
        releases = catalog.releases(image)
        found[image] = {
            "releases": releases,
            "current": catalog.current(image),
            "evidence": {release.digest: listed(catalog, image, release.digest) for release in releases},
            "channels": catalog.channels(image),
            "moves": catalog.moves(image),
            # Those of one second are in no order.
            "bases": sorted(catalog.base_versions(image), key=lambda version: (version.at, version.digest)),
        }
    found["builds"] = {name: catalog.release_of_build("child", id_) for name, id_ in builds.items()}
    return found


def listed(catalog: Catalog, image: str, subject: Digest) -> list[EvidenceRecord]:
    """The evidence as any registry tells it, which vouches for no stage."""
    return [replace(one, mark="", attempt=0) for one in catalog.evidence(image, subject)]


def _release(world: World, run: Any) -> Release:
    release = world.catalog.release_of_build("child", run.resolution.plan.build_id)
    assert release is not None
    return release
