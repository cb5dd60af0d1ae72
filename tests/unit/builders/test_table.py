"""The table of builders."""

from __future__ import annotations

import pytest

from golden_images import builders
from golden_images.builders import BUILDERS, Builder, builder_for
from golden_images.core.definition import Definition
from golden_images.errors import InputError
from golden_images.job import Job
from golden_images.ports import Manifest, Ports
from tests.fakes.world import World, child, definition, root
from tests.services.images import push_image


@pytest.mark.parametrize(
    ("of", "name"),
    [
        (root(), "bootstrap"),
        (child(), "engine"),
        (definition("web", base={"reference": "debian:12"}), "engine"),
    ],
)
def test_one_row_and_no_more_makes_an_image(of: Definition, name: str) -> None:
    assert [row.name for row in BUILDERS if row.applies(of)] == [name]
    assert builder_for(of).name == name


@pytest.mark.parametrize("of", [child(), root()], ids=lambda of: of.name)
def test_a_kind_that_no_row_makes_is_told(of: Definition) -> None:
    machine = of.model_copy(update={"kind": "machine"})
    with pytest.raises(InputError, match="nothing here builds an image of this kind") as caught:
        builder_for(machine)
    assert "its kind is machine" in caught.value.cause


def test_a_new_builder_is_a_row_and_nothing_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def make(job: Job, ports: Ports, platform: str) -> Manifest:
        asked.append(platform)
        registry = ports.registry()
        digest = push_image(registry, job.repository, platform.encode(), platform=platform)
        return registry.manifest(job.repository, digest)

    row = Builder("other", lambda of: of.name == "child", make)
    monkeypatch.setattr(builders, "BUILDERS", (row, *BUILDERS))
    world.run(root())
    run = world.run(child(build={"platforms": ["linux/amd64", "linux/arm64"]}), until="build")
    assert asked == ["linux/amd64", "linux/arm64"]
    assert world.engine.builds == []
    assert run.candidate is not None
    assert world.registry.resolve("golden/child", run.resolution.plan.candidate_tag) == run.candidate


def test_the_kind_that_always_was_changes_no_build_id() -> None:
    assert child(kind="container").normalised() == child().normalised()
    assert "kind" not in child().normalised()
    machine = child().model_copy(update={"kind": "machine"})
    assert machine.normalised()["kind"] == "machine"
