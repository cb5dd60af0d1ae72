from __future__ import annotations

from pathlib import Path

from golden_images.core.problem import Problem, closest

WHOLE = Problem(Path("/project/web.yaml"), 3, 5, "build.args", "is missing", "  a: x", "b")


def test_a_problem_is_where_what_and_what_was_meant() -> None:
    assert str(WHOLE).splitlines() == [
        "/project/web.yaml:3:5: build.args: is missing",
        "      a: x",
        "        ^",
        "    did you mean b?",
    ]


def test_it_is_named_as_the_reader_names_the_file() -> None:
    assert WHOLE.text(Path("web.yaml")).startswith("web.yaml:3:5: ")
    assert WHOLE.as_json(Path("web.yaml")) == {
        "path": "web.yaml",
        "line": 3,
        "column": 5,
        "field": "build.args",
        "message": "is missing",
        "source": "  a: x",
        "suggestion": "b",
    }


def test_what_is_about_a_whole_file_is_one_line() -> None:
    assert str(Problem(Path("a.yaml"), 1, 1, "", "the file is empty", " ")) == "a.yaml:1:1: the file is empty"


def test_nothing_of_a_file_moves_the_terminal_or_turns_a_line_around() -> None:
    hostile = "a\x1b[2J\x9b\u202eb\u2066\r\x7f"
    shown = str(Problem(Path("a.yaml"), 1, 1, hostile, hostile, hostile, hostile))
    assert shown.count("a�[2J��b���") == 4
    assert len(shown.splitlines()) == 4


def test_tabs_stay_so_that_the_caret_stands_below() -> None:
    _, line, caret = str(Problem(Path("a.yaml"), 1, 4, "", "is wrong", "\ta\tb")).splitlines()
    assert (line, caret) == ("    \ta\tb", "    \t \t^")


def test_the_nearest_word_whatever_its_case() -> None:
    known = ["bookworm", "trixie", "Berlin"]
    assert closest("bokworm", known) == "bookworm"
    assert closest("BERLIN", known) == "Berlin"
    assert closest("sid", known) == ""
    assert closest("", []) == ""
