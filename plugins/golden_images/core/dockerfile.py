"""A Dockerfile as its instructions, each with its lines.

Source: Dockerfile reference, "Format", "Parser directives", "Here-documents".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HEREDOC = re.compile(r"(?<!\S)\d*<<-?([\"']?)([\w.-]+)\1(?!\S)")
#: Options of RUN, COPY and ADD stand before all else.
_OPTION = re.compile(r"--[\w-]+(?:=\S*)?(?:\s+|$)")
_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(.*)")


@dataclass(frozen=True, slots=True)
class Instruction:
    """Lines count from 1, ``last`` is that of the last continued line, before any here-document."""

    line: int
    last: int
    #: The first word, in capitals.
    word: str
    #: What follows it, on one line; comments and blank lines inside are dropped.
    rest: str


@dataclass(frozen=True, slots=True)
class Directive:
    line: int
    #: In lower case.
    key: str
    value: str


def lines_of(content: str) -> list[str]:
    """As engines count them: a vertical tab or a line separator of Unicode ends none."""
    return [line.removesuffix("\r") for line in content.removeprefix("\ufeff").split("\n")]


def directives(lines: Sequence[str]) -> Iterator[Directive]:
    """The parser directives: they stand above all else."""
    for number, line in enumerate(lines, 1):
        match = _DIRECTIVE.fullmatch(line.strip())
        if match is None:
            return
        yield Directive(number, match[1].lower(), match[2])


def instructions(content: str) -> Iterator[Instruction]:
    """Every instruction, known or not, without the bodies of its here-documents."""
    lines = lines_of(content)
    escape = next((one.value for one in directives(lines) if one.key == "escape"), "\\")
    index = 0
    while index < len(lines):
        first, text = index, lines[index].strip()
        index += 1
        if not text or text.startswith("#"):
            continue
        while text.endswith(escape) and index < len(lines):
            following = lines[index].strip()
            index += 1
            if following and not following.startswith("#"):
                text = f"{text[: -len(escape)].rstrip()} {following}"
        last = index
        word, *rest = text.split(maxsplit=1)
        if word.upper() in {"RUN", "COPY", "ADD"}:
            for heredoc in _HEREDOC.finditer(text):
                while index < len(lines) and lines[index].strip() != heredoc[2]:
                    index += 1
                index += 1
        yield Instruction(first + 1, last, word.upper(), "".join(rest))


def options(one: Instruction) -> list[str]:
    """Of RUN, COPY and ADD: ``--from=build``, ``--mount=type=cache,target=/c``."""
    found, rest = [], one.rest if one.word in {"RUN", "COPY", "ADD"} else ""
    while match := _OPTION.match(rest):
        found.append(match[0].strip())
        rest = rest[match.end() :]
    return found


def operands(one: Instruction) -> str:
    """What follows the options."""
    rest = one.rest
    while match := _OPTION.match(rest):
        rest = rest[match.end() :]
    return rest
