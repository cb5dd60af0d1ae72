"""Whoever may push to the registry writes records of releases and moves that nobody made.

He knows their form and copies what he likes; the catalog he cannot reach.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from golden_images.catalogue.rebuild import Rebuilt, rebuild
from golden_images.core import media, records
from golden_images.core.digest import Digest
from golden_images.core.reason import Reason, Why
from golden_images.core.reference import Reference
from golden_images.core.release import ChannelMove, Release
from golden_images.errors import IntegrityError
from golden_images.ports import Descriptor
from golden_images.stages import promote
from golden_images.stages import release as releasing
from tests.fakes.catalog import FakeCatalog
from tests.fakes.history import contents, fill, move
from tests.fakes.world import HOST, World, child, root

REPOSITORY = "golden/child"
YEAR = timedelta(days=365)


def released(world: World) -> Release:
    world.run(root())
    world.run(child())
    release = world.catalog.current("child")
    assert release is not None
    return release


def plant_release(world: World, release: Release, repository: str = REPOSITORY) -> None:
    """The record and the version, whole, as the stage puts them."""
    image = world.registry.manifest(REPOSITORY, release.digest)
    world.registry.attach(
        REPOSITORY,
        image.descriptor,
        artifact_type=media.IN_TOTO,
        blobs=[(media.IN_TOTO, records.release_statement(release, Reference(HOST, repository)))],
        annotations=records.release_annotations(release),
    )
    world.registry.put_manifest(REPOSITORY, image.content, image.descriptor.media_type, tag=release.version)


def plant_plan(world: World, release: Release, **changes: object) -> Release:
    """``release`` with a plan of its own that says the same as its record."""
    plan = world.job("child", release.plan, None).plan
    manifest = json.loads(world.registry.manifest(REPOSITORY, release.plan).content)
    content = plan.model_copy(update=changes).canonical()
    for blob in (manifest["config"], *manifest["layers"]):
        if world.registry.blob(REPOSITORY, Digest(blob["digest"])) == plan.canonical():
            blob |= {"digest": str(Digest.of(content)), "size": len(content)}
    world.registry.push_blob(REPOSITORY, content)
    body = json.dumps(manifest).encode()
    made = world.registry.put_manifest(REPOSITORY, body, manifest["mediaType"], tag="planted-plan")
    return replace(release, plan=made.digest)


def plant_move(world: World, planted: ChannelMove, repository: str = REPOSITORY) -> None:
    """The record and the channel's tag."""
    image = world.registry.manifest(REPOSITORY, planted.digest)
    world.registry.attach(
        REPOSITORY,
        image.descriptor,
        artifact_type=media.IN_TOTO,
        blobs=[(media.IN_TOTO, records.move_statement(planted, Reference(HOST, repository)))],
        annotations=records.move_annotations(planted),
    )
    world.registry.put_manifest(REPOSITORY, image.content, image.descriptor.media_type, tag=planted.channel)


def rebuilt(world: World, catalog: FakeCatalog | None = None) -> Rebuilt:
    """Into the catalog that there is, or into ``catalog``."""
    return rebuild(catalog or world.catalog, world.registry, world.organisation, world.log.append)


def test_release_does_not_believe_a_record_under_its_version(world: World) -> None:
    """It would be released as a backfill that nobody sees, for a reason that nobody had."""
    world.run(root())
    run = world.run(child(), until="gate")
    assert run.candidate is not None
    assert run.resolution.plan_digest is not None
    job = world.job("child", run.resolution.plan_digest, run.candidate, "release")
    lie = Release(
        image="child",
        version=job.plan.version,
        digest=run.candidate.digest,
        build_id=job.plan.build_id,
        reason=Reason(why=Why.FORCED),
        released_at=job.plan.date + 10 * YEAR,
        plan=job.plan_digest,
        backfill=True,
    )
    plant_release(world, lie)
    assert releasing.run(job, world.ports()).made
    current = world.catalog.current("child")
    assert current is not None
    assert current.reason == job.plan.reason
    assert current.released_at < lie.released_at
    again = world.lost_catalog()
    (problem,) = rebuilt(world, again).problems
    assert "this record lies in the future" in problem
    assert again.current("child") == current


def test_promote_does_not_believe_a_record_of_its_move(world: World) -> None:
    world.run(root())
    run = world.run(child(), until="release")
    assert run.resolution.plan_digest is not None
    release = world.catalog.current("child")
    assert release is not None
    lie = ChannelMove("child", "dev", release.digest, str(Digest.of(b"x")), release.released_at, "boss")
    plant_move(world, lie)
    job = world.job("child", run.resolution.plan_digest, run.candidate, "promote")
    assert promote.run(job, world.ports()).made
    (made,) = world.catalog.moves("child", "dev")
    assert (made.previous, made.actor) == ("", "automatic")
    problems = rebuilt(world).problems
    assert any("dev: the catalog knows no move of it" in problem for problem in problems)
    assert world.catalog.moves("child", "dev") == [made]


def test_a_tag_moved_by_hand_is_told_and_in_nobodys_history(world: World) -> None:
    first = released(world)
    stranger = world.registry.manifest(REPOSITORY, first.plan)
    world.registry.put_manifest(REPOSITORY, stranger.content, stranger.descriptor.media_type, tag="dev")
    world.run(child(labels={"team": "web"}), run_id="second")
    newest = world.catalog.moves("child", "dev")[0]
    assert newest.previous == str(first.digest)
    tag = world.registry.resolve(REPOSITORY, "dev")
    assert tag is not None
    assert tag.digest == newest.digest
    assert any(f"{REPOSITORY}:dev was {first.plan}" in line and "by hand" in line for line in world.log)


def test_prod_is_not_moved_through_a_rebuild(world: World) -> None:
    """All is honest about it but that it happened: an old release, a move after the last one."""
    builds = fill(world)
    before = contents(world.catalog, builds)
    newest = world.catalog.moves("child", "prod")[0]
    other = next(one for one in world.catalog.releases("child") if one.digest != newest.digest)
    at = newest.at + timedelta(seconds=1)
    plant_move(world, ChannelMove("child", "prod", other.digest, str(newest.digest), at, "operator"))
    problems = rebuilt(world).problems
    assert contents(world.catalog, builds) == before
    assert any("golden/child:prod: the catalog knows no move of it" in problem for problem in problems)


def test_prod_is_not_moved_back_by_taking_its_record_away(world: World) -> None:
    builds = fill(world)
    before = contents(world.catalog, builds)
    newest = world.catalog.moves("child", "prod")[0]
    for record in world.registry.referrers(REPOSITORY, newest.digest):
        if record.annotations == records.move_annotations(newest):
            world.registry.delete_manifest(REPOSITORY, record.digest)
    problems = rebuilt(world).problems
    assert contents(world.catalog, builds) == before
    assert any("no record tells its move" in problem for problem in problems)


def test_a_release_that_nobody_made_does_not_come_in_through_a_rebuild(world: World) -> None:
    """Plan, record and version agree with each other; it would be the current release."""
    builds = fill(world)
    before = contents(world.catalog, builds)
    current = before["child"]["current"]
    day = world.job("child", current.plan, None).plan.date + timedelta(days=1)
    version = f"{day:%Y.%m.%d}-{current.build_id[:8]}"
    later = current.released_at + timedelta(seconds=1)
    lie = replace(plant_plan(world, current, date=day), version=version, released_at=later)
    plant_release(world, lie)
    problems = rebuilt(world).problems
    assert contents(world.catalog, builds) == before
    assert any(f"{lie.version}: a release that the catalog does not know" in one for one in problems)
    again = world.lost_catalog()
    rebuilt(world, again)
    assert again.current("child") == lie, "else this test plants nothing that could be believed"


def test_a_build_is_not_given_away_through_a_rebuild(world: World) -> None:
    """A candidate's tag on an old release: that build would be released already, and never be built."""
    release = released(world)
    image = world.registry.manifest(REPOSITORY, release.digest)
    build_id = "a" * 64
    world.registry.put_manifest(
        REPOSITORY, image.content, image.descriptor.media_type, tag=f"build-{build_id}"
    )
    problems = rebuilt(world).problems
    assert world.catalog.release_of_build("child", build_id) is None
    assert any("does not know that this build gave" in problem for problem in problems)


@pytest.mark.parametrize(
    "change",
    [
        {"reason": Reason(why=Why.FORCED)},
        {"backfill": True},
        {"base_digest": str(Digest.of(b"other"))},
        {"base_name": "debian"},
        {"note": "a person asked for it"},
        {"actor": "boss"},
        {"source_id": "f" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_record_that_says_other_than_its_plan_is_left_out_of_an_empty_catalog(
    world: World, change: dict[str, object]
) -> None:
    release = released(world)
    plant_release(world, replace(release, **change))  # type: ignore[arg-type]
    again = world.lost_catalog()
    problems = rebuilt(world, again).problems
    assert again.releases("child") == [release], "the true record is there still"
    assert any(f"not what its plan makes: {next(iter(change))}" in problem for problem in problems)


def test_a_release_of_the_future_is_left_out_of_an_empty_catalog(world: World) -> None:
    release = released(world)
    plant_release(world, replace(release, released_at=release.released_at + YEAR))
    again = world.lost_catalog()
    problems = rebuilt(world, again).problems
    assert again.releases("child") == [release]
    assert any("this record lies in the future" in problem for problem in problems)


def test_a_release_of_another_repository_is_left_out_of_an_empty_catalog(world: World) -> None:
    release = released(world)
    plant_release(world, release, repository="golden/other")
    again = world.lost_catalog()
    problems = rebuilt(world, again).problems
    assert again.releases("child") == [release]
    assert any("this release record is another repository's" in problem for problem in problems)


def test_moves_of_the_future_elsewhere_or_to_what_is_no_release_are_left_out(world: World) -> None:
    release = released(world)
    (honest,) = world.catalog.moves("child", "dev")
    after = release.released_at + timedelta(seconds=1)
    plan = world.registry.manifest(REPOSITORY, release.plan).descriptor.digest
    plant_move(world, ChannelMove("child", "prod", release.digest, "", after, "boss"), "golden/other")
    plant_move(world, ChannelMove("child", "dev", release.digest, "", after + YEAR, "boss"))
    plant_move(world, ChannelMove("child", "stage", plan, "", after, "boss"))
    again = world.lost_catalog()
    problems = "\n".join(rebuilt(world, again).problems)
    assert again.moves("child") == [honest]
    assert "this record of a channel move is another repository's" in problems
    assert "this record lies in the future" in problems
    assert f"it moves stage to {plan}, which is no release" in problems


def test_an_honest_history_with_moves_by_people_has_no_problem(world: World) -> None:
    fill(world)
    release = world.catalog.releases("child")[0]
    move(world, release, "prod", world.catalog.moves("child", "prod")[0].at + timedelta(seconds=1))
    assert rebuilt(world).problems == ()
    assert rebuilt(world, world.lost_catalog()).problems == ()


def test_a_list_of_referrers_that_cannot_be_read_costs_that_image_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    released(world)
    referrers = world.registry.referrers

    def taken(repository: str, subject: Digest) -> tuple[Descriptor, ...]:
        if repository == REPOSITORY:
            raise IntegrityError(f"tag sha256-{subject.hex} is not an index of referrers")
        return referrers(repository, subject)

    monkeypatch.setattr(world.registry, "referrers", taken)
    catalog = world.lost_catalog()
    said = rebuilt(world, catalog)
    assert any("is not an index of referrers" in problem for problem in said.problems)
    assert catalog.releases("root") == world.catalog.releases("root")
    assert catalog.releases("child") == []
