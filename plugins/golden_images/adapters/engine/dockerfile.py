"""Finding the Dockerfile line that a BuildKit step came from.

BuildKit names a step ``[stage 2/5] RUN make`` and gives no position: continuation lines are
joined, variables are replaced. The line is found by text, and by the step's number among equals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from golden_images.core import dockerfile

_STEP = re.compile(r"\[(?:(?P<stage>\S+) +)?(?P<number>\d+)/\d+\] (?P<text>.*)", re.DOTALL)
_PARSE_ERROR = re.compile(r"dockerfile parse error (?:on )?line (?P<line>\d+)")
_VARIABLE = re.compile(r"\$(?:\w+|\{[^}]*\})")
_NUMBERED = ("FROM", "RUN", "COPY", "ADD", "WORKDIR")


@dataclass(frozen=True, slots=True)
class Instruction:
    """``line`` counts from 1; ``number`` is the step's in its stage; ``text`` is on one line."""

    line: int
    stage: str
    number: int
    text: str


def instructions(content: str) -> list[Instruction]:
    """Every instruction with its first line and its place among the steps."""
    found: list[Instruction] = []
    stage, number, stages = "", 0, 0
    for one in dockerfile.instructions(content):
        text = _one_line(f"{one.word} {one.rest}")
        if one.word == "FROM":
            named = re.search(r"\sAS\s+(\S+)$", text, re.IGNORECASE)
            stage, number = (named[1] if named else f"stage-{stages}"), 0
            stages += 1
        number += one.word in _NUMBERED
        found.append(Instruction(one.line, stage, number, text))
    return found


def locate(content: str, step: str, error: str = "") -> Instruction | None:
    """The instruction behind a step's name, or the line that a parse error names; None if neither."""
    known = instructions(content)
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


def _one_line(text: str) -> str:
    word, _, rest = " ".join(text.split()).partition(" ")
    return f"{word.upper()} {rest}".strip()


def _pattern(text: str) -> re.Pattern[str]:
    """``text`` with every variable standing for anything."""
    return re.compile(".*".join(re.escape(part) for part in _VARIABLE.split(text)), re.DOTALL)
