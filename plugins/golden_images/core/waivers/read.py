"""The files below ``include/waivers``, and the waivers that hold for one image."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from golden_images.core.explain import validate
from golden_images.core.problem import Problem, closest
from golden_images.core.source import Source
from golden_images.core.waivers.model import EVERY, Terms, Waiver, WaiverFile


@dataclass(frozen=True, slots=True)
class Waivers:
    """All of all files. While there are ``problems``, nobody knows what else was meant; of those that are
    about some images alone, which these are, ``spared`` has the images that it is not about."""

    known: tuple[Waiver, ...] = ()
    problems: tuple[Problem, ...] = ()
    spared: Mapping[Problem, frozenset[str]] = field(default_factory=dict)

    def stopping(self, image: str) -> tuple[Problem, ...]:
        """Those that nothing of ``image`` may be judged before they are mended."""
        return tuple(one for one in self.problems if image not in self.spared.get(one, ()))

    def of(self, image: str) -> tuple[Terms, ...]:
        """Those that hold for ``image``, sorted by key; of two of one key (one is for every image), the one
        that counts longer."""
        found: dict[str, Terms] = {}
        for one in sorted(self.known, key=lambda one: one.expires):
            if one.of(image):
                found[one.key] = one.terms()
        return tuple(found[key] for key in sorted(found))

    def counting(self, image: str, now: datetime) -> tuple[Terms, ...]:
        return tuple(one for one in self.of(image) if one.counts(now))


def read(folder: Path, images: Collection[str], longest: Mapping[str, int], now: datetime) -> Waivers:
    """``longest``: for how many days from now on a waiver may last, by image, as its policy says."""
    known: list[Waiver] = []
    problems: list[Problem] = []
    spared: dict[Problem, frozenset[str]] = {}
    written: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("*")):
        if path.suffix not in {".yaml", ".yml"} or path.name.startswith("."):
            continue
        source = Source.read(path)
        file, found = validate(source, WaiverFile)
        for index, one in enumerate(file.waivers if file else ()):
            found += _unknown(source, index, one, images)
            # An image that allows less, by its policy or its definition, is no other image's concern.
            over = {image for image, days in longest.items() if _lasts(one, image, days, now)}
            if over:
                found.append(_too_long(source, index, {image: longest[image] for image in over}))
                spared[found[-1]] = frozenset({*longest} - over)
            found += _twice(source, index, one, written)
            known.append(one)
        problems += sorted(found, key=lambda one: (one.line, one.column))
    return Waivers(tuple(known), tuple(problems), spared)


def _unknown(source: Source, index: int, waiver: Waiver, images: Collection[str]) -> Iterator[Problem]:
    for number, image in enumerate(waiver.images):
        if image != EVERY and image not in images:
            message = f"there is no image {image!r}"
            loc = ("waivers", index, "images", number)
            yield source.problem(loc, message, suggestion=closest(image, images))


def _lasts(waiver: Waiver, image: str, days: int, now: datetime) -> bool:
    return waiver.of(image) and waiver.expires > now + timedelta(days=days)


def _too_long(source: Source, index: int, over: Mapping[str, int]) -> Problem:
    image, days = min(over.items(), key=lambda item: (item[1], item[0]))
    message = f"is more than {days} days from now, which is as long as the policy of {image} allows"
    return source.problem(("waivers", index, "expires"), message)


def _twice(
    source: Source, index: int, waiver: Waiver, written: dict[tuple[str, str], str]
) -> Iterator[Problem]:
    """Two of one key for one image: nobody could say which of them counts."""
    for image in waiver.images:
        first = written.setdefault((image, waiver.key), f"waivers[{index}] of {source.path.name}")
        if first != f"waivers[{index}] of {source.path.name}":
            message = f"{waiver.key} is waived for {image} by {first} already"
            yield source.problem(("waivers", index, "finding"), message)
