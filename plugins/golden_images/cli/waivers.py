"""``golden-images waivers``: what does not count, until when, and the same in words that others read."""

from __future__ import annotations

from pathlib import Path

import click

from golden_images.cli.options import complete_image, json_option, project_option
from golden_images.cli.output import paint, write_json, write_problem, write_record, write_table
from golden_images.cli.services import Services
from golden_images.core.words import moment

_HEAD = ("FINDING", "IMAGES", "PACKAGE", "STATUS", "OWNER", "UNTIL", "")


@click.group(short_help="Findings that do not count for a while.")
def waivers() -> None:
    """Findings that do not count for a while, as include/waivers/*.yaml has them."""


@waivers.command("list")
@project_option
@json_option
@click.pass_obj
def list_waivers(services: Services, root: Path | None, as_json: bool) -> int:
    """List every waiver, the one that ends first at the top. Exit code 1 if a file is broken."""
    from golden_images import rulebook
    from golden_images.views.waivers import WaiverState, waiver_lines

    now = services.now()
    found = rulebook.waivers(services.project(root), now)
    lines = waiver_lines(found.known, now)
    if as_json:
        write_record(lines)
    else:
        colours = {WaiverState.ENDS: "yellow", WaiverState.ENDED: "red"}
        rows = [
            (
                one.finding,
                ", ".join(one.images),
                one.package or "any",
                one.status,
                one.owner,
                moment(one.expires),
                "" if one.state is WaiverState.COUNTS else paint(one.state, fg=colours[one.state]),
            )
            for one in lines
        ]
        write_table(_HEAD, rows)
    for problem in found.problems:
        write_problem(problem, err=True)
    return 1 if found.problems else 0


@waivers.command()
@click.argument("image", shell_complete=complete_image)
@click.option(
    "--format",
    "form",
    type=click.Choice(["openvex", "cyclonedx"]),
    default="openvex",
    help="OpenVEX 0.2.0 or CycloneDX 1.6.",
)
@click.option("--product", default="", help="Package URL of the image; default: pkg:oci/<image>.")
@project_option
@json_option
@click.pass_obj
def export(
    services: Services,
    image: str,
    form: str,
    product: str,
    root: Path | None,
    as_json: bool,  # noqa: ARG001 - it is JSON with and without
) -> None:
    """Write what is said of IMAGE's findings, for scanners and people elsewhere (VEX).

    Waivers that have ended, and those of licences and packages, are left out.
    """
    from golden_images import rulebook
    from golden_images.core.waivers import cyclonedx, openvex
    from golden_images.core.waivers.model import check_purl

    project, now = services.project(root), services.now()
    definition = project.definition(image)
    try:
        of = check_purl(product) if product else f"pkg:oci/{image}"
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    author = project.organisation.about.vendor or definition.about.vendor or definition.owner
    write = {"openvex": openvex.document, "cyclonedx": cyclonedx.document}[form]
    write_json(write(of, rulebook.waivers_of(project, image, now), author, now))
