"""``golden-images list``: every image and where it stands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from golden_images.cli.options import env_file_option, json_option, project_option
from golden_images.cli.output import age, brief, write_record, write_table
from golden_images.cli.services import Services
from golden_images.core.words import count

if TYPE_CHECKING:
    from golden_images.views.images import ImageLine

_HEAD = ("IMAGE", "BASE", "VERSION", "DIGEST", "CHANNELS", "REASON", "AGE")


@click.command("list", short_help="Every image and where it stands.")
@click.option("--all", "everything", is_flag=True, help="Retired images, too.")
@project_option
@env_file_option
@json_option
@click.pass_obj
def list_images(
    services: Services, everything: bool, root: Path | None, env_file: Path | None, as_json: bool
) -> None:
    """List every image: base, current version, digest, channels, reason and age; bases first."""
    from golden_images import rulebook
    from golden_images.core.waivers.expiry import told
    from golden_images.views.images import images

    project, now = services.project(root), services.now()
    lines = images(project, services.connect(project, env_file).catalog(), retired=everything)
    for note in told(rulebook.waivers(project, now).known, now):
        click.echo(f"note: {note}", err=True)
    if as_json:
        write_record(lines)
        return
    # Columns for the exceptions alone: where there is none, the table is as narrow as it can be.
    head = (*_HEAD, "DEMANDS NOT MET", "LAST RUN")
    rows = [(*_row(line, now), *_exceptions(line, now)) for line in lines]
    kept = [index for index, name in enumerate(head) if name in _HEAD or any(row[index] for row in rows)]
    write_table([head[index] for index in kept], [[row[index] for index in kept] for row in rows])


def _exceptions(line: ImageLine, now: datetime) -> tuple[str, str]:
    unmet = ", ".join(one.stage or "not judged yet" for one in line.unmet)
    failure = line.failure
    return unmet, f"failed {failure.where}, {age(failure.at, now)}" if failure else ""


def _row(line: ImageLine, now: datetime) -> tuple[str, ...]:
    absent = {"broken": count(line.problems, "problem"), "retired": "retired"}
    base = line.base or f"({absent.get(line.definition, 'no definition')})"
    if line.version is None or line.digest is None or line.released_at is None:
        return (line.image, base, "not released", "", "", "", "")
    # A channel elsewhere is the exception worth seeing: it stands with the digest it is on.
    channels = [
        channel if digest == line.digest else f"{channel} at {digest.short}"
        for channel, digest in line.channels.items()
    ]
    reason, since = brief(str(line.reason)), age(line.released_at, now)
    return (line.image, base, line.version, line.digest.short, ", ".join(channels), reason, since)
