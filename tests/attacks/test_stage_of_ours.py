"""Whoever may push to the registry moves a tag of an image of ours, which a Dockerfile takes from."""

from __future__ import annotations

import pytest

from golden_images.errors import StageFailed
from golden_images.stages.resolve import decide
from tests.fakes.world import HOST, World, child, root
from tests.services.images import push_image


@pytest.fixture
def taking(world: World) -> World:
    world.run(root())
    world.context("child", f"ARG BASE\nFROM {HOST}/golden/root:dev AS build\nFROM ${{BASE}}\n")
    return world


def test_a_tag_that_is_on_no_release_is_not_taken_from(taking: World) -> None:
    push_image(taking.registry, "golden/root", b"planted", tag="dev")
    with pytest.raises(StageFailed, match="is no release of root"):
        decide(taking.request(child()), taking.ports())


def test_a_release_by_its_channel_is(taking: World) -> None:
    release = taking.catalog.current("root")
    assert release is not None
    (pin,) = decide(taking.request(child()), taking.ports()).plan.inputs.stages
    assert pin.digest == release.digest


def test_what_is_no_image_of_ours_is_like_any_other(taking: World) -> None:
    taking.context("child", f"ARG BASE\nFROM {HOST}/golden/mirror:1 AS build\nFROM ${{BASE}}\n")
    digest = push_image(taking.registry, "golden/mirror", b"theirs", tag="1")
    (pin,) = decide(taking.request(child()), taking.ports()).plan.inputs.stages
    assert pin.digest == digest
