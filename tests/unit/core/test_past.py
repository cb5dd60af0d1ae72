from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from golden_images.core import past
from golden_images.core.plan import SCHEMA_VERSION, BuildPlan, Inputs
from golden_images.core.reason import Reason, Why
from tests.fakes.world import NOW, child

FIXTURES = Path(__file__).parents[2] / "fixtures" / "plans"
PLAN = BuildPlan(
    inputs=Inputs(image="web", definition={"base": {"image": "root"}}),
    definition=child().model_dump(mode="json", by_alias=True),
    reason=Reason(why=Why.NEW),
    date=NOW,
    source_date_epoch=0,
)


def version_1(**inputs: Any) -> bytes:
    """As the version before wrote it: options in the inputs, defaults written out."""
    document = json.loads(PLAN.canonical())
    document |= {"schema_version": 1, "inputs": {"image": "web", "context": "sha256:1", **inputs}}
    del document["demands"]
    return json.dumps(document).encode()


DEFINITION = {
    "base": {"image": "root", "reference": None, "bootstrap": None, "versions": None},
    "build": {"dockerfile": "Dockerfile", "target": "", "args": {"A": "1"}, "timeout_minutes": 60},
    "labels": {"team": "web"},
    "stages": {"lint": {"ignore": ["DL3008"]}},
}


def test_todays_plan_is_read_as_it_was_written() -> None:
    assert past.parse(PLAN.canonical()) == PLAN


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


def test_of_version_1_what_makes_bytes_and_what_is_demanded_come_apart() -> None:
    plan = past.parse(version_1(definition=DEFINITION, args={"A": "1"}))
    assert plan.inputs == Inputs(
        image="web",
        context="sha256:1",
        definition={
            "base": {"image": "root"},
            "build": {"args": {"A": "1"}},
            "labels": {"team": "web"},
        },
    )
    assert plan.demands.stages["lint"].options == {"ignore": ["DL3008"]}
    assert plan.demands.tests == ""
    assert plan.schema_version == 1


@pytest.mark.parametrize("inputs", [{}, {"definition": "text"}, {"definition": {"build": {}}}])
def test_a_plan_of_version_1_without_its_parts_is_refused(inputs: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"inputs cannot be read|Base"):
        past.parse(version_1(**inputs))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"null", b"\xff", b'{"schema_version": 1}', b'{"schema_version": 1, "inputs": 7}'],
)
def test_what_is_no_plan_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's is one
        past.parse(content)


def test_a_version_that_is_not_known_is_named() -> None:
    later = json.dumps({**json.loads(PLAN.canonical()), "schema_version": SCHEMA_VERSION + 1})
    with pytest.raises(
        ValueError, match=f"version {SCHEMA_VERSION + 1}, this program knows {SCHEMA_VERSION}"
    ):
        past.parse(later.encode())
