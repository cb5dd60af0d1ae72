"""What is tagged after a run: versions and channels, and what a registry needs besides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from golden_images.catalogue.rebuild import rebuild
from golden_images.core import names
from golden_images.core.definition import Definition
from golden_images.images import leftovers
from golden_images.pipeline import stage
from golden_images.stages import promote, resolve
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import HOST, Run, World, child, root

REPOSITORY = "golden/child"
PLATFORMS = ["linux/amd64", "linux/arm64"]
IMAGE = child(build={"platforms": PLATFORMS})


#: Each is a manifest of its own that garbage collection takes without its tag, but for the candidate's: that
#: is the version's index, which had to be kept before it was one, and the registry takes no tag away.
OF_A_RUN = (
    *("version", "candidate", "amd64", "arm64"),
    *("plan", "lint about the plan"),
    # The index that others look for, and what it lists.
    *("referrers", "lint", "CycloneDX", "SPDX", "scan", "SARIF", "vulnerabilities", "JUnit", "summary"),
    *("the release's plan", "release", "move"),
)


@pytest.fixture(params=[False, True], ids=["fallback", "referrers API"])
def listing(world: World, request: pytest.FixtureRequest) -> World:
    return replace(world, registry=FakeRegistry(HOST, referrers_api=request.param))


@pytest.fixture
def api(world: World) -> World:
    return replace(world, registry=FakeRegistry(HOST, referrers_api=True))


def four_runs(world: World, image: Definition = IMAGE) -> list[Run]:
    world.run(root())
    runs = []
    for number in range(4):
        world.context("child", f"ARG BASE\nFROM ${{BASE}}\nRUN echo {number}\n")
        runs.append(world.run(image, run_id=f"run {number}"))
    return runs


def test_after_four_runs_few_tags_stand(listing: World) -> None:
    runs = four_runs(listing)
    versions = {run.resolution.plan.version for run in runs}
    tags = listing.registry.tags(REPOSITORY)
    if listing.registry.lists_referrers(REPOSITORY, listing.catalog.releases("child")[0].digest):
        assert set(tags) == {*versions, "dev"}
    else:
        assert {*versions, "dev"} < set(tags)
        assert len(tags) == 4 * len(OF_A_RUN) + 1, tags


def test_a_candidate_for_one_platform_is_tagged_once(world: World) -> None:
    """The engine pushed to that tag, which cannot be taken away: it becomes the candidate's."""
    runs = four_runs(world, child())
    tags = world.registry.tags(REPOSITORY)
    assert len(tags) == 4 * (len(OF_A_RUN) - 2) + 1, tags
    for run in runs:
        assert world.registry.resolve(REPOSITORY, run.resolution.plan.candidate_tag) == run.candidate


def test_the_catalog_comes_back_without_those_tags(api: World) -> None:
    four_runs(api)
    again = api.lost_catalog()
    assert rebuild(again, api.registry, api.organisation, api.log.append).problems == ()
    assert again.releases("child") == api.catalog.releases("child")
    assert again.moves("child") == api.catalog.moves("child")


def test_what_added_nothing_leaves_no_tag_and_is_known_to_a_rebuild(api: World) -> None:
    api.run(root())
    api.run(child())
    tags = api.registry.tags(REPOSITORY)
    (api.contexts / "child" / "empty").mkdir()
    same = api.run(child(), run_id="second")
    assert same.reports["release"].outputs["released"] == "no"
    assert api.registry.tags(REPOSITORY) == tags
    again = api.lost_catalog()
    rebuild(again, api.registry, api.organisation, api.log.append)
    assert again.release_of_build("child", same.resolution.plan.build_id) == api.catalog.current("child")


def test_what_only_judged_leaves_no_tag(api: World) -> None:
    api.run(root())
    api.run(child())
    tags = api.registry.tags(REPOSITORY)
    api.run(child(stages={"lint": {"fail_on": "warning"}}), run_id="second")
    assert api.registry.tags(REPOSITORY) == tags
    current = api.catalog.current("child")
    assert current is not None
    (judgement,) = api.catalog.judgements("child", current.digest)
    assert api.job("child", judgement.plan, None).plan.judges == str(current.digest)


@pytest.mark.parametrize("cleared", ["build", "sbom", "gate", "release", "promote"])
def test_a_task_that_is_cleared_afterwards_finds_all_by_digest(api: World, cleared: str) -> None:
    api.run(root())
    run = api.run(child())
    assert run.resolution.plan_digest is not None
    tags, builds = api.registry.tags(REPOSITORY), len(api.engine.builds)
    for name in dict.fromkeys([cleared, "promote"]):
        job = api.job("child", run.resolution.plan_digest, run.candidate, name)
        stage(name).perform(job, api.ports())
    assert len(api.engine.builds) == builds
    assert api.registry.tags(REPOSITORY) == tags


def test_the_plan_of_another_run_of_the_same_build_keeps_its_tag(api: World) -> None:
    api.run(root())
    run = api.run(child(), until="release")
    assert run.resolution.plan_digest is not None
    asked = api.request(child(stages={"lint": {"fail_on": "warning"}}), run_id="second")
    other = resolve.run(asked, api.ports())
    assert other.plan.build_id == run.resolution.plan.build_id
    promote.run(api.job("child", run.resolution.plan_digest, run.candidate, "promote"), api.ports())
    assert other.plan_digest is not None
    tag = api.registry.resolve(REPOSITORY, names.plan_tag(other.plan.build_id, other.plan_digest))
    assert tag is not None
    assert tag.digest == other.plan_digest


def test_the_plan_that_a_release_names_itself_keeps_its_tag(api: World) -> None:
    """Of the version before: nothing else keeps it from garbage collection."""
    api.run(root())
    run = api.run(child(), until="release")
    assert run.resolution.plan_digest is not None
    job = api.job("child", run.resolution.plan_digest, run.candidate, "promote")
    leftovers.clear(job, api.registry, job.plan_digest)
    assert api.registry.resolve(REPOSITORY, names.plan_tag(job.plan.build_id, job.plan_digest)) is not None
