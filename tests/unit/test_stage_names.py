"""A stage has its name from the table and nowhere else: the table with every row renamed does the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import golden_images
from golden_images import jobs, pipeline
from golden_images.catalogue.rebuild import rebuild
from golden_images.core import judging
from golden_images.core.reason import Why
from golden_images.core.role import Role
from golden_images.errors import StageFailed
from tests.fakes import world as fakes
from tests.fakes.world import World, child, root

PACKAGE = Path(golden_images.__file__).parent
NAMES = [row.name for row in (pipeline.RESOLVE, *pipeline.PIPELINE)]


def other(name: str) -> str:
    return f"the-{name}-stage"


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    first = replace(pipeline.RESOLVE, name=other(pipeline.RESOLVE.name))
    rows = tuple(
        replace(row, name=other(row.name), needs=tuple(other(need) for need in row.needs))
        for row in pipeline.PIPELINE
    )
    monkeypatch.setattr(pipeline, "PIPELINE", rows)
    for module in (pipeline, jobs, fakes):
        monkeypatch.setattr(module, "RESOLVE", first)
    pipeline.schema.cache_clear()
    yield
    pipeline.schema.cache_clear()


@pytest.mark.usefixtures("renamed")
def test_images_are_built_judged_and_released_under_any_names(world: World) -> None:
    until = other("promote")
    for name in ("root", "child"):
        world.context(name)
    images = [root(), child()]
    for image in images:
        world.run(image, until=until)
        release = world.catalog.current(image.name)
        assert release is not None
        assert world.catalog.channels(image.name) == {"dev": release.digest}
        assert world.run(image, until=until).resolution.reason.why is Why.UNCHANGED
    asked = root(stages={other("test"): {"timeout_minutes": 7}})
    again = world.run(asked, until=until, run_id="again")
    assert again.resolution.reason.why is Why.DEMANDS_CHANGED
    assert world.catalog.shortfalls(["root"]) == {}
    before = [world.catalog.releases(image.name) for image in images]
    rebuilt = rebuild(world.catalog, world.registry, world.organisation, world.log.append)
    assert not rebuilt.problems, rebuilt.problems
    assert [world.catalog.releases(image.name) for image in images] == before
    assert world.catalog.channels("child") == {"dev": before[1][0].digest}


@pytest.mark.usefixtures("renamed")
def test_a_remedy_names_the_task_as_the_table_does(world: World) -> None:
    built = world.run(root(), until=other("build"))
    assert built.resolution.plan_digest is not None
    job = world.job("root", built.resolution.plan_digest, built.candidate, other("promote"))
    with pytest.raises(StageFailed) as caught:
        pipeline.stage(other("promote")).perform(job, world.ports())
    assert caught.value.remedy == "clear the task the-release-stage"
    job = world.job("root", built.resolution.plan_digest, built.candidate, other("release"))
    with pytest.raises(StageFailed) as caught:
        pipeline.stage(other("release")).perform(job, world.ports())
    assert caught.value.remedy == "clear the-gate-stage and the stages before it"


@pytest.mark.parametrize("name", list(Role))
def test_no_report_is_taken_for_a_record(name: str) -> None:
    with pytest.raises(ValueError, match=f"not called {name}"):
        judging.checked({name: next(row.evidence for row in pipeline.PIPELINE if row.evidence)})


def test_no_message_tells_to_clear_a_task_by_a_name_that_it_has_not_from_the_table() -> None:
    told = re.compile(rf"\bclear (?:its |the )?(?:task )?(?:{'|'.join(NAMES)})\b")
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}: {node.value}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and told.search(node.value)
    ]
    assert found == []
