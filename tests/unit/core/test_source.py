from __future__ import annotations

from pathlib import Path

import pytest

from golden_images.core.source import MAX_BYTES, Source

PATH = Path("image.yaml")


def source(text: str) -> Source:
    return Source(PATH, text.encode())


def messages(found: Source) -> list[str]:
    return [problem.message for problem in found.problems]


def test_positions_count_characters_not_bytes() -> None:
    found = source("a: {ä: 1, b: 2}\n")
    problem = found.problem(("a", "b"), "is wrong")
    assert (problem.line, problem.column) == (1, 14)
    assert str(problem).splitlines()[2].index("^") - 4 == problem.source.index("2")


def test_the_caret_stands_below_its_column_behind_tabs() -> None:
    problem = source("a:\t[x]\n").problem(("a", 0), "is wrong")
    line, caret = str(problem).splitlines()[1:]
    assert caret == "      \t ^"
    assert line == "    a:\t[x]"


def test_positions_of_parts_that_are_not_there_are_those_of_what_holds_them() -> None:
    found = source("a: 1\nb:\n  - c: 2\n")
    assert found.problem(("b", 0, "d"), "is missing").line == 3
    assert found.problem(("nothing",), "is missing").line == 1


def test_windows_line_ends_are_no_part_of_the_line() -> None:
    problem = source("a: 1\r\nb: 2\r\n").problem(("b",), "is wrong")
    assert (problem.line, problem.source) == (2, "b: 2")


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "? " * 100_000, "a: " + "{a: " * 60_000])
def test_depth_that_would_kill_the_process_is_a_problem(text: str) -> None:
    """libyaml's composer overflows the C stack on these."""
    assert messages(source(text)) == ["nested too deeply"]


def test_many_openings_on_one_level_are_fine() -> None:
    assert source("a: '" + "[" * 5000 + "'\n").data == {"a": "[" * 5000}


@pytest.mark.parametrize("size", [100, 8191, 8192, 8193, MAX_BYTES, MAX_BYTES + 1])
def test_a_file_is_read_whole_or_not_at_all(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: " + b"b" * (size - 3))
    source = Source.read(path)
    if size > MAX_BYTES:
        assert messages(source) == ["the file is larger than 256 KiB"]
    else:
        assert source.data == {"a": "b" * (size - 3)}


def test_a_file_that_is_too_large_is_not_read() -> None:
    assert messages(Source(PATH, b"a" * (MAX_BYTES + 1))) == ["the file is larger than 256 KiB"]


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    found = Source.read(tmp_path)
    assert found.data is None
    assert messages(found) == ["cannot be read: Is a directory"]


def test_control_characters_do_not_reach_the_terminal() -> None:
    text = str(source('"\\e[31m": 1\n').problem(("\x1b[31m",), "unknown key"))
    assert "\x1b" not in text
