"""What free texts may hold, asked through the definitions that have them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.fakes.world import child, definition


@pytest.mark.parametrize(
    "fields",
    [
        {"description": "Two lines:\n\tthe second is set in."},
        {"labels": {"org.example.team/cost_centre": "4711\n"}},
        {"build": {"args": {"NOTE": "two\nlines"}, "target": "run-time"}},
        {"build": {"target": "1"}},
        {"stages": {"lint": {"ignore": ["DL3008", "SC2086"]}, "test": {"tmpfs": ["/tmp", "/var/run/app.d"]}}},
    ],
)
def test_what_is_meant_is_taken(fields: dict[str, Any]) -> None:
    child(**fields)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"description": "red \x1b[31m"}, "U+001B"),
        ({"owner": "platform\nroot"}, "one line"),
        ({"tags": ["a\tb"]}, "one line"),
        ({"labels": {"a b": "c"}}, "no name of a label"),
        ({"labels": {"": "c"}}, "no name of a label"),
        ({"labels": {"io.golden-images.x": "c"}}, "reserved"),
        ({"build": {"target": "a b"}}, "no stage"),
        ({"build": {"dockerfile": "--config=x"}}, "begins with a dash"),
        ({"build": {"context": "folder/-x"}}, "begins with a dash"),
        ({"build": {"context": "a" * 256}}, "at most 255"),
        ({"stages": {"lint": {"ignore": ["DL3008 --no-fail"]}}}, "no rule"),
        ({"stages": {"test": {"tmpfs": ["/tmp:exec,suid"]}}}, "no absolute path"),
        ({"stages": {"test": {"tmpfs": ["/"]}}}, "no absolute path"),
        ({"stages": {"test": {"tmpfs": ["/tmp/../etc"]}}}, "no absolute path"),
        ({"stages": {"test": {"suite": "-x"}}}, "begins with a dash"),
    ],
)
def test_what_would_be_more_than_is_meant_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        child(**fields)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "bootstrap",
    [
        {"packages": ["-oDPkg::Pre-Invoke::=id"]},
        {"packages": ["curl", "curl"]},
        {"components": []},
        {"components": ["main\ndeb http://evil.test x main"]},
        {"mirror": "file:///srv"},
        {"suite": "-o"},
    ],
)
def test_a_root_base_takes_debians_words_alone(bootstrap: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        definition("root", base={"bootstrap": {"suite": "bookworm", **bootstrap}})
