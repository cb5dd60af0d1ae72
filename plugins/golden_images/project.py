"""A project folder: the organisation's file and every definition, read once into closed types.

Loading reads YAML and nothing else: no network, no build contexts (``golden_images.checking`` looks
into those). A broken definition is never an exception; it stands in ``Project.broken`` with everything
that is wrong with it, and costs no other definition anything. An image whose base is broken stays
sound: its own file is right, and it is built again as soon as the base is mended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from golden_images.core import definition
from golden_images.core.definition import Definition
from golden_images.core.draft import Draft, chain, files
from golden_images.core.explain import validate
from golden_images.core.graph import ImageGraph
from golden_images.core.legible import Legible
from golden_images.core.organisation import Organisation
from golden_images.core.policy import read as policy_files
from golden_images.core.policy.read import Policies
from golden_images.core.problem import Problem, closest
from golden_images.core.source import Source
from golden_images.errors import DefinitionError, InputError, UsageError
from golden_images.pipeline import policy_table, schema

ORGANISATION = Path("include", "golden_images.yaml")
IMAGES = Path("include", "images")
POLICIES = Path("include", "policies")
CONTEXTS = Path(definition.CONTEXTS)


@dataclass(frozen=True, slots=True)
class Project:
    root: Path
    organisation: Organisation
    #: The sound ones, by name.
    definitions: Mapping[str, Definition]
    #: What is wrong with the others, by the file's stem (a stem that no DAG's id can hold: see
    #: golden_images.core.draft.key), in the order of the file.
    broken: Mapping[str, tuple[Problem, ...]]
    #: What can be read of the broken ones all the same.
    legible: Mapping[str, Legible]
    #: Over all files whose base could be read, sound or not.
    graph: ImageGraph
    #: The file of every image, sound or not.
    files: Mapping[str, Path]
    #: By the organisation's default, too, if there is no such file: then among the broken ones.
    policies: Policies

    @property
    def contexts(self) -> Path:
        return self.root / CONTEXTS

    def definition(self, name: str) -> Definition:
        """Raises DefinitionError with its problems if it is broken, UsageError if there is none."""
        if name in self.broken:
            raise DefinitionError(self.broken[name])
        if name not in self.definitions:
            near = closest(name, self.files)
            raise UsageError(
                f"there is no image {name!r}",
                cause=f"{IMAGES} has {', '.join(sorted(self.files)) or 'none'}",
                remedy=f"did you mean {near}?" if near else "name one of them",
            )
        return self.definitions[name]


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
        read = {name: Draft(paths, schema()) for name, paths in files(images).items()}
        # Removed since they were listed: a definition that is not there is not one that is broken.
        drafts = {name: draft for name, draft in read.items() if not draft.source.gone}
    else:
        drafts = dict(chain(images, only, schema()))
    graph = ImageGraph.of({name: draft.base for name, draft in drafts.items()})
    wanted = drafts if only is None else {name: drafts[name] for name in (only,) if name in drafts}
    known = organisation or Organisation(schema=1)
    policies = _policies(root, known)
    definitions: dict[str, Definition] = {}
    broken: dict[str, tuple[Problem, ...]] = {}
    for name, draft in wanted.items():
        problems = [*draft.problems]
        problems += draft.placement(organisation, known=drafts, images=images)
        problems += draft.ring(graph)
        if organisation is not None and draft.definition is not None:
            default, table = known.defaults.policy, policy_table()
            problems += policy_files.problems(draft.source, draft.definition, default, policies, table)
        if problems or draft.definition is None:
            broken[name] = _sorted(problems)
        else:
            definitions[name] = draft.definition
    paths = {name: draft.path for name, draft in wanted.items()}
    legible = {name: Legible.of(wanted[name].source.data) for name in broken}
    return Project(root, known, definitions, broken, legible, graph, paths, policies)


def _policies(root: Path, organisation: Organisation) -> Policies:
    """With the organisation's default among the broken ones if there is no such file: every run that needs
    it says so, and all else goes on."""
    found = policy_files.read(root / POLICIES, policy_table())
    default = organisation.defaults.policy
    if default is None or default in found.names:
        return found
    known = ", ".join(found.names) or "none"
    message = f"there is no policy {default!r}; {POLICIES} has {known}"
    near = closest(default, found.names)
    loc = ("defaults", "policy")
    problem = Source.read(root / ORGANISATION).problem(loc, message, suggestion=near)
    return Policies(found.sound, {**found.broken, default: (problem,)})


def _sorted(problems: list[Problem]) -> tuple[Problem, ...]:
    """In the file's order; of two about the same place and field, the first that was found."""
    unique: dict[object, Problem] = {}
    for one in problems:
        unique.setdefault((one.path, one.line, one.column, one.field), one)
    return tuple(sorted(unique.values(), key=lambda one: (one.path, one.line, one.column)))
