"""``golden-images plan``: what a run would do now, and why. Builds nothing, writes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from golden_images.cli.options import complete_image, env_file_option, json_option, project_option
from golden_images.cli.output import write_fields, write_json
from golden_images.cli.services import Services

if TYPE_CHECKING:
    from golden_images.core.definition import Definition
    from golden_images.project import Project
    from golden_images.stages.resolve import Resolution


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
    from golden_images.pipeline import demands
    from golden_images.planning.request import Request
    from golden_images.stages.resolve import decide

    project = services.project(root)
    definition = find_definition(project, name)
    now = services.now()
    request = Request(
        organisation=project.organisation,
        definition=definition,
        contexts=project.contexts,
        run_id="plan",
        now=now,
        date=now,
        log=lambda line: click.echo(line, err=True),
        demands=demands(definition),
        force=force,
    )
    resolution = decide(request, services.connect(project, env_file, quick=True))
    facts = _facts(definition, resolution)
    if as_json:
        write_json(facts)
    else:
        _write(facts, resolution)


def find_definition(project: Project, name: str) -> Definition:
    """Raises DefinitionError if ``name`` is broken, UsageError if there is no such image."""
    from golden_images.core.problem import closest
    from golden_images.errors import DefinitionError

    if name in project.broken:
        raise DefinitionError(project.broken[name])
    if name not in project.definitions:
        near = closest(name, project.files)
        hint = (
            f"; did you mean {near}?" if near else f"; there are {', '.join(sorted(project.files)) or 'none'}"
        )
        raise click.UsageError(f"there is no image {name!r}{hint}")
    return project.definitions[name]


def _facts(definition: Definition, resolution: Resolution) -> dict[str, Any]:
    from golden_images.pipeline import stages_for

    made, inputs = resolution.plan, resolution.plan.inputs
    builds, judged = resolution.reason.why.builds, resolution.existing if made.judges else None
    runs = resolution.reason.why.runs
    return {
        "image": inputs.image,
        "builds": builds,
        "judges": judged.version if judged else None,
        "reason": resolution.reason.model_dump(mode="json"),
        "version": made.version if builds else None,
        "build_id": made.build_id,
        "base": inputs.base.model_dump(mode="json") if inputs.base else None,
        "context": inputs.context or None,
        "demands": str(made.demands.digest),
        "platforms": list(inputs.platforms),
        "args": dict(definition.build.args),
        "stages": ["resolve", *(stage.name for stage in stages_for(definition))] if runs else ["resolve"],
        "automatic_channels": list(made.automatic_channels) if builds else [],
    }


def _write(facts: dict[str, Any], resolution: Resolution) -> None:
    would = "would build" if facts["builds"] else "would not build"
    click.echo(f"{facts['image']}: {would}" + (f", but judge {facts['judges']}" if facts["judges"] else ""))
    fields = [("reason", str(resolution.reason))]
    if facts["version"]:
        fields.append(("version", facts["version"]))
    base = facts["base"]
    fields += [
        ("build id", facts["build_id"]),
        ("base", f"{base['name']} at {base['digest']}" if base else "bootstrapped"),
        ("context", facts["context"] or "none"),
        ("demands", facts["demands"]),
        ("platforms", ", ".join(facts["platforms"])),
        ("stages", " → ".join(facts["stages"])),
    ]
    if facts["builds"]:
        fields.append(("channels", ", ".join(facts["automatic_channels"]) or "none of its own"))
    write_fields(fields, indent="  ")
