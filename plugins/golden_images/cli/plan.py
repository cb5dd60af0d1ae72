"""``golden-images plan``: what a run would do now, and why. Builds nothing, writes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from golden_images.cli.options import complete_image, env_file_option, json_option, project_option
from golden_images.cli.output import write_fields, write_record
from golden_images.cli.services import Services

if TYPE_CHECKING:
    from golden_images.views.plan import PlanView


@click.command(short_help="What a run would do now, and why.")
@click.argument("name", shell_complete=complete_image)
@click.option("--force", is_flag=True, help="As if the run were forced.")
@project_option
@env_file_option
@json_option
@click.pass_obj
def plan(
    services: Services, name: str, force: bool, root: Path | None, env_file: Path | None, as_json: bool
) -> None:
    """Show what a run of NAME would do now and why, by digest. Nothing is built."""
    from dataclasses import replace

    from golden_images.views import plan as views

    project = services.project(root)
    request = views.request(project, name, "plan", services.now(), lambda line: click.echo(line, err=True))
    view = views.plan(replace(request, force=force), services.connect(project, env_file, quick=True))
    if as_json:
        write_record(view)
    else:
        _write(view)


def _write(view: PlanView) -> None:
    would = "would build" if view.builds else "would not build"
    click.echo(f"{view.image}: {would}" + (f", but judge {view.judges}" if view.judges else ""))
    fields = [("reason", str(view.reason))]
    if view.version:
        fields.append(("version", view.version))
    fields += [
        ("build id", view.build_id),
        ("base", f"{view.base.name} at {view.base.digest}" if view.base else "bootstrapped"),
        *(("stage on", f"{pin.name} at {pin.digest}") for pin in view.stage_bases),
        ("context", view.context or "none"),
        ("demands", view.demands),
        *([("policy", view.policy)] if view.policy else []),
        *([("waived", ", ".join(view.waivers))] if view.waivers else []),
        ("platforms", ", ".join(view.platforms)),
        ("stages", " → ".join(view.stages)),
    ]
    if view.judges:
        stands = f"; evidence of {', '.join(view.stands)} stands" if view.stands else ""
        fields.append(("work", f"nothing is built, no channel moves{stands}"))
    if view.builds:
        fields.append(("channels", ", ".join(view.automatic_channels) or "none of its own"))
    write_fields(fields, indent=2)
