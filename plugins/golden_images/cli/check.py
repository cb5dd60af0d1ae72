"""``golden-images check``: every problem of every file at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from golden_images.cli.options import json_option, project_option
from golden_images.cli.output import near, paint, write_json, write_problem
from golden_images.cli.services import Services
from golden_images.core.words import count

if TYPE_CHECKING:
    from golden_images.checking import Checked


@click.command(short_help="Check definitions, contexts and settings.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@project_option
@json_option
@click.pass_obj
def check(services: Services, paths: tuple[Path, ...], root: Path | None, as_json: bool) -> int:
    """Check definitions, their build contexts, policies, waivers and the organisation's file.

    PATHS are such files or folders; without any, the whole project is checked.
    """
    from golden_images.checking import check as check_project

    roots = _roots(services, paths, root)
    results = [check_project(one, services.now(), files) for one, files in roots.items()]
    if as_json:
        _write_json(results)
    else:
        _write_text(results)
    return 1 if any(result.problems for result in results) else 0


def _roots(
    services: Services, paths: tuple[Path, ...], root: Path | None
) -> dict[Path, frozenset[Path] | None]:
    """The files asked for by project; None means all."""
    from golden_images.project import IMAGES, ORGANISATION, POLICIES, find
    from golden_images.rulebook import WAIVERS

    if not paths:
        return {services.root(root): None}
    asked: dict[Path, set[Path] | None] = {}
    for path in (one.resolve() for one in paths):
        project = root.resolve() if root else find(path)
        images = project / IMAGES
        rules = (project / POLICIES, project / WAIVERS)
        if path == project / ORGANISATION:
            asked.setdefault(project, set())
        elif path.is_file():
            if path.parent not in (images, *rules) or path.suffix not in {".yaml", ".yml"}:
                known = ", ".join(f"{folder}/*.yaml" for folder in (images, *rules))
                raise click.UsageError(f"{path} is no definition and no rules: those are {known}")
            wanted = asked.setdefault(project, set())
            if wanted is not None:
                wanted.add(path)
        elif images.is_relative_to(path) or path in rules:
            asked[project] = None
        else:
            raise click.UsageError(f"{path} has no definitions: those are in {images}")
    return {one: None if files is None else frozenset(files) for one, files in asked.items()}


def _write_text(results: list[Checked]) -> None:
    problems = [problem for result in results for problem in result.problems]
    for problem in problems:
        write_problem(problem)
    for note in (note for result in results for note in result.notes):
        click.echo(f"note: {note}", err=True)
    checked = count(sum(result.definitions for result in results), "definition")
    files = count(len({problem.path for problem in problems}), "file")
    found = f"{count(len(problems), 'problem')} in {files}" if problems else "no problems"
    click.echo(f"{checked}, {paint(found, fg='red' if problems else 'green')}")


def _write_json(results: list[Checked]) -> None:
    write_json(
        {
            "definitions": sum(result.definitions for result in results),
            "problems": [
                problem.as_json(near(problem.path)) for result in results for problem in result.problems
            ],
            "notes": [note for result in results for note in result.notes],
        }
    )
