"""``golden-images show``: one release with its evidence, channels, history and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from golden_images.cli.options import complete_image, env_file_option, json_option, project_option
from golden_images.cli.output import write_fields, write_problem, write_record, write_table
from golden_images.cli.services import Services
from golden_images.core.words import moment

if TYPE_CHECKING:
    from golden_images.views.image import ImageView
    from golden_images.views.release import ReleaseView


@click.command(short_help="One release: evidence, channels, history.")
@click.argument("what", shell_complete=complete_image)
@project_option
@env_file_option
@json_option
@click.pass_obj
def show(services: Services, what: str, root: Path | None, env_file: Path | None, as_json: bool) -> None:
    """Show a release: WHAT is an image's name (its current release), a version or a digest.

    A digest may be cut to its first digits, from six on.
    """
    from golden_images.views.image import image

    project = services.project(root)
    view = image(project, services.connect(project, env_file).catalog(), what)
    if as_json:
        write_record(view)
    else:
        _write(view)


def _write(view: ImageView) -> None:
    release = view.release
    click.echo(f"{view.image} {release.version if release else '(not released)'}")
    about = (("description", view.description), ("owner", view.owner))
    fields = [(name, text) for name, text in about if text]
    if release:
        fields += _release(release, [name for name, at in view.channels.items() if at == release.digest])
    fields += [
        ("demands not met", f"{one.stage}: {one.problem}" if one.stage else one.problem) for one in view.unmet
    ]
    if failure := view.failure:
        told = f"failed {failure.where}, {moment(failure.at)}: {failure.run_id}"
        fields.append(("last run", told))
    write_fields(fields, indent=2)
    if view.problems:
        click.echo("\nProblems of its definition")
        for problem in view.problems:
            write_problem(problem)
    evidence = [(one.stage, one.artifact_type, one.digest) for one in view.evidence]
    _section("Evidence", ("STAGE", "TYPE", "DIGEST"), evidence)
    moves = [(moment(one.at), one.channel, one.digest, one.actor) for one in view.moves]
    _section("Channel moves", ("AT", "CHANNEL", "TO", "BY"), moves)
    decisions = [(moment(one.at), one.run_id, one.text, one.asked) for one in view.decisions]
    columns = 3 + any(one.asked for one in view.decisions)
    head = ("AT", "RUN", "REASON", "ASKED")[:columns]
    _section("Decisions", head, [row[:columns] for row in decisions])


def _release(release: ReleaseView, channels: Sequence[str]) -> list[tuple[str, str]]:
    base = f"{release.base_name} at {release.base_digest}" if release.base_name else "bootstrapped"
    return [
        ("digest", release.digest),
        ("reason", release.text),
        *([("asked", release.asked)] if release.asked else []),
        ("released", moment(release.released_at) + (" (backfill)" if release.backfill else "")),
        ("base", base),
        ("build id", release.build_id),
        ("plan", release.plan),
        ("channels", ", ".join(channels) or "none"),
        *((name.replace("_", " "), f"{value:,}") for name, value in release.facts.items()),
    ]


def _section(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if rows:
        click.echo(f"\n{title}")
        write_table(head, rows)
