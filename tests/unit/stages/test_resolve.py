"""Why a run builds, and why it does not. On what: tests/unit/planning/test_bases.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from golden_images.core import media
from golden_images.core.definition import Definition
from golden_images.core.digest import canonical_json
from golden_images.core.reason import Why
from golden_images.core.release import Failure, Release
from golden_images.errors import InputError, IntegrityError, RegistryError, ServiceError
from golden_images.images.plan_artifact import ARTIFACT_TYPE, fetch_past
from golden_images.pipeline import demands
from golden_images.stages import resolve
from tests.fakes.world import NOW, World, child, root


def decide(world: World, image: Definition, **changes: object) -> resolve.Resolution:
    return resolve.decide(world.request(image, **changes), world.ports())


def test_first_build_is_new(world: World) -> None:
    assert decide(world, root()).reason.why is Why.NEW


def test_child_without_a_released_base_is_told_what_to_do(world: World) -> None:
    with pytest.raises(InputError, match=r"trigger golden_images\.root first"):
        decide(world, child())


def _other_label(world: World) -> Definition:
    return child(labels={"team": "web"})


def _other_file(world: World) -> Definition:
    (world.contexts / "child" / "extra").write_text("new")
    return child()


def _new_parent(world: World) -> Definition:
    world.bootstrapper.state = "newer"
    world.run(root(), force=True, run_id="forced")
    return child()


def _new_package(world: World) -> Definition:
    world.archive.versions = {"base-files": "12.4+deb12u6", "unknown": "1"}
    return child()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_other_label, Why.DEFINITION_CHANGED),
        (_other_file, Why.CONTEXT_CHANGED),
        (_new_parent, Why.BASE_CHANGED),
        (_new_package, Why.PACKAGE_UPDATE),
    ],
)
def test_each_change_is_named_with_old_and_new(
    world: World, change: Callable[[World], Definition], why: Why
) -> None:
    world.run(root())
    world.run(child())
    reason = decide(world, change(world)).reason
    assert reason.why is why
    assert reason.old
    assert reason.new
    assert reason.old != reason.new


def test_package_update_names_the_packages(world: World) -> None:
    world.sbom_generator.packages = {"libssl3": "3.0.14-1", "openssl": "3.0.14-1", "zlib1g": "1:1.2"}
    world.run(root())
    world.archive.versions = {"libssl3": "3.0.15-1", "openssl": "3.0.15-1", "zlib1g": "1:1.2"}
    assert str(decide(world, root()).reason) == "package-update: libssl3 3.0.14-1 → 3.0.15-1, +1"


def test_owner_and_schedule_do_not_change_the_build(world: World) -> None:
    world.run(root())
    other = root(owner="another team", schedule={"nightly": "0 4 * * *"}, tags=["x"])
    assert decide(world, other).reason.why is Why.UNCHANGED


def test_older_candidate_in_the_archive_is_no_update(world: World) -> None:
    world.run(root())
    world.archive.versions = {"base-files": "12.4+deb12u4"}
    assert decide(world, root()).reason.why is Why.UNCHANGED


def test_archive_that_does_not_answer_is_no_unchanged(world: World) -> None:
    world.run(root())
    world.archive.failure = ServiceError("the archive does not answer")
    with pytest.raises(ServiceError):
        decide(world, root())


def test_lost_sbom_is_no_unchanged_and_force_is_the_way_out(world: World) -> None:
    run = world.run(root())
    assert run.candidate is not None
    for referrer in world.registry.referrers("golden/root", run.candidate.digest):
        if referrer.annotations.get("io.golden-images.stage") == "sbom":
            world.registry.delete_manifest("golden/root", referrer.digest)
    with pytest.raises(IntegrityError, match="no SBOM"):
        decide(world, root())
    assert decide(world, root(), force=True).reason.why is Why.FORCED


def _lost(world: World, release: Release) -> None:
    world.registry.delete_manifest("golden/child", release.plan)


def _of_another_version(world: World, release: Release) -> None:
    """The release's plan, with a field that this version does not know."""
    plan = fetch_past(world.registry, "golden/child", release.plan)
    content = canonical_json({**plan.model_dump(mode="json"), "schema_version": 99, "novelty": True})
    blob = world.registry.push_blob("golden/child", content)
    empty = world.registry.push_blob("golden/child", b"{}")
    layer = {"mediaType": ARTIFACT_TYPE, "digest": blob.digest, "size": blob.size}
    config = {"mediaType": "application/x", "digest": empty.digest, "size": empty.size}
    manifest = {"schemaVersion": 2, "mediaType": media.MANIFEST, "config": config, "layers": [layer]}
    put = world.registry.put_manifest("golden/child", canonical_json(manifest), media.MANIFEST)
    world.catalog.record_release(replace(release, plan=put.digest))


@pytest.mark.parametrize("spoil", [_lost, _of_another_version])
def test_plan_that_cannot_be_read_is_a_reason_to_build_once(
    world: World, spoil: Callable[[World, Release], None]
) -> None:
    world.run(root())
    world.run(child())
    release = world.catalog.current("child")
    assert release is not None
    spoil(world, release)
    assert decide(world, child(), force=True).reason.why is Why.FORCED
    later = release.released_at + timedelta(days=1)
    run = world.run(child(), run_id="next", date=later, now=later)
    assert run.resolution.reason.why is Why.PLAN_LOST
    assert release.version in str(run.resolution.reason)
    assert run.reports["release"].outputs["released"] == "yes", "also where the result is the same"
    assert decide(world, child(), run_id="night").reason.why is Why.UNCHANGED


def test_registry_that_does_not_answer_is_no_lost_plan(world: World) -> None:
    world.run(root())
    world.registry.down = True  # type: ignore[attr-defined]
    with pytest.raises(RegistryError):
        decide(world, root())


def test_too_old_release_is_built_again_though_nothing_changed(world: World) -> None:
    image = root(schedule={"max_age_days": 30})
    world.run(image)
    released = world.catalog.current("root")
    assert released is not None
    before, after = (released.released_at + timedelta(days=days) for days in (29, 30))
    assert decide(world, image, now=before).reason.why is Why.UNCHANGED
    late = decide(world, image, now=after)
    assert late.reason.why is Why.MAX_AGE
    assert late.plan.build_id != released.build_id


def test_earlier_state_is_released_again_under_a_new_build_id(world: World) -> None:
    world.run(root())
    first = world.run(child())
    other = child(labels={"team": "web"})
    world.run(other, run_id="second")
    back = world.run(child(), run_id="third", date=NOW + timedelta(days=1))
    assert back.resolution.reason.why is Why.DEFINITION_CHANGED
    assert back.resolution.plan.build_id != first.resolution.plan.build_id
    current = world.catalog.current("child")
    assert current is not None
    assert current.version == back.resolution.plan.version
    assert decide(world, child(), run_id="fourth").reason.why is Why.UNCHANGED


def test_rebuilt_for_its_age_it_is_unchanged_the_next_night(world: World) -> None:
    image = root(schedule={"max_age_days": 30})
    world.run(image)
    released = world.catalog.current("root")
    assert released is not None
    world.bootstrapper.state = "newer"
    late = released.released_at + timedelta(days=30)
    assert world.run(image, now=late, date=late).reports["release"].outputs["released"] == "yes"
    assert decide(world, image, now=released.released_at + timedelta(days=1)).reason.why is Why.UNCHANGED


def test_forced_twice_by_one_run_is_one_build(world: World) -> None:
    world.run(root())
    ids = {decide(world, root(), force=True, run_id="a").plan.build_id for _ in range(2)}
    assert len(ids) == 1
    assert decide(world, root(), force=True, run_id="b").plan.build_id not in ids


def test_backfill_builds_on_the_past_base_and_moves_nothing(world: World) -> None:
    first = world.run(root())
    assert first.candidate is not None
    world.bootstrapper.state = "newer"
    world.run(root(), force=True, run_id="forced")
    current = world.run(child())
    past = {
        "backfill": True,
        "base_digest": first.candidate.digest,
        "date": datetime(2026, 10, 1, tzinfo=UTC),
        "run_id": "backfill",
    }
    run = world.run(child(), **past)
    assert run.resolution.reason.why is Why.BACKFILL
    assert run.resolution.plan.version.startswith("2026.10.01-")
    release = world.catalog.release_of_build("child", run.resolution.plan.build_id)
    assert release is not None
    assert release.base_digest == first.candidate.digest
    assert current.candidate is not None
    assert world.catalog.channels("child")["dev"] == current.candidate.digest
    assert decide(world, child(), **past).reason.why is Why.UNCHANGED, "it exists now"


def test_a_run_that_failed_is_the_last_one_whatever_a_backfill_decides(world: World) -> None:
    first = world.run(root())
    assert first.candidate is not None
    world.run(child())
    failure = Failure("child", "nightly", NOW + timedelta(hours=1), "build")
    world.catalog.record_failure(failure)
    past = {"backfill": True, "base_digest": first.candidate.digest, "now": NOW + timedelta(hours=2)}
    for run_id in ("backfill", "backfill again"):
        world.run(child(), run_id=run_id, **past)
    assert world.catalog.decisions("child")[0].reason.why is Why.UNCHANGED
    assert world.catalog.failures(["child"]) == {"child": failure}
    world.run(child(), run_id="next", now=NOW + timedelta(hours=3))
    assert world.catalog.failures(["child"]) == {}


def test_decision_is_recorded_with_its_reason(world: World) -> None:
    world.run(root())
    world.run(root(), run_id="second", now=NOW + timedelta(hours=1))
    kept = [(decision.run_id, decision.reason.why) for decision in world.catalog.decisions("root")]
    assert kept == [("second", Why.UNCHANGED), ("run", Why.NEW)]


def test_plan_says_what_a_run_would_do_and_writes_nothing(world: World) -> None:
    decide(world, root())
    assert world.registry.tags("golden/root") == []
    assert world.catalog.decisions("root") == []


def test_a_table_that_lists_no_packages_asks_no_archive(world: World) -> None:
    world.run(root())
    others = tuple(one for one in demands(root()) if not one.evidence.packages)
    found = decide(world, root(), demands=others)
    assert found.reason.why is Why.DEMANDS_CHANGED, "a table in which a stage more stood is another"
    assert found.plan.inputs.packages == ""
