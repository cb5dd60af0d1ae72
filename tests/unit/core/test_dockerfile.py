"""A Dockerfile as its instructions."""

from __future__ import annotations

import pytest

from golden_images.core.dockerfile import frontend, instructions, operands, options


def found(content: str) -> list[tuple[int, int, str, str]]:
    return [(one.line, one.last, one.word, one.rest) for one in instructions(content)]


def test_only_a_line_feed_ends_a_line() -> None:
    content = "FROM x\r\nRUN printf 'a\x0bb\x0c\x1c\x85\u2028c'\nUSER 1"
    assert [(line, word) for line, _, word, _ in found(content)] == [(1, "FROM"), (2, "RUN"), (3, "USER")]


def test_continued_lines_are_one_instruction_without_their_comments() -> None:
    assert found("FROM x\nRUN a \\\n  # why\n\n  && b\nUSER 1") == [
        (1, 1, "FROM", "x"),
        (2, 5, "RUN", "a && b"),
        (6, 6, "USER", "1"),
    ]


def test_a_here_document_is_no_instruction() -> None:
    assert [word for _, _, word, _ in found("FROM x\nRUN <<EOF\nCOPY nowhere /\nEOF\nUSER 1")] == [
        "FROM",
        "RUN",
        "USER",
    ]


def test_the_escape_directive_counts() -> None:
    assert found("# escape=`\nFROM x\nRUN a `\n b") == [(2, 2, "FROM", "x"), (3, 4, "RUN", "a b")]


def test_a_word_may_go_on_in_the_next_line() -> None:
    assert found("FR\\\nOM x\nRUN a \\\n\\\nb") == [(1, 2, "FROM", "x"), (3, 5, "RUN", "a b")]


def test_two_escapes_continue_nothing() -> None:
    assert [word for _, _, word, _ in found("FROM x\nRUN a\\\\\nUSER 1")] == ["FROM", "RUN", "USER"]


def test_an_option_is_whole_with_its_quotes() -> None:
    (run,) = instructions("RUN --mount='type=bind,target=/a b' --network=none true --x")
    assert options(run) == ["--mount='type=bind,target=/a b'", "--network=none"]
    assert operands(run) == "true --x"


@pytest.mark.parametrize(
    ("begin", "end"),
    [("<<EOF", "EOF"), ("<<-EOF", "\tEOF"), ("<<'E F'", "E F"), ('3<<"E"', "E"), ("<<a <<b", "a\nx\nb")],
)
def test_where_a_here_document_ends(begin: str, end: str) -> None:
    assert [word for _, _, word, _ in found(f"RUN {begin}\n EOF\n{end}\nUSER 1")] == ["RUN", "USER"]


@pytest.mark.parametrize("text", ["'${a^^}'", "\\${a^^}", '"\\${a^^}"', "${a:-b}", '"${a#b}"'])
def test_a_variable_that_the_engine_leaves_alone_ends_no_here_document(text: str) -> None:
    assert [word for _, _, word, _ in found(f"RUN echo {text} <<EOF\nFROM x\nEOF\nUSER 1")] == ["RUN", "USER"]


@pytest.mark.parametrize("text", ["${a^^}", '"${a^^}"', "\"'${a^^}'\"", "${a:?b}"])
def test_with_one_that_it_cannot_replace_there_is_none(text: str) -> None:
    assert [word for _, _, word, _ in found(f"RUN echo {text} <<EOF\nFROM x")] == ["RUN", "FROM"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("FROM scratch\n", 0),
        ("# a comment\n# syntax=docker/dockerfile:1\n", 0),
        ("FROM scratch\n# syntax=docker/dockerfile:1\n", 0),
        ("# syntax=docker/dockerfile:1\nFROM scratch\n", 1),
        ("\ufeff# check=skip=all\n#Syntax = evil\nFROM scratch\n", 2),
        ("#!/usr/bin/env docker\n# syntax=evil\nFROM scratch\n", 2),
        ("//syntax=evil\nFROM scratch\n", 1),
        (' {"syntax": "evil"}\n', 1),
    ],
)
def test_a_line_that_asks_for_another_frontend_is_found(content: str, line: int) -> None:
    assert frontend(content) == line
