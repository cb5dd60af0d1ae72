"""One file below ``include/images`` on its way to a definition, and how such files are found."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from golden_images.core.definition import Definition
from golden_images.core.explain import validate
from golden_images.core.graph import ImageGraph
from golden_images.core.names import RESERVED
from golden_images.core.organisation import Organisation
from golden_images.core.problem import Problem, closest
from golden_images.core.reference import MAX_REPOSITORY
from golden_images.core.source import Source

#: Files are known by their stem where Airflow takes it in a DAG's id.
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}")
_HASHED = re.compile(r"\.[0-9a-f]{8}$")


def key(path: Path) -> str:
    """What a file is known by: its stem; for a stem that could be in no DAG's id, or is in one of the
    project's own (it is no image's name either), the nearest that can, with a hash, so that even that file
    can show what is wrong."""
    if _PLAIN.fullmatch(path.stem) and path.stem not in RESERVED:
        return path.stem
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", path.stem)[:100]
    return f"{plain}.{hashlib.sha256(path.stem.encode(errors='surrogateescape')).hexdigest()[:8]}"


def files(images: Path) -> dict[str, list[Path]]:
    """The files by key, ``.yaml`` before ``.yml``. Hidden files are editors' business."""
    found: dict[str, list[Path]] = {}
    for path in sorted(images.glob("*")):
        if path.suffix in {".yaml", ".yml"} and not path.name.startswith("."):
            found.setdefault(key(path), []).append(path)
    return found


def files_of(images: Path, name: str) -> list[Path]:
    """As :func:`files`, of one key; looks no further where the key is a plain stem with a file."""
    if _PLAIN.fullmatch(name) and name not in RESERVED:
        paths = [images / f"{name}{suffix}" for suffix in (".yaml", ".yml")]
        if plain := [path for path in paths if path.is_file()]:
            return plain
    return files(images).get(name, []) if _HASHED.search(name) else []


def chain(images: Path, name: str, model: type[Definition]) -> Iterator[tuple[str, Draft]]:
    """The draft of ``name`` and those of its bases, nearest first, until the root or a name seen."""
    seen: set[str] = set()
    while name not in seen and (paths := files_of(images, name)):
        seen.add(name)
        draft = Draft(paths, model)
        if draft.source.gone:
            return
        yield name, draft
        if draft.base is None:
            return
        name = draft.base


class Draft:
    """One file on its way to a definition."""

    def __init__(self, paths: list[Path], model: type[Definition]) -> None:
        """``paths`` are the files of one key; the first is read."""
        self.path = paths[0]
        self.stem = self.path.stem
        self.source = Source.read(self.path)
        self.definition: Definition | None = None
        try:
            self.definition, self.problems = validate(self.source, model)
        except Exception as error:  # a mistake of ours must cost this file, not every DAG
            message = f"could not be checked ({type(error).__name__}: {error}); please report this"
            self.problems = [self.source.at(1, 1, message)]
        self.problems += self._files(paths)

    def _files(self, paths: list[Path]) -> Iterator[Problem]:
        if len(paths) > 1:
            names = " and ".join(path.name for path in paths)
            yield self.source.at(1, 1, f"two definitions of one name: {names}; remove one")
        elif self.path.suffix != ".yaml":
            message = f"a definition's file ends in .yaml; rename it to {self.stem}.yaml"
            yield self.source.at(1, 1, message)

    def text(self, *loc: str) -> str | None:
        """A text of the raw data, so that a file with other faults is still checked here."""
        value: Any = self.source.data
        for part in loc:
            value = value.get(part) if isinstance(value, dict) else None
        return value if isinstance(value, str) else None

    @property
    def base(self) -> str | None:
        return self.text("base", "image")

    def placement(
        self, organisation: Organisation | None, known: Mapping[str, Draft], images: Path
    ) -> Iterator[Problem]:
        """What only the rest of the project can tell: file name, repository, base, channels."""
        name = self.text("name")
        if name is not None and name != self.stem:
            message = f"{name!r} is not the file's name, {self.stem!r}"
            yield self.source.problem(("name",), message)
        if name in RESERVED:
            message = f"{name!r} is reserved: a repository and a DAG of the project's own are called so"
            yield self.source.problem(("name",), message)
        repository = (organisation or Organisation(schema=1)).repository(name or self.stem)
        if len(repository) > MAX_REPOSITORY:
            message = f"the repository {repository[:40]}… has more than {MAX_REPOSITORY} characters"
            yield self.source.problem(("name",), message)
        if self.base is not None and self.base not in known and not files_of(images, self.base):
            names = {path.stem for path in images.glob("*.yaml")}.difference((self.stem,))
            near = closest(self.base, names)
            yield self.source.problem(("base", "image"), f"there is no image {self.base!r}", suggestion=near)
        if organisation is not None:
            yield from self._channels(organisation)

    def _channels(self, organisation: Organisation) -> Iterator[Problem]:
        promote = (self.source.data or {}).get("promote")
        automatic = promote.get("automatic") if isinstance(promote, dict) else None
        channels = [channel.name for channel in organisation.channels]
        for index, channel in enumerate(automatic if isinstance(automatic, list) else ()):
            if isinstance(channel, str) and channel not in channels:
                message = f"there is no channel {channel!r}; the organisation has {', '.join(channels)}"
                loc = ("promote", "automatic", index)
                yield self.source.problem(loc, message, suggestion=closest(channel, channels))

    def ring(self, graph: ImageGraph) -> Iterator[Problem]:
        for ring in graph.cycles:
            if self.stem in ring:
                at = ring.index(self.stem)
                walk = " → ".join((*ring[at:], *ring[:at], self.stem))
                yield self.source.problem(("base", "image"), f"the bases go round in a ring: {walk}")
