"""The build id covers what makes bytes, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_images.core import past
from golden_images.core.plan import SCHEMA_VERSION, BasePin, Inputs
from tests.fakes.world import child

FIXTURES = Path(__file__).parents[2] / "fixtures" / "plans"
PIN = BasePin(name="registry.test/base", digest="sha256:" + "0" * 64)


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


@pytest.mark.parametrize("name", ["web", "root"])
def test_a_plan_of_version_1_is_read(name: str) -> None:
    plan = past.parse((FIXTURES / f"version-1-{name}.json").read_bytes())
    assert plan.schema_version == 1
    assert plan.inputs.image == name
    if name == "web":
        assert plan.inputs.definition == {
            "base": {"reference": "docker.io/library/debian:bookworm-slim"},
            "build": {"args": {"HTTP_PORT": "80"}},
            "labels": {"team": "web"},
        }
    else:
        assert plan.inputs.definition == {"base": {"bootstrap": {"suite": "bookworm"}}}


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"schema_version": 1}', b'{"schema_version": 1, "inputs": 7}']
)
def test_what_is_no_plan_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's is one
        past.parse(content)


def test_a_version_of_tomorrow_is_refused() -> None:
    text = (FIXTURES / "version-1-web.json").read_text().replace('"schema_version":1', '"schema_version":99')
    assert SCHEMA_VERSION < 99
    with pytest.raises(ValueError):  # noqa: PT011
        past.parse(text.encode())
