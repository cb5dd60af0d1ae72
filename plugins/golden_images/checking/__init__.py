"""What ``golden-images check`` asks beyond a definition's YAML: is there a build context, can it be built,
and are the rules sound that it is judged by?

Not part of loading, because it reads folders of any size, which the scheduler must not do for every
definition. A stage that meets the same fault at run time says so in its own words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from golden_images.checking.contexts import context_problems
from golden_images.core.policy.read import named
from golden_images.core.problem import Problem, closest
from golden_images.core.source import Source
from golden_images.core.waivers.expiry import told
from golden_images.errors import DefinitionError
from golden_images.project import CONTEXTS, ORGANISATION, Project, load, load_anyway
from golden_images.rulebook import waivers


@dataclass(frozen=True, slots=True)
class Checked:
    """``definitions`` counts the files looked at; ``notes`` are for people and no problems."""

    definitions: int
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()


def check(root: Path, now: datetime, files: Collection[Path] | None = None) -> Checked:
    """Every problem of the project, or of ``files`` (resolved paths) alone, at ``now``: waivers end.

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
        problems.extend(context_problems(project, project.definitions[name], path))
        broken = [base for base in project.graph.ancestors(name) if base in project.broken]
        if broken:
            notes.append(f"{name} is right, but its base {broken[0]} is broken")
    known = waivers(project, now)
    rules = [*project.policies.problems, *known.problems]
    problems.extend(one for one in rules if files is None or one.path.resolve() in files)
    if files is None:
        problems.extend(_orphans(project))
        notes.extend(told(known.known, now))
        notes.extend(_unruled(project))
    return Checked(count, tuple(problems), tuple(notes))


def _unruled(project: Project) -> Iterator[str]:
    """Images that no policy holds for, where there are policies."""
    default = project.organisation.defaults.policy
    names = [name for name, one in project.definitions.items() if named(one.policy, default) is None]
    if names and project.policies.names:
        shown = f"{', '.join(names[:5])}{', …' if len(names) > 5 else ''}"
        yield f"no policy holds for {shown}: only their stages judge; see defaults.policy in {ORGANISATION}"


def _orphans(project: Project) -> Iterator[Problem]:
    """Contexts that no definition names, broken ones counted: what is left of a renamed image."""
    if not project.contexts.is_dir():
        return
    used = [Path(_context_of(path) or name) for name, path in project.files.items()]
    missing = [str(folder) for folder in used if not (project.contexts / folder).is_dir()]
    for folder in sorted(project.contexts.iterdir()):
        name = Path(folder.name)
        named = any(name in (one, *one.parents) or one == Path() for one in used)
        if folder.is_dir() and not folder.name.startswith((".", "__")) and not named:
            message = f"no definition names the build context {CONTEXTS / name}"
            yield Problem(folder, 1, 1, "", message, "", closest(folder.name, missing))


def _context_of(path: Path) -> str | None:
    """``build.context`` of a definition, as far as it can be read."""
    build = (Source.read(path).data or {}).get("build")
    context = build.get("context") if isinstance(build, dict) else None
    return context if isinstance(context, str) else None
