"""A Dockerfile as its instructions."""

from __future__ import annotations

from golden_images.core.dockerfile import instructions


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
