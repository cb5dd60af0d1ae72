"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_F = Callable[..., Any]


def project_option(command: _F) -> _F:
    return click.option(
        "--project",
        "root",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="The project's folder; default: the one that the working directory lies in.",
    )(command)


def json_option(command: _F) -> _F:
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")(command)


def env_file_option(command: _F) -> _F:
    return click.option(
        "--env-file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="KEY=VALUE lines with Airflow's settings and Connections; default: .state/airflow.env of the"
        " project, unless AIRFLOW_HOME is set.",
    )(command)


def complete_image(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Names of definitions, by their files alone: completion has to be instant."""
    from golden_images.errors import GoldenImagesError
    from golden_images.project import IMAGES, find

    try:
        root = context.params.get("root") or find(Path.cwd())
    except GoldenImagesError:
        return []
    names = (path.stem for path in (root / IMAGES).glob("*.yaml"))
    return sorted(name for name in names if name.startswith(incomplete))
