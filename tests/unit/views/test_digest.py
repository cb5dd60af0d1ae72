"""The page of one digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from golden_images.views.digest import digest_view
from tests.fakes.world import World, root


def test_a_release_is_shown_though_another_image_has_the_same_bytes(world: World) -> None:
    world.run(root())
    mine = world.catalog.current("root")
    assert mine is not None
    later = mine.released_at + timedelta(days=1)
    world.catalog.record_release(
        replace(mine, image="twin", version="2027.01.01-00000000", released_at=later)
    )
    shown = digest_view(world.organisation, world.registry, world.catalog, "root", mine.digest)
    assert shown.release is not None
    assert (shown.release.version, shown.channels) == (mine.version, ("dev",))
