"""What ``golden-images check`` asks beyond the YAML: is there a build context, and can it be pinned?

Not part of loading, because it reads folders of any size, which the scheduler must not do for every
definition. A stage that meets the same fault at run time says so in its own words.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from golden_images.core import dockerfile
from golden_images.core.definition import Definition
from golden_images.core.problem import Problem
from golden_images.core.source import Loc, Source
from golden_images.errors import DefinitionError
from golden_images.pipeline import stages_for
from golden_images.project import CONTEXTS, Project, load, load_anyway

#: Never part of a context.
_CACHES = frozenset({"__pycache__", ".pytest_cache", ".git"})


@dataclass(frozen=True, slots=True)
class Checked:
    """``definitions`` counts the files looked at; ``notes`` are for people and no problems."""

    definitions: int
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()


def check(root: Path, files: Collection[Path] | None = None) -> Checked:
    """Every problem of the project, or of ``files`` (resolved paths) alone.

    A broken ``include/golden_images.yaml`` hides nothing: the definitions are checked all the same,
    without what it says about channels. Raises InputError if there is no such file.
    """
    problems: list[Problem] = []
    try:
        project = load(root)
    except DefinitionError as error:
        problems.extend(error.problems)
        project = load_anyway(root)
    notes: list[str] = []
    count = 0
    for name in sorted(project.files):
        path = project.files[name]
        if files is not None and path.resolve() not in files:
            continue
        count += 1
        if name in project.broken:
            problems.extend(project.broken[name])
            continue
        problems.extend(_context(project, project.definitions[name], path))
        broken = [base for base in project.graph.ancestors(name) if base in project.broken]
        if broken:
            notes.append(f"{name} is right, but its base {broken[0]} is broken")
    return Checked(count, tuple(problems), tuple(notes))


def _context(project: Project, definition: Definition, path: Path) -> Iterator[Problem]:
    """Positions are those of the definition that names the thing, or of the Dockerfile's line."""
    source = Source.read(path)
    folder = project.contexts / definition.context
    shown = CONTEXTS / definition.context
    at: Loc = ("build", "context") if definition.build.context else ("name",)
    stages = {stage.name for stage in stages_for(definition)}
    if not folder.is_dir():
        yield source.problem(at, f"there is no build context {shown}")
        return
    if not folder.resolve().is_relative_to(project.contexts.resolve()):
        yield source.problem(at, f"the build context {shown} is a link that leaves {CONTEXTS}")
        return
    yield from _links(source, at, folder, shown)
    if definition.base.bootstrap is None:
        yield from _dockerfile(source, definition, folder, shown)
    if "test" in stages:
        yield from _suite(source, definition, folder, shown)


def _links(source: Source, at: Loc, folder: Path, shown: Path) -> Iterator[Problem]:
    root = os.path.realpath(folder)
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _CACHES)
        for name in sorted((*folders, *files)):
            entry = Path(parent, name)
            if not entry.is_symlink():
                continue
            link, target = shown / entry.relative_to(folder), entry.readlink()
            # Not Path.resolve: before Python 3.13 it raises RuntimeError for a ring of links.
            end = Path(os.path.realpath(entry))
            if end.is_symlink():
                yield source.problem(at, f"the link {link} leads to itself")
            elif target.is_absolute() or not end.is_relative_to(root):
                yield source.problem(at, f"the link {link} leaves the build context, to {target}")


def _dockerfile(source: Source, definition: Definition, folder: Path, shown: Path) -> Iterator[Problem]:
    path = folder / definition.build.dockerfile
    at: Loc = ("build", "dockerfile") if "dockerfile" in definition.build.model_fields_set else ("name",)
    if not path.is_file():
        yield source.problem(at, f"there is no Dockerfile {shown / definition.build.dockerfile}")
        return
    if not path.resolve().is_relative_to(folder.resolve()):
        return  # said with the links
    content = path.read_bytes().decode(errors="replace")
    fault = dockerfile.unpinned(content, definition.build.target)
    if fault is not None:
        lines = content.splitlines() or [""]
        text = lines[fault.line - 1]
        yield Problem(path, fault.line, 1, "", fault.message, text, fault.suggestion)


def _suite(source: Source, definition: Definition, folder: Path, shown: Path) -> Iterator[Problem]:
    suite = str(getattr(definition.options("test"), "suite", "tests"))
    loc: Loc = ("stages", "test", "suite")
    at: Loc = loc if source.scalar(loc) is not None else ("name",)
    path = folder / suite
    if ".." in Path(suite).parts or Path(suite).is_absolute():
        yield source.problem(at, f"the test suite {suite} leaves the build context")
    elif not path.is_dir():
        yield source.problem(at, f"there is no test suite {shown / suite}")
    elif not any(path.rglob("test_*.py")):
        yield source.problem(at, f"the test suite {shown / suite} has no test_*.py")
