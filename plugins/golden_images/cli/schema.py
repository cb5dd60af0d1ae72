"""``golden-images schema``: the JSON schema that editors complete and check YAML by."""

from __future__ import annotations

from typing import Any

import click

from golden_images.cli.options import json_option
from golden_images.cli.output import write_json


def schema_of(what: str) -> dict[str, Any]:
    from golden_images.core.organisation import Organisation
    from golden_images.core.schema import json_schema
    from golden_images.pipeline import PIPELINE
    from golden_images.pipeline import schema as model

    if what == "organisation":
        return json_schema(Organisation)
    return json_schema(model(), {stage.name: stage.doc for stage in PIPELINE})


@click.command(short_help="JSON schema for editors.")
@click.argument("what", type=click.Choice(["image", "organisation"]), default="image")
@json_option
def schema(what: str, as_json: bool) -> None:  # noqa: ARG001 - it is JSON with and without
    """Print the JSON schema of a definition, or of include/golden_images.yaml.

    include/schema/ holds both; after a change of the pipeline's table, write them anew with
    `golden-images schema image > include/schema/image.schema.json`.
    """
    write_json(schema_of(what))
