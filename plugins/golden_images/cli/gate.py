"""``golden-images gate``: what the rules of now say of releases that stand."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

from golden_images.cli.options import complete_image, env_file_option, json_option, project_option
from golden_images.cli.output import paint, write_record, write_table
from golden_images.cli.services import Services
from golden_images.core.words import count

if TYPE_CHECKING:
    from golden_images.views.gate import GateView

_HEAD = ("IMAGE", "VERSION", "POLICY", "VERDICT", "WHY")
#: Rules that are told one by one in a line of the table.
_MOST = 2


@click.command(short_help="Releases that stand, by the rules of now.")
@click.argument("what", required=False, shell_complete=complete_image)
@click.option(
    "--policy",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A policy's file, in place of the policy that holds.",
)
@project_option
@env_file_option
@json_option
@click.pass_obj
def gate(
    services: Services,
    what: str | None,
    path: Path | None,
    root: Path | None,
    env_file: Path | None,
    as_json: bool,
) -> int:
    """Judge a release by the policy, the waivers and the clock of today, from its stored evidence.

    WHAT is an image's name (its current release), a version or a digest. Without it, every current
    release is judged: what would a policy do to everything that runs? Nothing is run, and nothing is
    written. Exit code 1 if one does not pass.
    """
    from golden_images.errors import InputError
    from golden_images.views import gate as views
    from golden_images.views.image import find

    project, now = services.project(root), services.now()
    policy = views.from_file(path.resolve()) if path else None
    ports, rules = services.connect(project, env_file), views.rules_of(project, policy, now)
    log = logging.getLogger(__name__).info
    if what is None:
        lines = views.judged_all(project, rules, ports, now, log)
        if as_json:
            write_record(lines)
        else:
            _write_table(lines)
        return 0 if all(one.passed for one in lines) else 1
    image, release = find(project, ports.catalog(), what)
    if release is None:
        raise InputError(f"{image} was never released", remedy=f"see: golden-images plan {image}")
    view = views.judged(project, release, rules(image), ports, now, log)
    if as_json:
        write_record(view)
    else:
        _write(view)
    return 0 if view.passed else 1


def _write(view: GateView) -> None:
    by = f"by the policy {view.policy}" if view.policy else "by its stages alone"
    click.echo(f"{view.image} {view.version} {_verdict(view)} {by}")
    for rule in view.rules:
        click.echo(f"  {rule}")
        for one in rule.held:
            click.echo(f"    {one}")
    others = [
        one for one in view.problems if not any(one.startswith(f"{rule.rule}: ") for rule in view.rules)
    ]
    for problem in others:
        click.echo(f"  fail: {problem}")
    if view.to_do:
        click.echo("\nWhat to do, what matters most first")
    for number, line in enumerate(view.to_do, 1):
        click.echo(f"  {number}. {line}")


def _verdict(view: GateView) -> str:
    if not view.passed:
        return paint("fails", fg="red")
    warned = sum(rule.decision == "warn" for rule in view.rules)
    return paint("passes", fg="green") + (f", {count(warned, 'warning')}" if warned else "")


def _write_table(lines: tuple[GateView, ...]) -> None:
    rows = []
    for one in lines:
        more = f"; and {len(one.problems) - _MOST} more" if len(one.problems) > _MOST else ""
        why = f"{'; '.join(one.problems[:_MOST])}{more}"
        rows.append((one.image, one.version, one.policy or "none", _verdict(one), why))
    write_table(_HEAD, rows)
    failing = sum(not one.passed for one in lines)
    click.echo(f"{count(len(lines), 'release')}, {failing or 'none'} would not pass")
