"""``golden-images backfill``: build on every version that the base had in a window of time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from golden_images.cli.options import complete_image, env_file_option, json_option, project_option
from golden_images.cli.output import write_record, write_table
from golden_images.cli.services import Services
from golden_images.core.words import count, moment
from golden_images.scheduling.backfill import REPROCESS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from golden_images.ports import Ports
    from golden_images.project import Project
    from golden_images.scheduling.backfill import Window
    from golden_images.views.backfill import Asked, PastVersion, Surveyed


class _Moment(click.ParamType[datetime]):
    """A date (its midnight, as Airflow takes it) or a time of ISO 8601; UTC without an offset."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is neither a date (2026-11-23) nor a time (2026-11-23T02:00)", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


@click.command(short_help="Build on past versions of the base.")
@click.argument("name", shell_complete=complete_image)
@click.option("--from", "since", type=_Moment(), required=True, help="Begin of the window; belongs to it.")
@click.option("--to", "until", type=_Moment(), required=True, help="End; belongs to it. A date: its 00:00.")
@click.option("--dry-run", is_flag=True, help="Show what Airflow would do, base version by base version.")
@click.option("--cascade", is_flag=True, help="Then the children, on the releases that it makes.")
@click.option(
    "--reprocess-behavior",
    "reprocess",
    type=click.Choice(REPROCESS),
    default="none",
    show_default=True,
    help="Which base versions that have a run already get another one.",
)
@click.option(
    "--max-active-runs",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Runs of this backfill at one time.",
)
@click.option("--run-backwards", is_flag=True, help="The newest base version first.")
@project_option
@env_file_option
@json_option
@click.pass_obj
def backfill(
    services: Services,
    name: str,
    since: datetime,
    until: datetime,
    dry_run: bool,
    cascade: bool,
    reprocess: str,
    max_active_runs: int,
    run_backwards: bool,
    root: Path | None,
    env_file: Path | None,
    as_json: bool,
) -> int:
    """Build NAME once on every version that its base had between two moments.

    Airflow makes the runs: this is `airflow backfill create` with its refusals explained. No channel
    moves. What is built on a base version already is recognised. Exit code 1 of a dry run: a run would
    fail, for its base is gone.
    """
    from golden_images.planning.survey import ledger_of
    from golden_images.scheduling.backfill import Window
    from golden_images.scheduling.naming import dag_id
    from golden_images.views import backfill as views

    project = services.project(root)
    base = ledger_of(project.definition(name))
    ports = services.connect(project, env_file)
    window = Window(
        dag_id(name),
        since,
        until,
        reprocess,
        run_backwards,
        max_active_runs,
        {"cascade": True} if cascade else {},
    )
    backfills = services.backfills()
    keys = tuple(backfills.keys(window))
    children = project.graph.descendants(name) if cascade else ()
    asked = views.Asked(name, base, window.dag_id, since, until, tuple(children))
    if dry_run:
        found = _survey(services, project, asked, ports, window, keys)
        if as_json:
            write_record(asked, found)
        else:
            _write(asked, found.versions)
        return 1 if found.fails else 0
    started = views.Started(backfills.create(window), keys)
    if as_json:
        write_record(asked, started)
    else:
        click.echo(f"backfill {started.backfill} of {window.dag_id}: {count(len(keys), 'run')}")
    return 0


def _survey(
    services: Services, project: Project, asked: Asked, ports: Ports, window: Window, keys: Collection[str]
) -> Surveyed:
    from golden_images.core.partition import partitions
    from golden_images.views.backfill import surveyed
    from golden_images.views.plan import request

    ledger = ports.catalog().base_versions(asked.base, window.since, window.until)
    versions = [(str(key), version) for key, version in partitions(ledger)]
    if window.backwards:
        versions.reverse()
    wanted = request(
        project, asked.image, "backfill", services.now(), lambda line: click.echo(line, err=True)
    )
    return surveyed(wanted, versions, keys, ports)


def _write(asked: Asked, past: Sequence[PastVersion]) -> None:
    window = f"between {moment(asked.from_)} and {moment(asked.to)}"
    if not past:
        click.echo(f"{asked.image}: the ledger knows no version of {asked.base} {window}")
        return
    click.echo(f"{asked.image}: {count(len(past), 'version')} of {asked.base} {window}")
    rows = [
        (moment(one.at), one.digest.short, one.tag, "new" if one.run else "exists", _told(one))
        for one in past
    ]
    write_table(("BASE VERSION", "DIGEST", "TAG", "RUN", "RELEASE"), rows)
    outcomes = [str(one.outcome) for one in past if one.run]
    runs = f"{outcomes.count('build')} to build, {outcomes.count('exists')} built already"
    click.echo(f"{count(len(outcomes), 'run')}: {runs}, {outcomes.count('gone')} would fail")
    if asked.cascade:
        click.echo(f"then, on each release: {', '.join(asked.cascade)}")


def _told(one: PastVersion) -> str:
    match one.outcome:
        case "exists":
            return f"{one.version} exists"
        case "gone":
            return f"fails: {one.detail}" if one.run else one.detail
    return f"builds {one.version}" if one.run else "none (--reprocess-behavior runs it again)"
