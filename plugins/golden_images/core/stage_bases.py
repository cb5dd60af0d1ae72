"""The images that a Dockerfile takes from besides its base: ``FROM golang:1.22 AS build``,
``COPY --from=busybox:1``, ``RUN --mount=from=…``. Found, and written anew with digests in their place.

Source: Dockerfile reference, "FROM", "ARG" ("Understand how ARG and FROM interact"), "COPY --from",
"RUN --mount".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from golden_images.core import dockerfile
from golden_images.core.dockerfile import Instruction
from golden_images.core.reference import Reference
from golden_images.errors import IntegrityError

#: What builds give the image itself: its base.
BASE = re.compile(r"\$BASE|\$\{BASE(?::?-[^}]*)?\}")
#: What stands before an image, by the instruction.
_BEFORE = {
    "FROM": r"(?<!\S)",
    "COPY": r"(?<=--from=)",
    "ADD": r"(?<=--from=)",
    "RUN": r"(?<=[=,][fF][rR][oO][mM]=)",
}
_QUOTES = re.compile(r"""["'\\]""")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})")


@dataclass(frozen=True, slots=True)
class Taken:
    """One place where an image is named. ``written`` is the text that stands there."""

    line: int
    last: int
    written: str
    #: What it means once its variables are replaced; None if it is no reference that can be known.
    reference: Reference | None
    #: True if the instruction says for which platform itself.
    own_platform: bool = False
    #: In capitals.
    instruction: str = "FROM"


def found(content: str, args: Mapping[str, str]) -> list[Taken]:
    """Every one, in the order of the file; ``args`` are the build arguments."""
    names, numbers = {"scratch"}, set[str]()
    variables: dict[str, str] = {}
    seen: list[Taken] = []
    stages = 0
    for one in dockerfile.instructions(content):
        if one.word == "ARG" and not stages:
            for word in one.rest.split():
                name, given, default = word.partition("=")
                default = _replaced(default.strip("\"'"), variables) or "" if given else ""
                variables[name] = args.get(name, default)
        elif one.word == "FROM":
            words = [word for word in one.rest.split() if not word.startswith("--")]
            image = words[0] if words else ""
            ours = "BASE" in variables and BASE.fullmatch(image)
            if image and not ours and image.lower() not in names:
                seen.append(_taken(one, image, _replaced(image, variables)))
            stages += 1
            numbers.add(str(stages - 1))
            if len(words) == 3 and words[1].lower() == "as":
                names.add(words[2].lower())
        elif one.word in {"COPY", "RUN", "ADD"}:
            stage = names if one.word == "RUN" else names | numbers
            seen += (
                _taken(one, image, None if quoted else image)
                for image, quoted in _taken_from(one)
                if image.lower() not in stage and "$" not in image
            )
    return seen


def pinned(content: str, args: Mapping[str, str], pin: Callable[[Taken], str]) -> str:
    """``content`` with what ``pin`` says in the place of every image."""
    lines, texts, place = content.split("\n"), [], 0
    for one in found(content, args):
        text = pin(one)
        pattern = re.compile(rf"{_BEFORE[one.instruction]}{re.escape(one.written)}(?![^\s,])")
        # In the order of the file: nothing stands before what was replaced last.
        place = max(place, one.line - 1)
        while place < one.last:
            lines[place], count = pattern.subn(lambda _, text=text: text, lines[place], count=1)  # type: ignore[misc]
            if count:
                break
            place += 1
        else:
            raise IntegrityError(f"{one.written}, in line {one.line} of the Dockerfile, was not found again")
        texts.append(text)
    result = "\n".join(lines)
    if [one.written for one in found(result, args)] != texts:
        raise IntegrityError(
            "the images that the Dockerfile takes from cannot be replaced by their digests",
            cause="one is written where it cannot be told from the text around it",
            remedy="name it in a stage of its own, FROM <image> AS <name>, and take from that",
        )
    return result


def _taken(one: Instruction, written: str, meant: str | None) -> Taken:
    own = one.word == "FROM" and any(word.startswith("--platform=") for word in one.rest.split())
    try:
        reference = Reference.parse(meant) if meant else None
    except ValueError:
        reference = None
    return Taken(one.line, one.last, written, reference, own, one.word)


def _taken_from(one: Instruction) -> Iterator[tuple[str, bool]]:
    """The images, and whether quotes or escapes stand in the option: where, we do not tell."""
    for written in dockerfile.options(one):
        option = _QUOTES.sub("", written)
        name, _, value = option.partition("=")
        if name == "--from" and one.word != "RUN":
            yield value, option != written
        elif name == "--mount":
            pairs = (part.partition("=") for part in value.split(","))
            yield from ((image, option != written) for key, _, image in pairs if key.lower() == "from")


def _replaced(text: str, variables: Mapping[str, str]) -> str | None:
    """``text`` with its variables' values; None if one has none."""
    unknown = False

    def value(match: re.Match[str]) -> str:
        nonlocal unknown
        known = variables.get(match[1] or match[2]) or match[3]
        unknown = unknown or not known
        return known or ""

    replaced = _VARIABLE.sub(value, text)
    return None if unknown or "$" in replaced else replaced
