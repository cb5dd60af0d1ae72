"""Images that a Dockerfile takes from besides its base: pinned, a reason to build, told to the watch."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from golden_images.core.digest import Digest
from golden_images.core.plan import BasePin
from golden_images.core.reason import Reason, Why
from golden_images.core.watching import StageBase
from golden_images.errors import InputError
from golden_images.stages.resolve import decide, run
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import World, child, root
from tests.services.images import push_image

GO = "docker.io/library/golang:1.22"
DOCKERFILE = """\
ARG BASE
ARG GO=1.22
FROM golang:${GO} AS build
FROM ${BASE}
COPY --from=build /a /a
"""


@pytest.fixture
def hub(world: World) -> FakeRegistry:
    registry = world.externals["docker.io"] = FakeRegistry("docker.io")
    world.context("child", DOCKERFILE)
    world.run(root())
    return registry


def push(hub: FakeRegistry, content: str, tag: str = "1.22") -> Digest:
    return push_image(hub, "library/golang", content.encode(), tag=tag)


def reason(world: World, **changes: object) -> Reason:
    return decide(world.request(child(), **changes), world.ports()).reason


def test_a_stages_tag_is_looked_up_once_and_only_its_digest_is_planned(
    world: World, hub: FakeRegistry
) -> None:
    digest = push(hub, "A")
    plan = decide(world.request(child()), world.ports()).plan
    assert plan.inputs.stages == (BasePin(name=GO, digest=digest),)
    push(hub, "B")
    assert decide(world.request(child()), world.ports()).plan.build_id != plan.build_id


def test_what_the_dockerfile_pins_itself_is_no_tag_to_look_up(world: World, hub: FakeRegistry) -> None:
    digest = push(hub, "A")
    world.context("child", f"ARG BASE\nFROM golang:gone@{digest} AS build\nFROM ${{BASE}}\n")
    assert decide(world.request(child()), world.ports()).plan.inputs.stages == ()


def test_a_changed_stage_is_a_changed_base_by_its_name(world: World, hub: FakeRegistry) -> None:
    before = push(hub, "A")
    world.run(child())
    assert reason(world).why is Why.UNCHANGED
    after = push(hub, "B")
    assert reason(world) == Reason(
        why=Why.BASE_CHANGED, old=before, new=after, detail=f"{GO}, of a build stage"
    )
    assert world.run(child()).reports["release"].outputs["released"] == "yes"
    assert reason(world).why is Why.UNCHANGED


def test_a_build_argument_that_names_another_is_a_changed_definition(world: World, hub: FakeRegistry) -> None:
    push(hub, "A")
    push(hub, "B", tag="1.23")
    world.run(child())
    image = child(build={"args": {"GO": "1.23"}})
    decided = decide(world.request(image), world.ports())
    assert decided.reason.why is Why.DEFINITION_CHANGED
    assert [pin.name for pin in decided.plan.inputs.stages] == ["docker.io/library/golang:1.23"]


def test_one_that_does_not_exist_is_an_error_with_its_name(world: World, hub: FakeRegistry) -> None:
    assert hub
    with pytest.raises(InputError, match=r"takes from docker\.io/library/golang:1\.22, which does not exist"):
        decide(world.request(child()), world.ports())


def test_one_whose_name_cannot_be_known_is_an_error_with_its_line(world: World, hub: FakeRegistry) -> None:
    assert hub
    world.context("child", DOCKERFILE.replace("ARG GO=1.22\n", ""))
    with pytest.raises(InputError) as raised:
        decide(world.request(child()), world.ports())
    assert "line 2 of Dockerfile" in raised.value.cause


def test_a_backfill_is_known_again_whatever_the_stages_are_by_now(world: World, hub: FakeRegistry) -> None:
    push(hub, "A")
    current = world.catalog.current("root")
    assert current is not None
    asked = {"backfill": True, "base_digest": current.digest}
    assert world.run(child(), **asked).resolution.plan_digest is not None
    push(hub, "B")
    assert reason(world, **asked).why is Why.UNCHANGED


def test_the_watch_is_told_of_what_the_newest_plan_takes_from(world: World, hub: FakeRegistry) -> None:
    image, digest = child(), push(hub, "A")
    run(world.request(image), world.ports())
    assert world.catalog.stage_bases() == {"child": [StageBase(GO, digest, ("linux/amd64",))]}
    world.context("child")
    run(world.request(image), world.ports())
    assert world.catalog.stage_bases() == {}


def test_a_backfill_tells_the_watch_nothing(world: World, hub: FakeRegistry) -> None:
    push(hub, "A")
    current = world.catalog.current("root")
    assert current is not None
    run(world.request(child(), backfill=True, base_digest=current.digest), world.ports())
    assert world.catalog.stage_bases() == {}


def test_a_run_that_is_superseded_takes_nothing_from_the_watch(world: World, hub: FakeRegistry) -> None:
    push(hub, "A")
    run(world.request(child()), world.ports())
    told, current = world.catalog.stage_bases(), world.catalog.current("root")
    assert current is not None
    later = current.released_at + timedelta(hours=1)
    newer = replace(current, version="2027.01.01-00000000", digest=Digest.of(b"newer"), released_at=later)
    world.catalog.record_release(newer)
    woken = run(world.request(child(), event=True, base_digest=current.digest), world.ports())
    assert woken.reason.why is Why.SUPERSEDED
    assert world.catalog.stage_bases() == told


def test_a_frontend_of_ones_own_is_refused_before_anything_is_built(world: World, hub: FakeRegistry) -> None:
    push(hub, "A")
    world.context("child", f"# syntax=docker.io/evil/frontend\n{DOCKERFILE}")
    with pytest.raises(InputError, match="asks for another frontend"):
        decide(world.request(child()), world.ports())


def test_more_tags_than_can_be_watched_are_refused(world: World, hub: FakeRegistry) -> None:
    assert hub
    stages = "".join(f"FROM golang:{number} AS s{number}\n" for number in range(51))
    world.context("child", f"ARG BASE\n{stages}FROM ${{BASE}}\n")
    with pytest.raises(InputError, match="takes from 51 images by tag"):
        decide(world.request(child()), world.ports())
