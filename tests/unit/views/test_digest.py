"""The page of one digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from golden_images.core import media
from golden_images.core.names import ANNOTATION_STAGE
from golden_images.core.role import Role
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


def test_reports_are_told_from_what_somebody_else_attached(world: World) -> None:
    world.run(root())
    release = world.catalog.current("root")
    assert release is not None
    repository = world.organisation.repository("root")
    planted = world.registry.attach(
        repository,
        world.registry.manifest(repository, release.digest).descriptor,
        artifact_type=media.CYCLONEDX,
        blobs=[(media.CYCLONEDX, b"{}")],
        annotations={ANNOTATION_STAGE: "sbom"},
        title="sbom.cdx.json",
    )
    shown = digest_view(world.organisation, world.registry, world.catalog, "root", release.digest)
    assert {one.stage for one in shown.reports if one.known} >= {"sbom", "test", Role.RELEASE_RECORD}
    unknown = [one for one in shown.reports if not one.known]
    assert {one.digest for one in unknown if one.stage != Role.MOVE_RECORD} == {planted.digest}
