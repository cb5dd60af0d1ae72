"""Finding the Dockerfile line that a BuildKit step came from.

BuildKit 20.10 names a step ``[stage 2/5] RUN make`` and gives no position: continuation lines are
joined, variables are replaced. The line is found by text, and by the step's number among equals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_STEP = re.compile(r"\[(?:(?P<stage>\S+) +)?(?P<number>\d+)/\d+\] (?P<text>.*)", re.DOTALL)
_PARSE_ERROR = re.compile(r"dockerfile parse error line (?P<line>\d+)")
_VARIABLE = re.compile(r"\$(?:\w+|\{[^}]*\})")
_ESCAPE = re.compile(r"#\s*escape\s*=\s*(\S)", re.IGNORECASE)
_DIRECTIVE = re.compile(r"#\s*\w+\s*=")
_NUMBERED = ("FROM", "RUN", "COPY", "ADD", "WORKDIR")


@dataclass(frozen=True, slots=True)
class Instruction:
    """``line`` counts from 1; ``number`` is the step's in its stage; ``text`` is on one line."""

    line: int
    stage: str
    number: int
    text: str


def instructions(dockerfile: str) -> list[Instruction]:
    """Every instruction with its first line; comments and blank lines inside are dropped."""
    lines = dockerfile.splitlines()
    escape = _escape(lines)
    found: list[Instruction] = []
    stage, number, stages = "", 0, 0
    index = 0
    while index < len(lines):
        first, parts = index + 1, []
        if not lines[index].strip() or lines[index].lstrip().startswith("#"):
            index += 1
            continue
        while index < len(lines):
            part = lines[index].strip()
            index += 1
            if not part or part.startswith("#"):
                continue
            if not part.endswith(escape):
                parts.append(part)
                break
            parts.append(part[: -len(escape)])
        text = _one_line(" ".join(parts))
        word = text.split(" ", 1)[0]
        if word == "FROM":
            named = re.search(r"\sAS\s+(\S+)$", text, re.IGNORECASE)
            stage, number = (named[1] if named else f"stage-{stages}"), 0
            stages += 1
        number += word in _NUMBERED
        found.append(Instruction(first, stage, number, text))
    return found


def locate(dockerfile: str, step: str, error: str = "") -> Instruction | None:
    """The instruction behind a step's name, or the line that a parse error names; None if neither."""
    known = instructions(dockerfile)
    if parse := _PARSE_ERROR.search(error):
        line = int(parse["line"])
        return next((i for i in reversed(known) if i.line <= line), None)
    match = _STEP.fullmatch(step)
    if match is None:
        return None
    text, number, stage = _one_line(match["text"]), int(match["number"]), match["stage"] or ""
    equal = [i for i in known if _pattern(i.text).fullmatch(text)]
    # Names of stages are lost when there is one only; prefer them where both are known.
    same = [i for i in equal if i.stage.lower() == stage.lower()] or equal
    return next((i for i in same if i.number == number), same[0] if same else None)


def _escape(lines: list[str]) -> str:
    for line in lines:
        if not _DIRECTIVE.match(line.strip()):
            break
        if directive := _ESCAPE.match(line.strip()):
            return directive[1]
    return "\\"


def _one_line(text: str) -> str:
    word, _, rest = " ".join(text.split()).partition(" ")
    return f"{word.upper()} {rest}".strip()


def _pattern(text: str) -> re.Pattern[str]:
    """``text`` with every variable standing for anything."""
    return re.compile(".*".join(re.escape(part) for part in _VARIABLE.split(text)), re.DOTALL)
