"""What an author is told, word for word, and where. A definition's own faults: tests/golden."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

import pytest
from pydantic import Field, model_validator

from golden_images.core.closed import Closed
from golden_images.core.explain import validate
from golden_images.core.fields import ChannelNames, Name, wrong
from golden_images.core.source import Source


class Inner(Closed):
    count: int = Field(default=1, ge=1, le=9)
    mode: Literal["fast", "slow"] = "fast"
    ratio: float = 1.0

    @model_validator(mode="after")
    def _slow_is_one(self) -> Self:
        if self.mode == "slow" and self.count > 3:
            raise wrong("is too much for slow", at="count")
        return self


class Model(Closed):
    schema_: Literal[1] = Field(alias="schema")
    name: Name | None = None
    text: str = Field(default="x", min_length=1)
    short: Annotated[str, Field(max_length=3)] = ""
    on: bool = True
    inner: Inner = Inner()
    by_name: dict[Name, Inner] = Field(default_factory=dict)
    several: tuple[Inner, ...] = ()
    channels: ChannelNames = ()


def told(text: str) -> list[str]:
    """Without ``schema: 1``, which stands in the first line."""
    model, problems = validate(Source(Path("a.yaml"), f"schema: 1\n{text}\n".encode()), Model)
    assert model is None
    return [
        f"{one.line}:{one.column} {one.field}: {one.message}"
        + (f" ({one.suggestion}?)" if one.suggestion else "")
        for one in problems
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nam: x", "2:1 nam: unknown key (name?)"),
        (
            "zzzzz: x",
            "2:1 zzzzz: unknown key; known are by_name, channels, inner, name, on, schema, several, short,"
            " text",
        ),
        ("inner: {cuont: 1}", "2:9 inner.cuont: unknown key (count?)"),
        ("by_name: {a: {cuont: 1}}", "2:15 by_name.a.cuont: unknown key (count?)"),
        ("several: [{cuont: 1}]", "2:12 several[0].cuont: unknown key (count?)"),
        ("text: 3.10", '2:7 text: 3.10 is a number in YAML, and text is needed; write it in quotes: "3.10"'),
        ("text: no", '2:7 text: no is true or false in YAML, and text is needed; write it in quotes: "no"'),
        ("text: ~", "2:7 text: expected text, found nothing"),
        ("text: [a]", "2:7 text: expected text, found a list"),
        ("text: ''", "2:7 text: must not be empty"),
        ("short: abcd", "2:8 short: has 4 characters, at most 3 are allowed"),
        ("on: 'yes'", "2:5 on: expected true or false, found the text 'yes'"),
        ("on: 1", "2:5 on: expected true or false, found the number 1"),
        ("inner: 5", "2:8 inner: expected keys and values, found the number 5"),
        ("inner: [5]", "2:8 inner: expected keys and values, found a list"),
        ("several: {a: 1}", "2:10 several: expected a list, found keys and values"),
        ("channels: dev", "2:11 channels: expected a list, found text; write it as [dev]"),
        ("channels: [dev, build-1]", "2:17 channels[1]: 'build-1' is reserved: build-…, sha256-…, dates and"
         " ….release, .move, .judgement, .plan are tags of ours"),
        ("channels: [dev, dev]", "2:17 channels[1]: 'dev' is named twice"),
        ("inner: {count: 0}", "2:16 inner.count: 0 is too small; the least is 1"),
        ("inner: {count: 10}", "2:16 inner.count: 10 is too large; the most is 9"),
        ("inner: {count: 1.5}", "2:16 inner.count: expected a whole number, found the number 1.5"),
        (
            "inner: {count: 010}",
            "2:16 inner.count: expected a whole number, found the text '010'; a number is written in decimal"
            " digits alone, with no 0 in front",
        ),
        ("inner: {count: many}", "2:16 inner.count: expected a whole number, found the text 'many'"),
        ("inner: {count: yes}", "2:16 inner.count: expected a whole number, found yes"),
        ("inner: {ratio: x}", "2:16 inner.ratio: expected a number, found the text 'x'"),
        ("inner: {mode: fsat}", "2:15 inner.mode: 'fsat' is not one of fast, slow (fast?)"),
        ("inner: {mode: 7}", "2:15 inner.mode: 7 is not one of fast, slow"),
        ("inner: {mode: slow, count: 4}", "2:21 inner.count: is too much for slow"),
        ("name: A", "2:7 name: 'A' is no name (lower-case letters and digits, with . _ - between)"),
        ("by_name: {A: {}}", "2:11 by_name.A: 'A' is no name (lower-case letters and digits, with . _ -"
         " between)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place(text: str, message: str) -> None:
    assert told(text) == [message]


def test_a_number_in_quotes_is_told_to_lose_them() -> None:
    model, problems = validate(Source(Path("a.yaml"), b"schema: '1'\n"), Model)
    assert model is None
    assert [one.message for one in problems] == ["is to be written without quotes: 1"]


def test_what_is_missing_is_told_where_it_would_stand() -> None:
    model, problems = validate(Source(Path("a.yaml"), b"text: x\n"), Model)
    assert model is None
    assert [(one.line, one.field, one.message) for one in problems] == [(1, "schema", "is missing")]


def test_everything_is_told_at_once() -> None:
    """What YAML itself refuses, what is hidden, and what the model refuses."""
    assert told('text: "a\\u202e"\ntext: b\ninner: {count: 0}') == [
        "3:1 text: duplicate key; the first is in line 2",
        "2:7 text: holds U+202E, which turns the direction of writing around",
        "4:16 inner.count: 0 is too small; the least is 1",
    ]


def test_a_file_with_a_fault_of_yaml_alone_gives_no_model() -> None:
    assert told("text: a\ntext: b") == ["3:1 text: duplicate key; the first is in line 2"]


def test_what_is_no_yaml_is_told_as_that() -> None:
    model, problems = validate(Source(Path("a.yaml"), b"- a\n"), Model)
    assert model is None
    assert [one.message for one in problems] == ["expected keys and values, found a list"]


def test_a_sound_file_is_its_model() -> None:
    text = b"schema: 1\nname: web\ninner: {count: 3, mode: slow}\n"
    model, problems = validate(Source(Path("a.yaml"), text), Model)
    assert problems == []
    assert model == Model(schema=1, name="web", inner=Inner(count=3, mode="slow"))
