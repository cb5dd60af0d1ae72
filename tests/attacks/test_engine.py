"""Whoever builds on the same engine, or pushes to the same registry, has his image taken for ours."""

from __future__ import annotations

import json
from typing import Literal

import pytest

from golden_images.core import media, names
from golden_images.core.digest import Digest
from golden_images.errors import EngineError, StageFailed
from golden_images.images import image
from golden_images.ports import BuildRequest, Log
from tests.fakes.engine import FakeEngine
from tests.fakes.world import World, child, root
from tests.services.images import push_image

REPOSITORY = "golden/child"
Kind = Literal["docker", "oci", "manifest", "containerd"]
KINDS: tuple[Kind, ...] = ("docker", "oci", "manifest", "containerd")


class SharedEngine(FakeEngine):
    """Somebody else's image stands under our tag when we push it."""

    def build(self, request: BuildRequest, log: Log) -> str:
        built = super().build(request, log)
        ours = self.images[request.tag]
        config = json.loads(ours.config) | {"config": {"Cmd": ["theirs"]}}
        self.images[request.tag] = type(ours)(json.dumps(config).encode(), ours.layers)
        return built


class OpenRegistry(FakeEngine):
    """Somebody else pushes to our tag as soon as the engine has pushed."""

    planted: Digest | None = None

    def push(self, tag: str, log: Log) -> Digest:
        pushed = super().push(tag, log)
        assert self.registry is not None
        version = tag.rpartition(":")[2]
        self.planted = push_image(self.registry, REPOSITORY, b"theirs", tag=version)
        return pushed


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_that_the_engine_did_not_build_for_us_is_no_candidate(world: World, kind: Kind) -> None:
    world.run(root())
    world.engine = SharedEngine(kind=kind, registry=world.registry)
    with pytest.raises(EngineError, match="what was pushed is not the image that was built") as caught:
        world.run(child())
    assert caught.value.retryable, "two tries of ours can meet on one engine"
    assert world.catalog.current("child") is None
    assert world.catalog.candidate("child", world.catalog.decisions("child")[0].build_id) is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_pushed_is_not_read_by_its_tag(world: World, kind: Kind) -> None:
    world.run(root())
    engine = world.engine = OpenRegistry(kind=kind, registry=world.registry)
    run = world.run(child())
    assert run.candidate is not None
    assert engine.planted is not None
    assert run.candidate.digest != engine.planted
    made = world.registry.manifest(REPOSITORY, run.candidate.digest)
    settings = image.config(world.registry, REPOSITORY, made)
    assert image.labels(settings)["org.opencontainers.image.title"] == "child"
    tag = names.platform_tag(run.resolution.plan.build_id, "linux/amd64")
    standing = world.registry.resolve(REPOSITORY, tag)
    assert standing is not None
    assert standing.digest == run.candidate.digest, "the tag is ours again"


@pytest.mark.parametrize(
    "dockerfile",
    [
        "ARG BASE\nFROM scratch\nCOPY Dockerfile /\n",
        "ARG BASE\nFROM ${BASE} AS ours\nFROM registry.test:5000/golden/other@DIGEST\n",
    ],
)
def test_a_candidate_on_another_base_is_none(world: World, dockerfile: str) -> None:
    """It would be said to have our base, and stay as it is when that is mended."""
    world.run(root())
    other = push_image(world.registry, "golden/other", b"theirs")
    world.context("child", dockerfile.replace("DIGEST", other))
    with pytest.raises(StageFailed, match=r"the image is not built on its base .*/golden/root@"):
        world.run(child())
    assert world.catalog.current("child") is None
    assert world.catalog.candidate("child", world.catalog.decisions("child")[0].build_id) is None


def test_a_candidate_holds_the_layers_of_its_base(world: World) -> None:
    parent = world.run(root())
    run = world.run(child(), until="build")
    assert parent.candidate is not None
    assert run.candidate is not None
    beneath, whole = (
        [layer["digest"] for layer in json.loads(world.registry.manifest(at, digest).content)["layers"]]
        for at, digest in (("golden/root", parent.candidate.digest), (REPOSITORY, run.candidate.digest))
    )
    assert whole[: len(beneath)] == beneath
    assert len(whole) == len(beneath) + 1
    assert run.candidate.media_type == media.MANIFEST
