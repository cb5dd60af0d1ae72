"""``golden-images catalog``: care of the index."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from golden_images.cli.options import env_file_option, json_option, project_option
from golden_images.cli.output import write_json
from golden_images.cli.services import Services
from golden_images.core.words import count


@click.group(short_help="Care of the catalog, the index.")
def catalog() -> None:
    """Care of the catalog, the index of what the registry holds."""


@catalog.command()
@project_option
@env_file_option
@json_option
@click.pass_obj
def migrate(services: Services, root: Path | None, env_file: Path | None, as_json: bool) -> None:
    """Bring the database to the schema of this version. Again is harmless."""
    project = services.project(root)
    services.connect(project, env_file).catalog().migrate()
    if as_json:
        write_json({"migrated": True})
    else:
        click.echo("the catalog has the schema of this version")


@catalog.command()
@project_option
@env_file_option
@json_option
@click.pass_obj
def rebuild(services: Services, root: Path | None, env_file: Path | None, as_json: bool) -> int:
    """Make the catalog anew from what the registry holds.

    Releases, evidence and channels come back; decisions and versions of external bases, which no
    registry holds, are kept. Exit code 1 if something in the registry could not be taken over.
    """
    from golden_images.catalogue.rebuild import rebuild as rebuild_catalog

    project = services.project(root)
    ports = services.connect(project, env_file)
    ports.catalog().migrate()
    result = rebuild_catalog(
        ports.catalog(),
        ports.registry(),
        project.organisation,
        lambda line: click.echo(line, err=True),
        sorted(project.files),
    )
    if as_json:
        write_json(dataclasses.asdict(result))
    else:
        for problem in result.problems:
            click.echo(problem)
        click.echo(
            f"{count(result.images, 'image')}, {count(result.releases, 'release')},"
            f" {result.evidence} evidence, {count(result.moves, 'channel move')},"
            f" {count(len(result.problems), 'problem') if result.problems else 'no problems'}"
        )
    return 1 if result.problems else 0
