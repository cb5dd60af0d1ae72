"""The build context of one definition: links, Dockerfile, tests."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from golden_images.core import dockerfile_faults
from golden_images.core.definition import Definition
from golden_images.core.dockerfile import lines_of
from golden_images.core.judging import Demand, suite_of
from golden_images.core.plain import Loc
from golden_images.core.problem import Problem, closest
from golden_images.core.source import Source
from golden_images.pipeline import demands
from golden_images.project import CONTEXTS, Project

#: Never part of a context.
_CACHES = frozenset({"__pycache__", ".pytest_cache", ".git"})


def context_problems(project: Project, definition: Definition, path: Path) -> Iterator[Problem]:
    """Positions are those of the definition that names the thing, or of the Dockerfile's line."""
    source = Source.read(path)
    folder = project.contexts / definition.context
    shown = CONTEXTS / definition.context
    at: Loc = ("build", "context") if definition.build.context else ("name",)
    if not folder.is_dir():
        yield source.problem(at, f"there is no build context {shown}")
        return
    if not folder.resolve().is_relative_to(project.contexts.resolve()):
        yield source.problem(at, f"the build context {shown} is a link that leaves {CONTEXTS}")
        return
    yield from _links(source, at, folder, shown)
    if definition.base.bootstrap is None:
        yield from _dockerfile(source, definition, folder, shown)
    for demand in demands(definition):
        if demand.suite:
            yield from _suite(source, demand, folder, shown)


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
    found = list(_faults(path, content, definition))
    found += _copied(path, content, definition, folder, shown)
    yield from sorted(found, key=lambda one: (one.line, one.column))


def _faults(path: Path, content: str, definition: Definition) -> Iterator[Problem]:
    lines = lines_of(content)
    for fault in dockerfile_faults.faults(content, definition.build.target, definition.build.args):
        text = lines[fault.line - 1]
        yield Problem(path, fault.line, fault.column, "", fault.message, text, fault.suggestion)


def _copied(path: Path, content: str, definition: Definition, folder: Path, shown: Path) -> Iterator[Problem]:
    lines = lines_of(content)
    suite = suite_of(demands(definition))
    for copied in dockerfile_faults.copied(content):
        message, near = f"there is no {shown / copied.path} to copy", ""
        if suite and PurePosixPath(copied.path).is_relative_to(suite):
            message = f"{copied.path} cannot be copied: a build is not sent the tests"
        elif os.path.lexists(folder / copied.path):
            continue
        else:
            near = _nearest(folder, copied.path)
        yield Problem(path, copied.line, copied.column, "", message, lines[copied.line - 1], near)


def _nearest(folder: Path, path: str) -> str:
    """The path in the same folder of the context that was probably meant."""
    parent = PurePosixPath(path).parent
    try:
        names = [entry.name for entry in (folder / parent).iterdir()]
    except OSError:
        return ""
    near = closest(PurePosixPath(path).name, names)
    return str(parent / near) if near else ""


def _suite(source: Source, demand: Demand, folder: Path, shown: Path) -> Iterator[Problem]:
    suite = demand.suite
    loc: Loc = ("stages", demand.stage, "suite")
    at: Loc = loc if source.scalar(loc) is not None else ("name",)
    path = folder / suite
    if ".." in Path(suite).parts or Path(suite).is_absolute():
        yield source.problem(at, f"the test suite {suite} leaves the build context")
    elif not path.is_dir():
        yield source.problem(at, f"there is no test suite {shown / suite}")
    elif not any(path.rglob("test_*.py")):
        yield source.problem(at, f"the test suite {shown / suite} has no test_*.py")
    else:
        for file in sorted(path.rglob("*.py")):
            if file.is_file():
                yield from _python(file)


def _python(path: Path) -> Iterator[Problem]:
    """Whether this interpreter, which will run the tests, can read one of their files."""
    content = path.read_bytes()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(content, path)
    except SyntaxError as error:
        lines = content.decode(errors="replace").splitlines() or [""]
        line = min(error.lineno or 1, len(lines))
        yield Problem(
            path, line, max(error.offset or 1, 1), "", f"is no Python: {error.msg}", lines[line - 1]
        )
    except (ValueError, RecursionError, MemoryError) as error:
        yield Problem(path, 1, 1, "", f"is no Python: {error}", "")
