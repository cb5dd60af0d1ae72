"""What a plan is known by: its base, its build id, its version."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from golden_images.core.demands import Demands
from golden_images.core.plan import BasePin, BuildPlan, Inputs
from golden_images.core.reason import Reason, Why
from golden_images.core.reference import Reference
from tests.fakes.world import NOW, child

D = "sha256:" + "0" * 64
PIN = BasePin(name="registry.test/base", digest=D)


@pytest.mark.parametrize(
    ("name", "pinned", "reference"),
    [
        ("docker.io/library/debian:12", "docker.io/library/debian", "docker.io/library/debian:12"),
        ("docker.io/library/debian", "docker.io/library/debian", f"docker.io/library/debian@{D}"),
        ("registry:5000/a", "registry:5000/a", f"registry:5000/a@{D}"),
        ("registry:5000/a:1", "registry:5000/a", "registry:5000/a:1"),
    ],
)
def test_a_pin_is_what_an_engine_can_pull(name: str, pinned: str, reference: str) -> None:
    pin = BasePin(name=name, digest=D)
    assert pin.pinned == f"{pinned}@{D}"
    assert pin.reference == reference
    assert str(Reference.parse(pin.pinned)) == pin.pinned


def inputs(**fields: object) -> Inputs:
    return Inputs(**{"image": "child", "definition": child().normalised(), "base": PIN, **fields})


@pytest.mark.parametrize(
    "other",
    [
        {"context": "sha256:" + "1" * 64},
        {"base": None},
        {"platforms": ("linux/arm64",)},
        {"definition": child(labels={"a": "b"}).normalised()},
        {"definition": child(build={"args": {"A": "1"}}).normalised()},
        {"definition": child(build={"dockerfile": "other"}).normalised()},
        {"packages": "newer"},
        {"nonce": "again"},
    ],
)
def test_what_makes_bytes_changes_the_build_id(other: dict[str, object]) -> None:
    assert inputs(**other).build_id != inputs().build_id


def test_packages_and_nonce_are_no_part_of_the_source_id() -> None:
    assert inputs(packages="newer", nonce="again").source_id == inputs().source_id == inputs().build_id
    assert inputs(platforms=("linux/arm64",)).source_id != inputs().source_id


def test_what_is_demanded_and_what_is_default_changes_no_build_id() -> None:
    written = {"dockerfile": "Dockerfile", "target": "", "timeout_minutes": 5}
    same = child(stages={"lint": {"fail_on": "note"}}, build=written).normalised()
    assert same == child().normalised()
    assert inputs().build_id.startswith("5796f12fb4ff"), "a change here builds every image of everybody anew"


def plan(**fields: Any) -> BuildPlan:
    return BuildPlan(
        **{
            "inputs": inputs(),
            "definition": child().model_dump(mode="json", by_alias=True),
            "reason": Reason(why=Why.NEW),
            "date": NOW,
            "source_date_epoch": 0,
            **fields,
        }
    )


def test_what_is_asked_and_said_of_a_build_is_no_part_of_its_id() -> None:
    other = plan(
        demands=Demands(tests="sha256:1"),
        reason=Reason(why=Why.FORCED),
        date=NOW.replace(year=2027),
        source_date_epoch=7,
        automatic_channels=("dev",),
        backfill=True,
        labels={"a": "b"},
        note="a key was lost",
        judges=D,
    )
    assert other.build_id == plan().build_id == inputs().build_id
    assert other.candidate_tag == f"build-{inputs().build_id}.linux-amd64"


def test_a_version_is_the_partitions_day_in_utc_and_the_build() -> None:
    east = timezone(timedelta(hours=9))
    assert plan(date=datetime(2026, 11, 24, 3, tzinfo=east)).version == f"2026.11.23-{inputs().build_id[:8]}"


def test_a_plan_is_one_text_and_read_back_from_it() -> None:
    assert BuildPlan.model_validate_json(plan().canonical()) == plan()
    assert plan().canonical() == plan().canonical()
    assert plan(note="x").canonical() != plan().canonical()
