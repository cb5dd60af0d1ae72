"""What can be said against a Dockerfile before it is built: is it built on the base, and can it work here?

Only what is certain: variables, patterns and addresses are the engine's to resolve.

Source: Dockerfile reference, "FROM", "ARG", "RUN --mount", "COPY", "ADD".
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from golden_images.core import stage_bases
from golden_images.core.dockerfile import Instruction, frontend, instructions, lines_of, operands, options
from golden_images.core.problem import closest

_KNOWN = (
    *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL"),
    *("MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
)
#: Quotes, variables, patterns and escapes are not what the file is named.
_UNCERTAIN = re.compile(r"[\"'$*?\[\]\\`]|^<<|://|^git@")
_SEARCHED = 2000


@dataclass(frozen=True, slots=True)
class Fault:
    line: int
    message: str
    suggestion: str = ""
    column: int = 1


@dataclass(frozen=True, slots=True)
class CopiedPath:
    """A path that the build takes from its context: relative, ``.`` for all of it."""

    line: int
    column: int
    path: str


@dataclass(frozen=True, slots=True)
class _Stage:
    line: int
    image: str
    name: str


def faults(content: str, target: str = "", args: Mapping[str, str] | None = None) -> Iterator[Fault]:
    """Everything against building ``target`` (or the last stage) here with the build arguments ``args``,
    but for what it copies."""
    lines = lines_of(content)
    line = frontend(content)
    if line:
        message = "# syntax= has the engine fetch another frontend, which builds here cannot; remove it"
        yield Fault(line, message)
    known = list(instructions(content))
    fault = _unpinned(known, target)
    if fault is not None:
        yield fault
    for base in stage_bases.found(content, args or {}):
        # Where the image itself begins is said above.
        if base.reference is None and (fault is None or base.line != fault.line):
            message = f"{base.written} is no image that can be pinned by digest"
            yield Fault(base.line, message, "registry/repository:tag, or an ARG that has a value")
    for one in known:
        yield from _unknown(lines, one)
        for option in options(one):
            mount = _mount(option)
            if mount.get("type") in {"secret", "ssh"}:
                line, column = _place(lines, one, option)
                message = f"a {mount['type']} mount stays empty: builds here are handed no secrets or keys"
                yield Fault(line, message, column=column)


def copied(content: str) -> Iterator[CopiedPath]:
    """The paths of the context that must be there for the build."""
    lines = lines_of(content)
    for one in instructions(content):
        given = options(one)
        if one.word in {"COPY", "ADD"} and not any(option.startswith("--from") for option in given):
            words = _arguments(one)[:-1]
        elif one.word == "RUN":
            mounts = [mount for mount in map(_mount, given) if mount.get("type") == "bind"]
            words = [mount.get("source", ".") for mount in mounts if "from" not in mount]
        else:
            continue
        for word in words:
            if word and not _UNCERTAIN.search(word):
                line, column = _place(lines, one, word)
                # The context is the root of all: no path leaves it.
                path = posixpath.normpath(f"/{word}").lstrip("/") or "."
                yield CopiedPath(line, column, path)


def _unknown(lines: list[str], one: Instruction) -> Iterator[Fault]:
    words = [one.word]
    if one.word == "ONBUILD":
        words += one.rest.upper().split(maxsplit=1)[:1]
    for word in words:
        if word not in _KNOWN:
            line, column = _place(lines, one, word)
            yield Fault(line, f"there is no instruction {word}", closest(word, _KNOWN), column)


def _place(lines: list[str], one: Instruction, text: str) -> tuple[int, int]:
    """Line and column of ``text`` in an instruction; those of its beginning if it is not found."""
    pattern = re.compile(rf"""(?<![^\s\["',=]){re.escape(text)}(?![^\s\]"',])""", re.IGNORECASE)
    for number in range(one.line, one.last + 1):
        line = lines[number - 1]
        # A longer one is nobody's to read, and is searched once for each of its words.
        if len(line) <= _SEARCHED and (match := pattern.search(line)):
            return number, match.start() + 1
    return one.line, 1


def _arguments(one: Instruction) -> list[str]:
    rest = operands(one)
    if rest.startswith("["):
        try:
            words = json.loads(rest)
        except ValueError:
            pass
        else:
            return [word for word in words if isinstance(word, str)]
    return rest.split()


def _mount(option: str) -> dict[str, str]:
    """``--mount=type=bind,src=a,target=/b`` by its keys; empty for another option."""
    name, _, value = option.partition("=")
    if name != "--mount":
        return {}
    pairs = (part.partition("=") for part in value.split(","))
    mount = {key.lower(): worth for key, _, worth in pairs}
    if "src" in mount:
        mount["source"] = mount["src"]
    return {"type": "bind"} | mount


def _unpinned(known: list[Instruction], target: str) -> Fault | None:
    declared = False
    stages: list[_Stage] = []
    for one in known:
        if one.word == "ARG" and not stages:
            declared = declared or any(word.partition("=")[0] == "BASE" for word in one.rest.split())
        elif one.word == "FROM":
            words = [word for word in one.rest.split() if not word.startswith("--")]
            named = len(words) == 3 and words[1].lower() == "as"
            stages.append(_Stage(one.line, words[0] if words else "", words[2].lower() if named else ""))
    if not stages:
        return Fault(1, "has no FROM", "ARG BASE, then FROM ${BASE}")
    stage = _final(stages, target)
    if stage is None:
        return Fault(stages[-1].line, f"there is no stage {target!r}, which build.target names")
    root = _root(stages, stage)
    if not stage_bases.BASE.fullmatch(root.image):
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
