"""Whether a Dockerfile can be built on a base by digest: the one question asked of it before a build.

Source: Dockerfile reference, "Format", "FROM", "ARG", "Here-documents".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_HEREDOC = re.compile(r"(?<!\S)\d*<<-?([\"']?)([A-Za-z_][A-Za-z0-9_]*)\1(?!\S)")
_BASE = re.compile(r"\$BASE|\$\{BASE(?::?-[^}]*)?\}")
_ESCAPE = re.compile(r"#\s*escape\s*=\s*`\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    line: int
    message: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class _Stage:
    line: int
    image: str
    name: str


def unpinned(content: str, target: str = "") -> Fault | None:
    """Why ``target`` (or the last stage) is not built on ``ARG BASE``; None if it is."""
    declared = False
    stages: list[_Stage] = []
    for line, instruction, rest in _instructions(content):
        if instruction == "ARG" and not stages:
            declared = declared or any(word.partition("=")[0] == "BASE" for word in rest.split())
        elif instruction == "FROM":
            words = [word for word in rest.split() if not word.startswith("--")]
            named = len(words) == 3 and words[1].lower() == "as"
            stages.append(_Stage(line, words[0] if words else "", words[2].lower() if named else ""))
    if not stages:
        return Fault(1, "has no FROM", "ARG BASE, then FROM ${BASE}")
    stage = _final(stages, target)
    if stage is None:
        return Fault(stages[-1].line, f"there is no stage {target!r}, which build.target names")
    root = _root(stages, stage)
    if not _BASE.fullmatch(root.image):
        message = f"the image is built from {root.image}, so its base cannot be pinned by digest"
        return Fault(root.line, message, "FROM ${BASE}")
    if not declared:
        return Fault(root.line, "BASE is not declared before the first FROM", "ARG BASE, a line of its own")
    return None


def _final(stages: list[_Stage], target: str) -> _Stage | None:
    if not target:
        return stages[-1]
    if target.isdigit() and int(target) < len(stages):
        return stages[int(target)]
    return next((stage for stage in stages if stage.name == target.lower()), None)


def _root(stages: list[_Stage], stage: _Stage) -> _Stage:
    """The first of the stages that ``stage`` is built on through their names."""
    earlier = stages[: stages.index(stage)]
    for other in reversed(earlier):
        if other.name and other.name == stage.image.lower():
            return _root(stages, other)
    return stage


def _instructions(content: str) -> Iterator[tuple[int, str, str]]:
    """Line, instruction in capitals, and the rest, with continued lines joined."""
    lines = content.splitlines()
    escape = "`" if lines and _ESCAPE.fullmatch(lines[0]) else "\\"
    index = 0
    while index < len(lines):
        start, text = index, lines[index]
        index += 1
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        while text.rstrip().endswith(escape) and index < len(lines):
            following = lines[index]
            index += 1
            if following.strip() and not following.lstrip().startswith("#"):
                text = f"{text.rstrip()[:-1]} {following}"
        match = _INSTRUCTION.match(text)
        if match is None:
            continue
        instruction = match[1].upper()
        if instruction in {"RUN", "COPY", "ADD"}:
            for heredoc in _HEREDOC.finditer(text):
                while index < len(lines) and lines[index].strip() != heredoc[2]:
                    index += 1
                index += 1
        yield start + 1, instruction, match[2]
