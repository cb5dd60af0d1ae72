"""The table: what a row says, and that its stage needs no more than that."""

from __future__ import annotations

import runpy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from golden_images import pipeline
from golden_images.core import judging
from golden_images.core.digest import Digest
from golden_images.job import Makes
from golden_images.pipeline import PIPELINE, RESOLVE, before, demands, knows, maker, pools, stages_for
from golden_images.ports import PORTS
from golden_images.rows import Port, Row, Stage
from golden_images.stages import sbom
from tests.fakes.world import World, child, definition, root


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "contexts")
    world.context("root")
    world.context("child")
    world.run(root())
    return world


def row(**fields: Any) -> Stage:
    return Stage(**{"name": "more", "run": sbom.run, "needs": ("build",), "ports": (), **fields})


def test_a_row_may_name_each_port_that_there_is() -> None:
    assert set(get_args(Port)) == PORTS


@pytest.mark.parametrize("one", [RESOLVE, *PIPELINE], ids=lambda one: one.name)
def test_a_stage_is_given_the_ports_that_its_row_names_and_no_other(one: Row, world: World) -> None:
    whole = world.ports()
    given = whole.only(one.ports, one.name)
    for name in one.ports:
        assert getattr(given, name) is getattr(whole, name)
    for name in PORTS.difference(one.ports):
        with pytest.raises(LookupError, match=f"^{one.name} asks for the port {name}, which its row"):
            getattr(given, name)("quay.io")


def test_each_stage_does_its_work_with_the_ports_that_its_row_names(world: World) -> None:
    """A root base and an image on it, from the plan to the channel; other bases: test_pipeline_run."""
    for image in (root(labels={"a": "b"}), child()):
        run = world.run(image)
        assert set(run.reports) == {one.name for one in stages_for(image)}
        assert all(report.made for report in run.reports.values())


def test_a_port_that_does_not_exist_is_found_when_the_table_is_read() -> None:
    with pytest.raises(ValueError, match=r"more: there is no port engines; there is \['bootstrapper'"):
        row(ports=("registry", "engines"))


def test_a_row_places_its_task_for_all_images_or_by_definition() -> None:
    one = row(pool="all", queue=lambda image: "large" if image.labels else None, timeout_minutes=5)
    assert one.settings(root()) == (plain := Row.settings(one, root()))
    assert (plain.pool, plain.queue, plain.timeout) == ("all", None, timedelta(minutes=5))
    assert one.settings(root(labels={"a": "b"})).queue == "large"
    assert one.settings(root(labels={"a": "b"})) != plain, "another shape"


def test_a_limit_follows_what_the_definition_allows() -> None:
    one = row(allowed=lambda image: image.build.timeout_minutes)
    assert one.settings(root()).timeout == timedelta(minutes=75)
    assert one.settings(root(build={"timeout_minutes": 1})).timeout == timedelta(minutes=30)


def test_the_order_is_that_of_the_needs_also_around_rows_that_do_not_apply() -> None:
    whole = before(PIPELINE)
    assert whole["resolve"] == frozenset()
    assert whole["lint"] == {"resolve"}
    assert whole["gate"] == {"resolve", "lint", "build", "sbom", "scan", "test"}
    without = tuple(one for one in PIPELINE if not one.evidence)
    assert before(without)["gate"] == {"resolve", "build"}
    assert before(without)["promote"] == {"resolve", "build", "gate", "release"}


def test_the_table_says_who_makes_what_and_from_where_on_it_is_there() -> None:
    assert [maker(made).name for made in Makes] == ["build", "gate", "release"]
    there = [one.name for one in PIPELINE if knows(one.name, Makes.CANDIDATE)]
    assert there == ["sbom", "scan", "test", "gate", "release", "promote"]
    assert pools() == ("golden_images_build",)


def test_a_row_demands_what_its_options_say() -> None:
    image = definition("web", base={"image": "root"}, stages={"test": {"suite": "checks"}})
    assert [(one.stage, one.suite) for one in demands(image)] == [
        ("lint", ""),
        ("sbom", ""),
        ("scan", ""),
        ("test", "checks"),
    ]


def test_evidence_depends_on_the_suite_of_the_stage_that_reads_it(world: World) -> None:
    plan = world.run(child()).resolution.plan
    other = plan.model_copy(
        update={"demands": plan.demands.model_copy(update={"tests": Digest.of(b"other")})}
    )
    assert [one.stage for one in demands(child()) if one.fingerprint(plan) != one.fingerprint(other)] == [
        "test"
    ]


def test_a_table_in_which_two_give_one_fact_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "RESERVED", ("packages",))
    with pytest.raises(ValueError, match="the fact 'packages' of sbom is one of the release already"):
        runpy.run_path(str(pipeline.__file__))


def test_a_pool_by_definition_is_not_one_of_all_images(monkeypatch: pytest.MonkeyPatch) -> None:
    before = pools()
    row = replace(PIPELINE[-1], name="other", pool=lambda definition: definition.name)
    monkeypatch.setattr(pipeline, "PIPELINE", (*PIPELINE, row))
    assert pools() == before


def test_what_runs_reaches_no_port_that_its_row_leaves_out(world: World) -> None:
    planned = world.run(child(), until="lint")
    assert planned.resolution.plan_digest is not None
    job = world.job("child", planned.resolution.plan_digest, None, "lint")
    lint = next(one for one in PIPELINE if one.name == "lint")
    with pytest.raises(LookupError, match=r"^lint asks for the port registry"):
        replace(lint, ports=("catalog",)).perform(job, world.ports())
    with pytest.raises(LookupError, match=r"^resolve asks for the port catalog"):
        replace(RESOLVE, ports=("registry",)).perform(world.request(child()), world.ports())
