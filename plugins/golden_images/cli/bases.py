"""``golden-images bases``: the ledger of base versions, which backfill walks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from golden_images.cli.options import env_file_option, json_option, project_option
from golden_images.cli.output import age, near, write_json, write_problem, write_record, write_table
from golden_images.cli.services import Services
from golden_images.core.words import count, moment

if TYPE_CHECKING:
    from datetime import datetime

    from golden_images.project import Project
    from golden_images.views.bases import BaseLine, VersionLine

_BASES = ("BASE", "VERSIONS", "LATEST", "SINCE", "SOURCE", "IMAGES")
_PAST = ("AT", "DIGEST", "TAG", "PLATFORMS", "SOURCE")


@click.group(short_help="The ledger of base versions.")
def bases() -> None:
    """The ledger of base versions: what each base was, and since when. Backfill walks it."""


@bases.command("list", short_help="Every base, or every version of one.")
@click.argument("base", required=False)
@project_option
@env_file_option
@json_option
@click.pass_obj
def list_bases(
    services: Services, base: str | None, root: Path | None, env_file: Path | None, as_json: bool
) -> None:
    """List every base with its newest version; with BASE, every version of that one, newest first."""
    from golden_images.views import bases as views

    project = services.project(root)
    catalog = services.connect(project, env_file).catalog()
    if base is not None:
        past = views.base_past(project, catalog, _name(project, base))
        if as_json:
            write_record(past)
        else:
            write_table(_PAST, [_version(one) for one in past.versions])
        return
    lines = views.bases(project, catalog)
    if as_json:
        write_record(lines)
    else:
        now = services.now()
        write_table(_BASES, [_row(one, now) for one in lines])


def _row(line: BaseLine, now: datetime) -> tuple[str, ...]:
    latest = line.latest
    digest = latest.digest.short if latest else "none yet"
    if line.pending:
        digest += f", {line.pending.digest.short} pending"
    since = f"{moment(latest.at)} ({age(latest.at, now)})" if latest else ""
    source = latest.source if latest else ""
    return (line.base, str(line.versions), digest, since, source, ", ".join(line.images))


def _version(line: VersionLine) -> tuple[str, ...]:
    return (moment(line.at), line.digest, line.tag, " ".join(line.platforms), line.source)


@bases.command(short_help="Take over the dated tags of registries.")
@click.argument("names", metavar="[BASE]...", nargs=-1)
@project_option
@env_file_option
@json_option
@click.pass_obj
def sync(
    services: Services, names: tuple[str, ...], root: Path | None, env_file: Path | None, as_json: bool
) -> int:
    """Record past versions of bases from the dated tags of their registries.

    Which tags are dated, and how, stands in the definition: `base.versions.tags`. Without BASE, every
    base of the project that says so. Again is harmless. Exit code 1 if a tag could not be taken over.
    """
    from golden_images.errors import UsageError
    from golden_images.watching.ledger import sync as sync_tags

    project = services.project(root)
    ports = services.connect(project, env_file)
    found: dict[tuple[str, str], Any] = {}
    for definition in project.definitions.values():
        external, versions = definition.base.external, definition.base.versions
        if external is not None and versions is not None:
            found[str(external), versions.tags] = external
    if names:
        wanted = {_name(project, name) for name in names}
        for name in sorted(wanted - {base for base, _ in found}):
            raise UsageError(f"no definition says how versions of {name} are tagged (base.versions.tags)")
        found = {key: external for key, external in found.items() if key[0] in wanted}
    results = [
        sync_tags(
            external,
            pattern,
            ports.registry_of(external.registry),
            ports.catalog(),
            lambda line: click.echo(line, err=True),
        )
        for (_, pattern), external in sorted(found.items())
    ]
    if as_json:
        import dataclasses

        write_json([dataclasses.asdict(result) for result in results])
    else:
        for result in results:
            for problem in result.problems:
                click.echo(problem)
            click.echo(
                f"{result.base}: {count(result.matched, 'dated tag')} of {result.tags},"
                f" {result.recorded} new to the ledger"
            )
        if not results:
            click.echo("no base has base.versions.tags, so there is nothing to take over")
    return 1 if any(result.problems for result in results) else 0


@bases.command("import", short_help="Take over versions from a file or a command.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@project_option
@env_file_option
@json_option
@click.pass_obj
def import_versions(
    services: Services, file: Path, root: Path | None, env_file: Path | None, as_json: bool
) -> int:
    """Record the base versions that FILE lists: JSON lines, CSV or YAML with base, digest and at.

    FILE is - for standard input, so that any command can be the source. Nothing is recorded unless
    every line is right; all problems are shown at once. The same file again changes nothing.
    """
    from golden_images.core.ledger_file import LedgerFile

    project = services.project(root)
    dash = str(file) == "-"
    content = sys.stdin.buffer.read() if dash else file.read_bytes()
    names = frozenset({*project.files, *project.graph.order})
    read = LedgerFile(Path("<stdin>") if dash else file, content, services.now(), names)
    recorded = 0
    if not read.problems:
        catalog = services.connect(project, env_file).catalog()
        recorded = catalog.record_base_versions(read.versions)
    if as_json:
        problems = [problem.as_json(near(problem.path)) for problem in read.problems]
        write_json({"read": len(read.versions), "recorded": recorded, "problems": problems})
    else:
        for problem in read.problems:
            write_problem(problem)
        told = f"{count(len(read.problems), 'problem')}, nothing recorded" if read.problems else ""
        click.echo(told or f"{count(len(read.versions), 'version')}, {recorded} new to the ledger")
    return 1 if read.problems else 0


def _name(project: Project, text: str) -> str:
    """The ledger's name of what a person wrote. Raises UsageError."""
    from golden_images.core.reference import Reference
    from golden_images.errors import UsageError

    if text in project.files:
        return text
    try:
        return str(Reference.parse(text))
    except ValueError as error:
        raise UsageError(f"{text!r} is neither an image nor a reference: {error}") from None
