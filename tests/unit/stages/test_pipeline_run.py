"""The whole pipeline over fakes: what ends up in the registry and the catalog, and what a kill costs."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Literal

import pytest

from golden_images.catalogue.rebuild import rebuild
from golden_images.core import names
from golden_images.core.digest import Digest
from golden_images.core.policy.demand import PolicyDemand
from golden_images.core.reason import Why
from golden_images.errors import GoldenImagesError, StageFailed
from golden_images.images.image import config, manifests, platform
from tests.fakes.engine import FakeEngine
from tests.fakes.policy import policy
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import HOST, Killed, Killer, World, child, root

REPOSITORY = "golden/child"
Kind = Literal["docker", "oci", "manifest", "containerd"]


def platforms_of(world: World, digest: Digest) -> tuple[str, ...]:
    """By the images' own configurations."""
    found = manifests(world.registry, REPOSITORY, world.registry.manifest(REPOSITORY, digest))
    return tuple(platform(config(world.registry, REPOSITORY, one)) for one in found)


def test_release_is_the_tested_digest_with_version_channel_and_evidence(world: World) -> None:
    parent = world.run(root())
    run = world.run(child())
    assert run.candidate is not None
    version = run.resolution.plan.version
    tags = {tag: world.registry.resolve(REPOSITORY, tag) for tag in world.registry.tags(REPOSITORY)}
    for tag in (version, "dev", run.resolution.plan.candidate_tag):
        found = tags[tag]
        assert found is not None
        assert found.digest == run.candidate.digest
    assert "prod" not in tags, "only automatic channels move"
    release = world.catalog.current("child")
    assert release is not None
    assert (release.version, release.digest) == (version, run.candidate.digest)
    assert parent.candidate is not None
    assert release.base_digest == parent.candidate.digest
    assert release.facts["tests_passed"] == 1
    assert release.facts["packages"] == 1
    stages = {record.stage for record in world.catalog.evidence("child", release.digest)}
    assert stages == {"lint", "sbom", "scan", "test", "gate", "release"}


def test_second_run_is_unchanged_and_touches_no_engine(world: World) -> None:
    world.run(root())
    world.run(child())
    tags, builds = world.registry.tags(REPOSITORY), len(world.engine.builds)
    again = world.run(child(), run_id="second")
    assert again.resolution.reason.why is Why.UNCHANGED
    assert again.reports == {}
    assert world.registry.tags(REPOSITORY) == tags
    assert len(world.engine.builds) == builds
    assert [decision.reason.why for decision in world.catalog.decisions("child")][:1] == [Why.UNCHANGED]


def test_evidence_of_a_digest_is_not_made_twice(world: World) -> None:
    world.run(root())
    world.run(child(), until="test")
    world.run(child())
    assert len(world.sbom_generator.requests) == 2, "one for each image"
    assert len(world.test_runner.runs) == 2
    assert len(world.engine.builds) == 1


def test_identical_result_is_not_published_anew(world: World) -> None:
    world.run(root())
    first = world.run(child())
    # Another context, from which nothing else is built.
    (world.contexts / "child" / "empty").mkdir()
    second = world.run(child(), run_id="second")
    assert second.resolution.reason.why is Why.CONTEXT_CHANGED
    assert second.reports["release"].outputs["released"] == "no"
    assert [release.version for release in world.catalog.releases("child")] == [first.resolution.plan.version]
    third = world.run(child(), run_id="third")
    assert third.resolution.reason.why is Why.UNCHANGED, "the identical build is remembered"


def test_forced_rebuild_of_the_same_root_is_the_same_digest(world: World) -> None:
    first = world.run(root())
    second = world.run(root(), force=True, run_id="forced")
    assert second.resolution.reason.why is Why.FORCED
    assert first.candidate == second.candidate
    assert second.reports["release"].outputs["released"] == "no"


@pytest.mark.parametrize(
    ("kind", "platforms", "referrers_api"),
    [
        ("docker", ("linux/amd64",), False),
        ("docker", ("linux/amd64", "linux/arm64"), True),
        ("oci", ("linux/amd64", "linux/arm64"), False),
        ("manifest", ("linux/amd64",), True),
        ("containerd", ("linux/amd64", "linux/arm64"), True),
    ],
)
@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_killed_at_any_call_a_rerun_completes_it(
    tmp_path: Path,
    after: bool,
    platforms: tuple[str, ...],
    kind: Kind,
    referrers_api: bool,
) -> None:
    image = child(build={"platforms": list(platforms)})
    asked = policy(stages=["test"], labels=["org.opencontainers.image.title"], ages={"base": {"days": 9}})
    rules = {"policy": PolicyDemand.of(asked, "")} if referrers_api else {}
    for calls in itertools.count():
        # Each of these tests kills in another order of stages.
        random = Random(f"{after} {kind} {platforms}")
        registry = FakeRegistry(HOST, referrers_api=referrers_api)
        world = World(tmp_path / "contexts", registry, engine=FakeEngine(kind=kind), random=random)
        world.context("child")
        world.context("root")
        world.run(root())
        try:
            world.run(image, ports=Killer(calls, after=after).ports(world), **rules)
        except Killed:
            pass
        else:
            assert calls > 50, "the killer never struck"
            return
        seen_half = world.registry.resolve(REPOSITORY, "dev") is not None
        if seen_half:
            release = world.catalog.current("child")
            assert release is not None, "a channel shows what the catalog does not know"
            assert world.registry.resolve(REPOSITORY, release.version) is not None
        if world.catalog.current("child") is not None:
            run = world.run(image, run_id="next", **rules)
            assert run.resolution.reason.why is Why.UNCHANGED
            continue  # promote is a task of its own: its retry is tested in test_promote
        run = world.run(image, **rules)
        release = world.catalog.current("child")
        assert release is not None
        assert run.candidate is not None
        assert release.digest == run.candidate.digest
        assert platforms_of(world, release.digest) == platforms, f"killed at call {calls}"
        versions = [tag for tag in world.registry.tags(REPOSITORY) if names.is_version(tag)]
        assert versions == [release.version], f"killed at call {calls}"
        again = world.lost_catalog()
        told = rebuild(again, world.registry, world.organisation, world.log.append)
        assert told.problems == (), f"killed at call {calls}"
        assert again.releases("child") == world.catalog.releases("child")
        assert again.moves("child") == world.catalog.moves("child")
        found = world.registry.resolve(REPOSITORY, "dev")
        assert found is not None
        assert found.digest == release.digest
        assert world.engine.containers == {}


def test_no_stage_works_without_its_service(world: World) -> None:
    """Each service in turn is down: the run fails, and nothing is released."""
    world.run(root())
    for service in ("linter", "sbom_generator", "test_runner"):
        broken = replace(world, log=[])
        tool = getattr(broken, service)
        tool.failure = StageFailed(f"{service} is broken")
        with pytest.raises(GoldenImagesError, match=service):
            # Another image each time: a stage that ran beside the broken one leaves its evidence.
            broken.run(child(labels={"broken": service}))
        tool.failure = None
    assert world.catalog.current("child") is None
    assert "dev" not in world.registry.tags(REPOSITORY)
