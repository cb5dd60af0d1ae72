"""Jobs from a plan and from a release: all that a stage works on, by digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_images import jobs
from golden_images.core.digest import Digest
from golden_images.core.release import Release
from golden_images.errors import InputError, RegistryError, StageFailed
from golden_images.job import Job
from golden_images.pipeline import PIPELINE, demands, schema, stage
from golden_images.stages import resolve
from tests.fakes.catalog import FakeCatalog
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import World, child, root
from tests.unit.planning.test_past import as_of_version_1


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "contexts")
    world.context("root")
    world.context("child")
    world.run(root())
    return world


def released(world: World, image: str) -> Release:
    release = world.catalog.current(image)
    assert release is not None
    return release


def from_release(world: World, release: Release, stage: str = "sbom") -> Job:
    return jobs.from_release(
        world.organisation, release, world.registry, stage=stage, owner="rescan", log=world.log.append
    )


def test_a_job_from_a_release_is_about_its_digest_by_its_plan(world: World) -> None:
    image = child(stages={"test": {"minimum": 1}})
    run = world.run(image)
    job = from_release(world, released(world, "child"), "test")
    assert job.subject() == run.candidate
    assert job.plan == run.resolution.plan
    assert (job.definition, job.stage, job.owner) == (image, "test", "rescan")
    assert job.demands == demands(image)
    assert job.demanded().stage == "test"


def test_a_job_from_a_release_does_a_stages_work(world: World) -> None:
    """As a re-scan will: the reports that stand are found, and nothing else of a run is needed."""
    world.run(child())
    made = len(world.sbom_generator.requests)
    report = stage("sbom").perform(from_release(world, released(world, "child")), world.ports())
    assert not report.made
    assert len(world.sbom_generator.requests) == made


def test_a_release_of_a_version_before_has_a_job(world: World) -> None:
    as_of_version_1(world, "root")
    release = released(world, "root")
    job = from_release(world, release)
    assert job.plan.schema_version == 1
    assert job.subject().digest == release.digest


def test_a_release_whose_image_is_gone_is_named(world: World) -> None:
    release = released(world, "root")
    world.registry.delete_manifest("golden/root", release.digest)
    with pytest.raises(StageFailed, match=f"root: the image {release.digest} is gone"):
        from_release(world, release)


def test_a_release_whose_plan_is_gone_is_named(world: World) -> None:
    release = released(world, "root")
    world.registry.delete_manifest("golden/root", release.plan)
    with pytest.raises(StageFailed, match=f"root: the build plan {release.plan} is gone"):
        from_release(world, release)


def test_a_registry_that_does_not_answer_has_lost_nothing(world: World) -> None:
    release = released(world, "root")
    assert isinstance(world.registry, FakeRegistry)
    world.registry.down = True
    with pytest.raises(RegistryError):
        from_release(world, release)


def test_a_definition_of_another_schema_says_what_to_do(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stage that had options when the plan was written stands in the table no more."""
    run = world.run(child(stages={"test": {"minimum": 1}}))
    assert run.resolution.plan_digest is not None
    rows = tuple(row for row in PIPELINE if row.name != "test")
    monkeypatch.setattr("golden_images.pipeline.PIPELINE", rows)
    schema.cache_clear()
    try:
        with pytest.raises(InputError, match=r"child: the definition in its plan cannot be read") as raised:
            world.job("child", run.resolution.plan_digest, None)
    finally:
        schema.cache_clear()
    assert "trigger a new run" in raised.value.remedy


def test_a_job_without_a_candidate_has_no_subject(world: World) -> None:
    run = world.run(child())
    assert run.resolution.plan_digest is not None
    job = world.job("child", Digest(run.resolution.plan_digest), None, "lint")
    with pytest.raises(ValueError, match="before there is a candidate"):
        job.subject()


def of_run(world: World, run_id: str, stage: str = "sbom") -> Job:
    return jobs.of_run(
        world.organisation,
        "child",
        run_id,
        world.ports(),
        stage=stage,
        owner="test",
        log=world.log.append,
    )


def test_the_job_of_a_run_is_what_the_catalog_keeps_and_asks_no_registry(world: World) -> None:
    run = world.run(child(), until="build")
    assert isinstance(world.registry, FakeRegistry)
    world.registry.down = True
    job = of_run(world, "run")
    assert (job.plan, job.subject()) == (run.resolution.plan, run.candidate)
    world.registry.down = False
    assert job.image() == world.registry.manifest("golden/child", job.subject().digest)


def test_what_the_catalog_does_not_keep_the_registry_has(world: World) -> None:
    """Of a run of the version before, or one long ago."""
    run = world.run(child(), until="build")
    assert isinstance(world.catalog, FakeCatalog)
    world.catalog.kept_manifest = lambda image, digest: None  # type: ignore[method-assign]
    assert of_run(world, "run").subject() == run.candidate


def test_what_is_judged_anew_is_read_from_the_registry(world: World) -> None:
    """A release that the registry lost is not judged by what the catalog keeps of its build."""
    world.run(child())
    release = released(world, "child")
    resolve.run(world.request(child(stages={"lint": {"fail_on": "note"}}), run_id="second"), world.ports())
    assert of_run(world, "second").subject().digest == release.digest
    world.registry.delete_manifest("golden/child", release.digest)
    with pytest.raises(StageFailed, match=f"child: the image {release.digest} is gone"):
        of_run(world, "second")


@pytest.mark.parametrize("name", [row.name for row in PIPELINE])
def test_a_task_that_is_cleared_when_the_plan_was_collected_ends_well(world: World, name: str) -> None:
    """Once it is released, nothing keeps a run's own plan; the release's has the same context."""
    run = world.run(child())
    assert run.resolution.plan_digest is not None
    world.registry.delete_manifest("golden/child", run.resolution.plan_digest)
    stage(name).perform(of_run(world, "run", name), world.ports())
    assert len(world.engine.builds) == 1
    assert [release.image for release in world.catalog.releases("child")] == ["child"]
