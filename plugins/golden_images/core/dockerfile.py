"""A Dockerfile as its instructions, each with its lines: as the engine reads it, to the letter, because
what it takes from must not hide from us.

Source: Dockerfile reference, "Format", "Parser directives", "Here-documents".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HEREDOC = re.compile(r"[0-9]*<<(-?)([^<]+)")
#: A word of a shell: quotes hold it together.
_WORD = re.compile(r"""(?:[^\s"'\\]|\\(?:.|$)|"(?:\\.|[^"\\])*"|'[^']*')+""")
_QUOTED = re.compile(r"""\\(.)|["']""")
#: What is no variable: single quotes outside of double ones, and what is escaped.
_LITERAL = re.compile(r"""\\.|'[^']*'|("(?:\\.|[^"\\])*")""")
#: With any other modifier the engine reads no words, and so no here-document, on that line.
_ODD_VARIABLE = re.compile(r"\$\{(?!\w+(?:\}|:?[-+]|[#%/]))")
#: Options of RUN, COPY and ADD stand before all else; quotes hold one together.
_OPTION = re.compile(
    r"""--(?!\s|$)(?:[^\s"'\\]|\\(?:.|$)|"(?:\\.|[^"\\])*(?:"|$)|'(?:\\.|[^'\\])*(?:'|$))+(?:\s+|$)"""
)
_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+)")
#: As the engine looks for a frontend: in comments of other languages, too.
_ANY_DIRECTIVE = re.compile(r"(?:#|//)\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+)")
_ESCAPES = ("\\", "`")
_FILES = frozenset({"RUN", "COPY", "ADD"})


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


def frontend(content: str) -> int:
    """The line that has an engine fetch another frontend to build with; 0 if none does.

    Source: BuildKit, frontend/dockerfile/parser, ``DetectSyntax``.
    """
    if content.removeprefix("\ufeff").lstrip().startswith("{"):
        return 1
    for number, line in enumerate(lines_of(content), 1):
        match = _ANY_DIRECTIVE.fullmatch(line.strip())
        if match is not None and match[1].lower() == "syntax":
            return number
        if match is None and not (number == 1 and line.startswith("#!")):
            return 0
    return 0


def instructions(content: str) -> Iterator[Instruction]:
    """Every instruction, known or not, without the bodies of its here-documents."""
    lines = lines_of(content)
    given = [one.value for one in directives(lines) if one.key == "escape" and one.value in _ESCAPES]
    escape = re.escape(given[0] if given else _ESCAPES[0])
    # Two in a row are none, and nothing but blanks and tabs may follow.
    continued = re.compile(rf"(?:^|(?<!{escape})){escape}[ \t]*$")
    index = 0
    while index < len(lines):
        first, text = index, lines[index].strip("\r").lstrip()
        index += 1
        if not text or text.startswith("#"):
            continue
        parts = []
        while (end := continued.search(text)) and index < len(lines):
            following = lines[index].rstrip("\r")
            index += 1
            if following.strip() and not following.lstrip().startswith("#"):
                parts.append(text[: end.start()])
                text = following
        last = index
        whole = _joined([*parts, text])
        word, *rest = whole.split(maxsplit=1)
        for name, tabs in _heredocs(word.upper(), "".join(rest)):
            while index < len(lines):
                line = lines[index].rstrip("\r")
                index += 1
                if (line.lstrip("\t") if tabs else line) == name:
                    break
        yield Instruction(first + 1, last, word.upper(), "".join(rest))


def _joined(parts: Sequence[str]) -> str:
    """Continued lines as one: a word may go on in the next one; the indentation counts as one blank."""
    pieces: list[str] = []
    apart = False
    for part in parts:
        apart = apart or part[:1].isspace()
        if piece := part.strip():
            pieces.append(f" {piece}" if apart and pieces else piece)
            apart = part[-1:].isspace()
    return "".join(pieces)


def _heredocs(word: str, rest: str) -> list[tuple[str, bool]]:
    """Each one's last line, and whether tabs may stand before that."""
    if word == "ONBUILD":
        word, _, rest = rest.partition(" ")
    if word.upper() not in _FILES or "<<" not in rest:
        return []
    found, place = [], 0
    while place < len(rest):
        if rest[place].isspace():
            place += 1
            continue
        match = _WORD.match(rest, place)
        if match is None or _ODD_VARIABLE.search(_LITERAL.sub(_unescaped, match[0])):
            return []  # Of a quote that does not end, or what cannot be replaced, there are no words.
        place = match.end()
        if heredoc := _HEREDOC.fullmatch(match[0]):
            found.append((_unquoted(heredoc[2]), bool(heredoc[1])))
    return found


def _unescaped(match: re.Match[str]) -> str:
    return re.sub(r"\\.", "", match[1] or "")


def _unquoted(text: str) -> str:
    return _QUOTED.sub(lambda match: match[1] or "", text)


def options(one: Instruction) -> list[str]:
    """Of RUN, COPY and ADD, as they are written: ``--from=build``, ``--mount=type=cache,target=/c``."""
    return [match[0].strip() for match in _options(one)] if one.word in _FILES else []


def operands(one: Instruction) -> str:
    """What follows the options."""
    end = 0
    for match in _options(one):
        end = match.end()
    return one.rest[end:]


def _options(one: Instruction) -> Iterator[re.Match[str]]:
    place = 0
    while match := _OPTION.match(one.rest, place):
        yield match
        place = match.end()
