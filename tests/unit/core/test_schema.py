"""The editors' schema must take what the models take, and refuse what a closed schema refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

INCLUDE = Path(__file__).parents[3] / "include"


def validator(name: str) -> Draft202012Validator:
    content = json.loads((INCLUDE / "schema" / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(content)
    return Draft202012Validator(content)


@pytest.mark.parametrize("path", sorted((INCLUDE / "images").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_examples_are_valid_and_name_the_schema(path: Path) -> None:
    validator("image").validate(yaml.safe_load(path.read_text()))
    assert path.read_text().startswith("# yaml-language-server: $schema=../schema/image.schema.json\n")


def test_the_organisations_file_is_valid() -> None:
    validator("organisation").validate(yaml.safe_load((INCLUDE / "golden_images.yaml").read_text()))


@pytest.mark.parametrize("kind", ["policies", "waivers"])
def test_the_rules_are_valid_and_name_the_schema(kind: str) -> None:
    name = {"policies": "policy", "waivers": "waiver"}[kind]
    for path in (INCLUDE / kind).glob("*.yaml"):
        validator(name).validate(yaml.safe_load(path.read_text()))
        assert path.read_text().startswith(f"# yaml-language-server: $schema=../schema/{name}.schema.json\n")


@pytest.mark.parametrize(
    "change",
    [
        {"vulnerabilities": [{"severity": "hgih"}]},
        {"vulnerabilities": [{"severity": "high", "action": "pass"}]},
        {"scanners": ["clair"]},
        {"ages": {"base": 3}},
        {"colour": "red"},
    ],
)
def test_what_is_no_policy_the_editor_refuses(change: dict[str, Any]) -> None:
    sound = {"schema": 1, "name": "a", "vulnerabilities": [{"severity": "high", "fixed": True}]}
    assert validator("policy").is_valid(sound)
    assert not validator("policy").is_valid(sound | change)


@pytest.mark.parametrize("change", [{"owner": None}, {"status": "wontfix"}, {"images": []}, {"expires": 3}])
def test_what_is_no_waiver_the_editor_refuses(change: dict[str, Any]) -> None:
    sound = {
        "finding": "CVE-2026-1",
        "images": ["web"],
        "status": "fixed",
        "owner": "a",
        "reason": "b",
        "expires": "2026-12-31",
    }
    assert validator("waiver").is_valid({"schema": 1, "waivers": [sound]})
    assert not validator("waiver").is_valid({"schema": 1, "waivers": [sound | change]})


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"base": {"image": "a", "reference": "b"}},
        {"base": {}},
        {"stages": {"lnt": {}}},
        {"stages": {"lint": {"fail_on": "never"}}},
        {"schema": 2},
    ],
)
def test_what_the_models_refuse_the_editor_refuses(change: dict[str, Any]) -> None:
    sound = {"schema": 1, "name": "a", "description": "b", "owner": "c", "base": {"image": "d"}}
    assert validator("image").is_valid(sound)
    assert not validator("image").is_valid(sound | change)


def test_every_stage_with_options_is_described() -> None:
    content = json.loads((INCLUDE / "schema" / "image.schema.json").read_text())
    for name, entry in content["$defs"]["Stages"]["properties"].items():
        assert content["$defs"][entry["$ref"].rpartition("/")[2]]["description"], name
