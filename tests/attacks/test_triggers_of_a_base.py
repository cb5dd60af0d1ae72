"""A base has instructions built that stand in no Dockerfile of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.errors import StageFailed
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import World, definition
from tests.services.images import push_image

IMAGE = definition("web", base={"reference": "debian:12"})


def push(world: World, triggers: Any) -> None:
    hub = world.externals["docker.io"] = FakeRegistry("docker.io")
    world.context("web")
    plain = push_image(hub, "library/debian", b"base")
    manifest = json.loads(hub.manifest("library/debian", plain).content)
    config = json.loads(hub.blob("library/debian", Digest(manifest["config"]["digest"])))
    changed = canonical_json({**config, "config": {**config.get("config", {}), "OnBuild": triggers}})
    stored = hub.push_blob("library/debian", changed)
    manifest["config"] |= {"digest": stored.digest, "size": stored.size}
    hub.put_manifest("library/debian", canonical_json(manifest), media.MANIFEST, tag="12")


@pytest.mark.parametrize(
    "triggers",
    [
        ["RUN true", "COPY --from=evil:1 /a /a"],
        ["run --mount=type=bind,from=evil:1,target=/e true"],
        "COPY --from=evil:1 /a /a",
    ],
)
def test_what_takes_from_an_image_is_not_built(world: World, triggers: Any) -> None:
    push(world, triggers)
    with pytest.raises(StageFailed, match="built with evil:1, which nobody pins"):
        world.run(IMAGE, until="build")
    assert world.engine.builds == []


@pytest.mark.parametrize("triggers", [None, [], ["RUN true", "COPY a /a"]])
def test_what_takes_from_no_image_is(world: World, triggers: Any) -> None:
    push(world, triggers)
    world.run(IMAGE, until="build")
    assert len(world.engine.builds) == 1
