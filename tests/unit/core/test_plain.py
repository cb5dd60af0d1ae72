from __future__ import annotations

from pathlib import Path

import pytest

from golden_images.core import plain
from golden_images.core.plain import MAX_DEPTH, field_name
from golden_images.core.source import Source


def source(text: str) -> Source:
    return Source(Path("image.yaml"), text.encode())


def told(text: str) -> list[tuple[int, int, str, str]]:
    return [(one.line, one.column, one.field, one.message) for one in source(text).problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("22:30", "22:30"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("2026-11-23", "2026-11-23"),
        (".inf", ".inf"),
        ("1e3", "1e3"),
        ("010", "010"),
        ("-007", "-007"),
        ("0o12", "0o12"),
        ("00.5", "00.5"),
        ("0", 0),
        ("+12", 12),
        ("0.5", 0.5),
        ("-7", -7),
        ("3.10", 3.1),
        ("!!str 3.10", "3.10"),
        ("'3.10'", "3.10"),
        ("off", False),
        ("Yes", True),
        ("~", None),
        ("", None),
        ("=", "="),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_scalars(text: str, value: object) -> None:
    found = source(f"a: {text}\n")
    assert found.data == {"a": value}
    assert found.problems == []


def test_an_alias_is_its_value() -> None:
    assert source("a: &x [1, 2]\nb: *x\n").data == {"a": [1, 2], "b": [1, 2]}


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("a: 1\nb:\n  c: 2\n  c: 3\n", (4, 3, "b.c"), "duplicate key; the first is in line 3"),
        ("a: 1\n<<: {b: 2}\n", (2, 1, "<<"), "merge keys are not supported; write the values out"),
        ("? [a]\n: 1\n", (1, 3, ""), "a key is text, not a list"),
        ("a:\n  - !!binary aGk=\n", (2, 5, "a[0]"), "the tag !!binary is not supported"),
        ("a: !own {b: 1}\n", (1, 4, "a"), "the tag !own is not supported"),
        ("a: !!set {b}\n", (1, 4, "a"), "the tag !!set is not supported"),
    ],
)
def test_what_yaml_allows_and_a_definition_does_not(
    text: str, where: tuple[int, int, str], message: str
) -> None:
    assert told(text) == [(*where, message)]


def test_what_is_sound_beside_a_fault_is_still_read() -> None:
    """So that one run of check tells everything."""
    found = source("a: 1\nb: !own 2\nc: 3\nc: 4\n")
    assert found.data == {"a": 1, "b": None, "c": 3}


def test_an_alias_bomb_is_told_once_and_gives_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "MAX_VALUES", 100)
    lines = ["a0: &a0 [x, x, x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, 9)]
    found = source("\n".join(lines))
    assert found.data is None
    assert [one.message for one in found.problems] == ["too many values (aliases count where they are used)"]


def test_depth_through_aliases_counts() -> None:
    half = MAX_DEPTH - 4
    bomb = f"a: &a {'[' * half}x{']' * half}\nb: {'[' * half}*a{']' * half}\n"
    found = source(bomb)
    assert [(one.field, one.message) for one in found.problems] == [
        ("b", "nested too deeply (aliases count where they are used)")
    ]


def test_field_names() -> None:
    assert field_name(("build", "platforms", 0)) == "build.platforms[0]"
    assert field_name(()) == ""
