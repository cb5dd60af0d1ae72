"""``golden-images schema``: the JSON schema that editors complete and check YAML by."""

from __future__ import annotations

from typing import Any

import click

from golden_images.cli.options import json_option
from golden_images.cli.output import write_json


def schema_of(what: str) -> dict[str, Any]:
    from pydantic import BaseModel

    from golden_images.core.organisation import Organisation
    from golden_images.core.policy.model import Policy
    from golden_images.core.schema import json_schema
    from golden_images.core.waivers.model import WaiverFile
    from golden_images.pipeline import PIPELINE
    from golden_images.pipeline import schema as model

    files: dict[str, type[BaseModel]] = {
        "organisation": Organisation,
        "policy": Policy,
        "waiver": WaiverFile,
    }
    if what in files:
        return json_schema(files[what])
    return json_schema(model(), {stage.name: stage.doc for stage in PIPELINE})


@click.command(short_help="JSON schema for editors.")
@click.argument("what", type=click.Choice(["image", "organisation", "policy", "waiver"]), default="image")
@json_option
def schema(what: str, as_json: bool) -> None:  # noqa: ARG001 - it is JSON with and without
    """Print the JSON schema of a definition, include/golden_images.yaml, a policy or a file of waivers.

    include/schema/ holds them; after a change of the pipeline's table, write them anew with
    `golden-images schema image > include/schema/image.schema.json`.
    """
    write_json(schema_of(what))
