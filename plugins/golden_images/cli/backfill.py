"""``golden-images backfill``: build on every version that the base had in a window of time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from golden_images.cli.options import complete_image, env_file_option, json_option, project_option
from golden_images.cli.output import brief, write_json, write_table
from golden_images.cli.plan import find_definition
from golden_images.cli.services import Services
from golden_images.core.words import count, moment
from golden_images.scheduling.backfill import REPROCESS

if TYPE_CHECKING:
    from collections.abc import Collection

    from golden_images.core.definition import Definition
    from golden_images.ports import Ports
    from golden_images.project import Project
    from golden_images.scheduling.backfill import Window


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

    project = services.project(root)
    definition = find_definition(project, name)
    base = ledger_of(definition)
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
    keys = backfills.keys(window)
    facts: dict[str, Any] = {
        "image": name,
        "base": base,
        "dag": window.dag_id,
        "from": moment(since),
        "to": moment(until),
        "cascade": list(project.graph.descendants(name)) if cascade else [],
    }
    if dry_run:
        past = _past(services, project, definition, ports, window, keys)
        facts["versions"] = past
        if as_json:
            write_json(facts)
        else:
            _write(facts)
        return 1 if any(one["run"] and one["outcome"] == "gone" for one in past) else 0
    made = backfills.create(window)
    if as_json:
        write_json(facts | {"backfill": made, "runs": keys})
    else:
        click.echo(f"backfill {made} of {window.dag_id}: {count(len(keys), 'run')}")
    return 0


def _past(
    services: Services,
    project: Project,
    definition: Definition,
    ports: Ports,
    window: Window,
    keys: Collection[str],
) -> list[dict[str, Any]]:
    """One fact a base version, in the order of their runs."""
    from golden_images.pipeline import demands
    from golden_images.planning.request import Request
    from golden_images.planning.survey import survey
    from golden_images.scheduling.partition import PartitionKey, partitions

    request = Request(
        organisation=project.organisation,
        definition=definition,
        contexts=project.contexts,
        run_id="backfill",
        now=services.now(),
        date=services.now(),
        log=lambda line: click.echo(line, err=True),
        demands=demands(definition),
        backfill=True,
    )
    ledger = ports.catalog().base_versions(definition.base.ledger, window.since, window.until)
    versions = [version for _, version in partitions(ledger)]
    if window.backwards:
        versions.reverse()
    facts = []
    for one in survey(request, versions, ports):
        key = str(PartitionKey(one.base.at, one.base.digest))
        facts.append(
            {
                "at": moment(one.base.at),
                "digest": str(one.base.digest),
                "tag": one.base.tag,
                "partition_key": key,
                "run": key in keys,
                "outcome": str(one.outcome),
                "version": one.version or None,
                "detail": one.detail,
            }
        )
    return facts


def _write(facts: dict[str, Any]) -> None:
    past = facts["versions"]
    window = f"between {facts['from']} and {facts['to']}"
    if not past:
        click.echo(f"{facts['image']}: the ledger knows no version of {facts['base']} {window}")
        return
    click.echo(f"{facts['image']}: {count(len(past), 'version')} of {facts['base']} {window}")
    rows = [
        (one["at"], brief(one["digest"]), one["tag"], "new" if one["run"] else "exists", _told(one))
        for one in past
    ]
    write_table(("BASE VERSION", "DIGEST", "TAG", "RUN", "RELEASE"), rows)
    outcomes = [one["outcome"] for one in past if one["run"]]
    runs = f"{outcomes.count('build')} to build, {outcomes.count('exists')} built already"
    click.echo(f"{count(len(outcomes), 'run')}: {runs}, {outcomes.count('gone')} would fail")
    if facts["cascade"]:
        click.echo(f"then, on each release: {', '.join(facts['cascade'])}")


def _told(one: dict[str, Any]) -> str:
    match one["outcome"]:
        case "exists":
            return f"{one['version']} exists"
        case "gone":
            return f"fails: {one['detail']}" if one["run"] else one["detail"]
    if one["run"]:
        return f"builds {one['version']}"
    return "none (--reprocess-behavior runs it again)"
