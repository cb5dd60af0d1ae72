"""``golden-images retire``: an image whose definition is gone leaves the list; nothing else does."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from golden_images.cli.options import env_file_option, json_option, project_option
from golden_images.cli.output import write_json
from golden_images.cli.services import Services
from golden_images.core.words import moment

if TYPE_CHECKING:
    from golden_images.project import Project


@click.command(short_help="Take an image without a definition off the list.")
@click.argument("name")
@click.option("--reason", "note", default="", help="Why; kept with your name.")
@click.option("--undo", is_flag=True, help="Put it back on the list.")
@project_option
@env_file_option
@json_option
@click.pass_obj
def retire(
    services: Services,
    name: str,
    note: str,
    undo: bool,
    root: Path | None,
    env_file: Path | None,
    as_json: bool,
) -> None:
    """Take NAME, whose definition was removed, off the list.

    Who, when and why is kept as a decision in the catalog, which `golden-images show NAME` tells. Releases,
    channels and evidence stay in the registry, and pulls go on working. A definition that comes back ends
    the retirement by itself.
    """
    from golden_images.core.note import MAX_ACTOR, tidy
    from golden_images.core.reason import Reason, Why
    from golden_images.core.release import Decision

    project = services.project(root)
    _refuse_used(project, name)
    catalog = services.connect(project, env_file).catalog()
    _refuse_unknown(name, catalog.images())
    retired = catalog.retired([name]).get(name)
    now, made = services.now(), None
    if (retired is None) != undo:
        why = Why.RESTORED if undo else Why.RETIRED
        run_id = f"{why}__{now.isoformat()}"
        actor = tidy(getpass.getuser(), MAX_ACTOR)
        made = Decision(name, run_id, now, Reason(why=why), note=tidy(note), actor=actor)
        catalog.record_decision(made)
    told = made or retired
    if as_json:
        facts = {"at": moment(told.at), "actor": told.actor, "reason": told.note} if told else {}
        write_json({"image": name, "retired": not undo, "changed": made is not None, **facts})
    elif made:
        click.echo(f"{name} is back on the list" if undo else f"{name} is retired")
    elif retired:
        click.echo(f"{name} was retired by {retired.actor} at {moment(retired.at)}")
    else:
        click.echo(f"{name} is not retired")


def _refuse_used(project: Project, name: str) -> None:
    """Raises InputError while the project still has the image, or one that stands on it."""
    from golden_images.core.draft import Draft
    from golden_images.errors import InputError
    from golden_images.pipeline import schema

    on_it = sorted(
        other
        for other, path in project.files.items()
        if Draft([path], schema()).base == name and other != name
    )
    if on_it:
        raise InputError(
            f"{name} is the base of {', '.join(on_it)}",
            cause="they could not be built any more",
            remedy="give them another base, or remove them first",
        )
    if name in project.files:
        raise InputError(
            f"{name} has a definition",
            cause=f"as long as {project.files[name].relative_to(project.root)} is there, Airflow builds it",
            remedy="remove the file and its build context, and retire the image then",
        )


def _refuse_unknown(name: str, known: list[str]) -> None:
    from golden_images.core.problem import closest
    from golden_images.errors import InputError

    if name not in known:
        near = closest(name, known)
        raise InputError(
            f"there is no image {name!r}",
            cause="it was never released",
            remedy=f"did you mean {near}?" if near else "golden-images list --all shows what there is",
        )
