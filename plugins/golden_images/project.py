"""A project folder: the organisation's file and every definition, read once into closed types.

Loading reads YAML and nothing else: no network, no build contexts (``golden_images.checking`` looks
into those). A broken definition is never an exception; it stands in ``Project.broken`` with everything
that is wrong with it, and costs no other definition anything. An image whose base is broken stays
sound: its own file is right, and it is built again as soon as the base is mended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from golden_images.core.definition import Definition, Organisation
from golden_images.core.explain import validate
from golden_images.core.graph import ImageGraph
from golden_images.core.problem import Problem, closest
from golden_images.core.reference import MAX_REPOSITORY
from golden_images.core.source import Source
from golden_images.errors import DefinitionError, InputError
from golden_images.pipeline import schema

ORGANISATION = Path("include", "golden_images.yaml")
IMAGES = Path("include", "images")
CONTEXTS = Path("include", "contexts")


@dataclass(frozen=True, slots=True)
class Project:
    root: Path
    organisation: Organisation
    #: The sound ones, by name.
    definitions: Mapping[str, Definition]
    #: What is wrong with the others, by the file's stem, in the order of the file.
    broken: Mapping[str, tuple[Problem, ...]]
    #: Over all files whose base could be read, sound or not.
    graph: ImageGraph
    #: The file of every image, sound or not.
    files: Mapping[str, Path]

    @property
    def contexts(self) -> Path:
        return self.root / CONTEXTS


def find(start: Path) -> Path:
    """The root of the project that ``start`` lies in. Raises InputError if it lies in none."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / ORGANISATION).is_file():
            return folder
    raise InputError(
        f"{start} is in no project",
        cause=f"neither it nor any folder above has {ORGANISATION}",
        remedy="change into the project's folder, or name it with --project",
    )


def load_organisation(root: Path) -> Organisation:
    """Raises DefinitionError with every problem of ``include/golden_images.yaml``."""
    path = root / ORGANISATION
    if not path.is_file():
        raise InputError(
            f"{path} does not exist",
            cause=f"{root} is not the root of a project",
            remedy=f"a project's root has {ORGANISATION}",
        )
    organisation, problems = validate(Source.read(path), Organisation)
    if organisation is None:
        raise DefinitionError(_sorted(problems))
    return organisation


def load(root: Path, only: str | None = None) -> Project:
    """Every definition below ``root``; with ``only``, that one, read with nothing but the files of
    its bases (a ring of bases has to show). Raises for a broken organisation's file alone:
    DefinitionError, or InputError if there is none.

    With ``only``, ``definitions`` and ``broken`` hold that image alone, or nothing if it has no file.
    """
    root = root.resolve()
    return _load(root, load_organisation(root), only)


def load_anyway(root: Path) -> Project:
    """Every definition, with an organisation of defaults that is not asked about channels: for
    finding what else is wrong when the organisation's file is."""
    return _load(root.resolve(), None, None)


def _load(root: Path, organisation: Organisation | None, only: str | None) -> Project:
    images = root / IMAGES
    if only is None:
        paths = sorted(path for path in images.glob("*") if path.suffix in {".yaml", ".yml"})
        files = {path.stem: path for path in paths if path.suffix == ".yaml"}
        twins = {path.stem: path for path in paths if path.suffix == ".yml"}
        drafts = {name: _Draft(name, path) for name, path in (twins | files).items()}
    else:
        drafts = dict(_with_bases(images, only))
        twins = {only: images / f"{only}.yml"} if (images / f"{only}.yml").is_file() else {}
    graph = ImageGraph.of({name: draft.base for name, draft in drafts.items()})
    wanted = drafts if only is None else {name: drafts[name] for name in (only,) if name in drafts}
    definitions: dict[str, Definition] = {}
    broken: dict[str, tuple[Problem, ...]] = {}
    for name, draft in wanted.items():
        problems = [*draft.problems]
        problems += draft.placement(organisation, known=drafts, images=images)
        problems += draft.ring(graph)
        if name in twins:
            problems += _twin(twins[name], draft.path)
        if problems or draft.definition is None:
            broken[name] = _sorted(problems)
        else:
            definitions[name] = draft.definition
    files = {name: draft.path for name, draft in wanted.items()}
    known = organisation or Organisation(schema=1)
    return Project(root, known, definitions, broken, graph, files)


class _Draft:
    """One file on its way to a definition."""

    def __init__(self, stem: str, path: Path) -> None:
        self.stem = stem
        self.path = path
        self.source = Source.read(path)
        self.definition, self.problems = validate(self.source, schema())

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
        self, organisation: Organisation | None, known: Mapping[str, _Draft], images: Path
    ) -> Iterator[Problem]:
        """What only the rest of the project can tell: file name, repository, base, channels."""
        name = self.text("name")
        if name is not None and name != self.stem:
            message = f"{name!r} is not the file's name, {self.stem!r}"
            yield self.source.problem(("name",), message)
        repository = (organisation or Organisation(schema=1)).repository(name or self.stem)
        if len(repository) > MAX_REPOSITORY:
            message = f"the repository {repository[:40]}… has more than {MAX_REPOSITORY} characters"
            yield self.source.problem(("name",), message)
        if self.base is not None and self.base not in known and not _exists(images, self.base):
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


def _with_bases(images: Path, only: str) -> Iterator[tuple[str, _Draft]]:
    """``only`` and its bases, nearest first, until the root or a name seen before."""
    seen: set[str] = set()
    name: str | None = only
    while name is not None and name not in seen:
        seen.add(name)
        # A name from YAML is joined to a path: one that is no plain file name leads nowhere.
        if Path(name).name != name:
            return
        path = next((one for one in _candidates(images, name) if one.is_file()), None)
        if path is None:
            return
        draft = _Draft(name, path)
        yield name, draft
        name = draft.base


def _candidates(images: Path, name: str) -> tuple[Path, Path]:
    return images / f"{name}.yaml", images / f"{name}.yml"


def _exists(images: Path, name: str) -> bool:
    return Path(name).name == name and any(path.is_file() for path in _candidates(images, name))


def _twin(path: Path, other: Path) -> Iterator[Problem]:
    first = Source.read(path)
    if path == other:
        yield first.at(1, 1, f"a definition's file ends in .yaml; rename it to {path.stem}.yaml")
    else:
        yield first.at(1, 1, f"two definitions of one name: {other.name} and {path.name}; remove one")


def _sorted(problems: list[Problem]) -> tuple[Problem, ...]:
    """In the file's order; of two about the same place and field, the first that was found."""
    unique: dict[object, Problem] = {}
    for one in problems:
        unique.setdefault((one.path, one.line, one.column, one.field), one)
    return tuple(sorted(unique.values(), key=lambda one: (one.path, one.line, one.column)))
