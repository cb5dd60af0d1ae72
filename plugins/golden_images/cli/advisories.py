"""``golden-images advisories``: the databases that scanners work with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from golden_images.cli.options import env_file_option, json_option, project_option
from golden_images.cli.output import age, brief, write_fields, write_record, write_table
from golden_images.cli.services import Services
from golden_images.core.advisories import KEV, NAMES
from golden_images.core.words import count, moment, one_line

if TYPE_CHECKING:
    from datetime import datetime

    from golden_images.advisories.store import Store
    from golden_images.ports import Ports
    from golden_images.project import Project
    from golden_images.views.advisories import DatabaseLine

_DATABASES = ("NAME", "VERSION", "BUILT", "RECORDS", "DIGEST", "CURRENT", "SOURCE")
_SAID = ("DATABASE", "ID", "PLATFORM", "PACKAGE", "AFFECTED")


@click.group(short_help="Databases of advisories, which scanners work with.")
def advisories() -> None:
    """Databases of advisories: artifacts in the registry, by digest, the same for every worker."""


@advisories.command("import", short_help="Take over a database from this machine.")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--name", type=click.Choice(NAMES), help="What it has to be; default: what it is.")
@click.option("--ecosystem", default="", help="Of OSV records: Debian, PyPI; default: what all are of.")
@click.option(
    "--older", is_flag=True, help="Also one that is older than the current one, or has less than half of it."
)
@click.option("--alone", is_flag=True, help="Of OSV: the current one's other ecosystems do not stay.")
@project_option
@env_file_option
@json_option
@click.pass_obj
def import_database(
    services: Services,
    path: Path,
    name: str | None,
    ecosystem: str,
    older: bool,
    alone: bool,
    root: Path | None,
    env_file: Path | None,
    as_json: bool,
) -> None:
    """Read PATH strictly, store it in the registry, and make it the current database of its name.

    OSV: a zip or a folder of records, or a folder with one for each ecosystem. grype and trivy: a folder
    with its two files, or a tar of them. KEV: CISA's JSON or CSV. EPSS: FIRST's CSV, also packed.
    The same again changes nothing. What is broken, empty, of the future, older or half of one is refused.
    """
    from golden_images.advisories.importing import import_
    from golden_images.views.advisories import lines

    _, _, store = _store(services, root, env_file)
    stored = import_(store, path, name=name or "", ecosystem=ecosystem, older=older, alone=alone)
    (line,) = lines([stored.database])
    if as_json:
        write_record(line)
    else:
        click.echo(_told(line, stored.new))


@advisories.command(short_help="Look at the sources that the organisation names.")
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
@project_option
@env_file_option
@json_option
@click.pass_obj
def sync(
    services: Services, names: tuple[str, ...], root: Path | None, env_file: Path | None, as_json: bool
) -> int:
    """Import what is new at the sources of `advisories.sources` in include/golden_images.yaml.

    SOURCE is one of their names (osv, trivy, …); default: all. Exit code 1 if one gave nothing.
    """
    from golden_images.advisories.sync import Sync
    from golden_images.errors import UsageError
    from golden_images.views.advisories import lines

    project, ports, store = _store(services, root, env_file)
    sources = project.organisation.advisories.sources
    if unknown := sorted({*names} - {source.name for source in sources}):
        raise UsageError(
            f"the organisation names no source of {', '.join(unknown)}",
            remedy="add it to advisories.sources in include/golden_images.yaml",
        )
    wanted = [source for source in sources if not names or source.name in names]
    results = Sync(store, ports.downloads, ports.registry_of).all(wanted)
    if as_json:
        write_record(results)
    else:
        for result in results:
            if result.problem:
                click.echo(f"{result.source}: {result.problem}")
            elif result.database is not None:
                (line,) = lines([result.database])
                click.echo(f"{result.source}: {_told(line, result.new)}")
        if not results:
            click.echo("the organisation names no sources (advisories.sources), so there is nothing to do")
    return 1 if any(result.problem for result in results) else 0


@advisories.command("list", short_help="Every database, the current ones first.")
@project_option
@env_file_option
@json_option
@click.pass_obj
def list_databases(services: Services, root: Path | None, env_file: Path | None, as_json: bool) -> None:
    """List every database that the catalog knows. Scans take the current one of each name."""
    from golden_images.views.advisories import lines

    _, _, store = _store(services, root, env_file)
    found = lines(store.catalog.databases())
    if as_json:
        write_record(found)
    else:
        now = services.now()
        write_table(_DATABASES, [_row(line, now) for line in found])
        if not found:
            click.echo("there are none: golden-images advisories import, or sync", err=True)


@advisories.command(short_help="What the current databases say of a vulnerability.")
@click.argument("id_", metavar="ID")
@project_option
@env_file_option
@json_option
@click.pass_obj
def show(services: Services, id_: str, root: Path | None, env_file: Path | None, as_json: bool) -> None:
    """Show what each current database says of ID, such as CVE-2024-3094, by any of its names."""
    from golden_images.views.advisories import told

    _, _, store = _store(services, root, env_file)
    found = told(store, id_)
    if as_json:
        write_record(found)
        return
    rows = [
        (one.database, one.id, one.platform, one.package, "withdrawn" if one.withdrawn else one.affected)
        for one in found.said
    ]
    if rows:
        write_table(_SAID, [tuple(map(one_line, row)) for row in rows])
    asked = ", ".join(f"{one.name} of {moment(one.built)}" for one in found.databases)
    known = "not known to be" if any(one.name == KEV for one in found.databases) else "nobody tells"
    likely = "" if found.probability is None else f"{found.probability:.2%} within thirty days"
    write_fields(
        [
            ("exploited", f"since {found.exploited}" if found.exploited else known),
            ("probability", likely or "nobody tells"),
            ("asked", asked or "nobody: there is no database"),
        ]
    )
    if not rows:
        click.echo(f"no current database names {one_line(id_)}", err=True)


def _store(services: Services, root: Path | None, env_file: Path | None) -> tuple[Project, Ports, Store]:
    from golden_images.advisories.store import Store

    project = services.project(root)
    ports = services.connect(project, env_file)

    def log(line: str) -> None:
        click.echo(line, err=True)

    store = Store(project.organisation, ports.registry(), ports.catalog(), services.now, log)
    return project, ports, store


def _told(line: DatabaseLine, new: bool) -> str:
    held = f"{line.name} {line.digest.short}: {count(line.records, 'record')}, built {moment(line.built)}"
    return held if new else f"{held}, nothing new"


def _row(line: DatabaseLine, now: datetime) -> tuple[str, ...]:
    return (
        line.name,
        line.version,
        f"{moment(line.built)} ({age(line.built, now)})",
        str(line.records),
        brief(line.digest),
        "current" if line.current else "",
        one_line(line.source),
    )
