"""Rebuild over fakes: what the registry vouches for comes back, what it does not is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from golden_images.advisories.importing import import_
from golden_images.catalogue.rebuild import Rebuilt, rebuild
from golden_images.core import media, records
from golden_images.core.advisories import AdvisoryDatabase
from golden_images.core.digest import Digest
from golden_images.core.reference import Reference
from golden_images.core.release import ChannelMove, Release
from golden_images.core.role import Role
from golden_images.errors import RegistryError
from tests.fakes.advisories import record as advisory
from tests.fakes.advisories import store, written
from tests.fakes.catalog import FakeCatalog
from tests.fakes.history import IDENTICAL, contents, fill, listed, move
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import World, child, root

REPOSITORY = "golden/child"


def again(world: World, catalog: FakeCatalog | None = None) -> tuple[FakeCatalog, Rebuilt]:
    """A rebuild into an empty catalog."""
    catalog = catalog or world.lost_catalog()
    return catalog, rebuild(catalog, world.registry, world.organisation, world.log.append)


def released(world: World) -> Release:
    world.run(root())
    world.run(child())
    release = world.catalog.current("child")
    assert release is not None
    return release


def named(world: World, release: Release) -> set[Digest]:
    """The records of the release, by the catalog."""
    held = world.catalog.evidence(release.image, release.digest)
    return {one.digest for one in held if one.stage == Role.RELEASE_RECORD}


def test_everything_comes_back(world: World) -> None:
    builds = fill(world)
    before = contents(world.catalog, builds)
    assert len(before["child"]["releases"]) == 2
    assert len(before["child"]["moves"]) == 5
    assert before["builds"][IDENTICAL] == before["builds"]["second"]
    catalog, rebuilt = again(world)
    assert contents(catalog, builds) == before
    assert rebuilt.problems == ()
    assert (rebuilt.images, rebuilt.releases, rebuilt.identical, rebuilt.moves) == (2, 3, 1, 6)


class TestDatabasesOfAdvisories:
    """They are no image; the catalog alone says which are ours."""

    def imported(self, world: World, tmp_path: Path) -> AdvisoryDatabase:
        ours = store(registry=world.registry, catalog=world.catalog)
        return import_(ours, written(tmp_path / "all.zip", advisory()), alone=True).database

    def test_the_catalog_keeps_what_it_knows(self, world: World, tmp_path: Path) -> None:
        released(world)
        made = self.imported(world, tmp_path)
        rebuilt = rebuild(world.catalog, world.registry, world.organisation, world.log.append)
        assert (rebuilt.problems, rebuilt.images) == ((), 2)
        assert not any("advisories" in line for line in world.log)
        assert world.catalog.databases()[0] == made

    def test_a_catalog_that_was_lost_takes_none_and_says_so(self, world: World, tmp_path: Path) -> None:
        released(world)
        made = self.imported(world, tmp_path)
        catalog, rebuilt = again(world, FakeCatalog())
        assert catalog.databases() == []
        (problem,) = rebuilt.problems
        assert "knows none of the 2 databases of advisories here" in problem
        ours = store(registry=world.registry, catalog=catalog)
        assert import_(ours, tmp_path / "all.zip", alone=True).database.digest == made.digest
        assert again(world, catalog)[1].problems == ()

    def test_one_that_somebody_put_there_stays_nobodys(self, world: World, tmp_path: Path) -> None:
        made = self.imported(world, tmp_path)
        other = store(registry=world.registry)
        import_(other, written(tmp_path / "planted.zip", advisory("DEBIAN-CVE-2026-2")))
        rebuilt = rebuild(world.catalog, world.registry, world.organisation, world.log.append)
        assert rebuilt.problems == ()
        assert world.catalog.databases()[0] == made
        assert any("that the catalog does not know" in line for line in world.log)


def test_twice_is_as_once_and_what_only_the_catalog_said_is_gone(world: World) -> None:
    builds = fill(world)
    before = contents(world.catalog, builds)
    release = world.catalog.releases("child")[0]
    world.catalog.record_release(replace(release, version="2000.01.01-00000000", build_id="0" * 64))
    for _ in range(2):
        rebuild(world.catalog, world.registry, world.organisation, world.log.append)
    assert contents(world.catalog, builds) == before


def test_claims_of_releases_are_back(world: World) -> None:
    release = released(world)
    catalog, _ = again(world)
    assert catalog.claim("child", release.build_id, Digest.of(b"late")) == release.digest


def test_a_registry_that_fails_costs_nothing(world: World) -> None:
    builds = fill(world)
    before = contents(world.catalog, builds)
    assert isinstance(world.registry, FakeRegistry)
    world.registry.down = True
    with pytest.raises(RegistryError):
        rebuild(world.catalog, world.registry, world.organisation, world.log.append, ["child"])
    assert contents(world.catalog, builds) == before


def test_a_registry_without_listing_needs_the_names(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> list[str]:
        raise RegistryError("listing refused", endpoint=world.registry.host, status=404)

    builds = fill(world)
    monkeypatch.setattr(world.registry, "repositories", refuse)
    with pytest.raises(RegistryError, match="listing refused"):
        again(world)
    catalog = world.lost_catalog()
    rebuild(catalog, world.registry, world.organisation, world.log.append, ["child", "root"])
    assert contents(catalog, builds) == contents(world.catalog, builds)


def test_a_release_without_a_record_is_a_problem_and_not_invented(world: World) -> None:
    release = released(world)
    image = world.registry.manifest(REPOSITORY, release.digest)
    world.registry.put_manifest(
        REPOSITORY, image.content, image.descriptor.media_type, tag="2026.01.01-ffffffff"
    )
    catalog, rebuilt = again(world)
    assert rebuilt.problems == (
        "golden/child:2026.01.01-ffffffff: a release without a record;"
        f" nothing that is attached to {release.digest} is one",
    )
    assert catalog.releases("child") == [release]


def test_an_unreadable_record_is_a_problem_and_the_other_images_stand(world: World) -> None:
    release = released(world)
    image = world.registry.manifest(REPOSITORY, release.digest).descriptor
    world.registry.attach(
        REPOSITORY,
        image,
        artifact_type=media.IN_TOTO,
        blobs=[(media.IN_TOTO, b"{}")],
        annotations=records.release_annotations(release),
    )
    for record in world.registry.referrers(REPOSITORY, release.digest, media.IN_TOTO):
        if record.digest in named(world, release):
            world.registry.delete_manifest(REPOSITORY, record.digest)
    catalog, rebuilt = again(world)
    assert len([problem for problem in rebuilt.problems if "this is no record of ours" in problem]) == 1
    assert catalog.images() == ["root"]


def test_where_a_record_says_other_than_the_catalog_the_catalog_stands_and_it_is_told(world: World) -> None:
    other = replace(released(world), note="another")
    world.catalog.record_release(other)
    problems = rebuild(world.catalog, world.registry, world.organisation, world.log.append).problems
    (problem,) = problems
    assert "its record is not the catalog's release: note;" in problem
    assert world.catalog.releases("child") == [other]


def test_a_version_that_was_moved_is_a_problem(world: World) -> None:
    release = released(world)
    moved = world.registry.manifest(REPOSITORY, release.plan)
    world.registry.put_manifest(REPOSITORY, moved.content, moved.descriptor.media_type, tag=release.version)
    catalog, rebuilt = again(world)
    assert any("its record speaks of something else" in problem for problem in rebuilt.problems)
    assert catalog.releases("child") == []


def test_a_release_that_was_cut_off_is_no_release_and_no_problem(world: World) -> None:
    release = released(world)
    unfinished = replace(release, version="2026.01.01-eeeeeeee", build_id="e" * 64)
    world.registry.attach(
        REPOSITORY,
        world.registry.manifest(REPOSITORY, release.digest).descriptor,
        artifact_type=media.IN_TOTO,
        blobs=[(media.IN_TOTO, records.release_statement(unfinished, Reference("r.test", REPOSITORY)))],
        annotations=records.release_annotations(unfinished),
    )
    catalog, rebuilt = again(world)
    assert rebuilt.problems == ()
    assert catalog.releases("child") == [release]
    assert any("2026.01.01-eeeeeeee: this release was not completed" in line for line in world.log)


def test_a_channel_moved_by_a_stranger_is_a_problem(world: World) -> None:
    release = released(world)
    image = world.registry.manifest(REPOSITORY, release.digest)
    world.registry.put_manifest(REPOSITORY, image.content, image.descriptor.media_type, tag="prod")
    catalog, rebuilt = again(world)
    assert rebuilt.problems == (
        f"golden/child:prod: is {release.digest}, and no record says who moved it there",
    )
    assert "prod" not in catalog.channels("child")


def test_a_move_that_was_cut_off_is_named(world: World) -> None:
    release = released(world)
    world.run(child(labels={"team": "web"}), run_id="second")
    other = world.catalog.current("child")
    assert other is not None
    assert other != release
    move(world, release, "prod", other.released_at + timedelta(seconds=1))
    at = other.released_at + timedelta(seconds=2)
    record = ChannelMove("child", "prod", other.digest, str(release.digest), at, "operator")
    world.registry.attach(
        REPOSITORY,
        world.registry.manifest(REPOSITORY, other.digest).descriptor,
        artifact_type=media.IN_TOTO,
        blobs=[(media.IN_TOTO, records.move_statement(record, Reference("r.test", REPOSITORY)))],
        annotations=records.move_annotations(record),
    )
    _, rebuilt = again(world)
    (problem,) = rebuilt.problems
    assert f"golden/child:prod: is {release.digest}, but its newest recorded move" in problem
    assert "promote again to settle it" in problem


def test_what_strangers_put_there_is_passed_over(world: World) -> None:
    release = released(world)
    image = world.registry.manifest(REPOSITORY, release.digest)
    world.registry.put_manifest(REPOSITORY, image.content, image.descriptor.media_type, tag="latest")
    world.registry.attach(
        REPOSITORY,
        image.descriptor,
        artifact_type="application/vnd.dev.sigstore.bundle.v0.3+json",
        blobs=[("application/json", b"{}")],
        annotations={},
    )
    catalog, rebuilt = again(world)
    assert rebuilt.problems == ()
    assert catalog.evidence("child", release.digest) == listed(world.catalog, "child", release.digest)
    assert any("golden/child:latest: no tag of ours" in line for line in world.log)
    assert any("not evidence of ours" in line for line in world.log)
