"""``golden-images catalog``: care of the index."""

from __future__ import annotations

from pathlib import Path

import click

from golden_images.cli.options import env_file_option, json_option, project_option
from golden_images.cli.output import write_json
from golden_images.cli.services import Services


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
