"""``golden-images list``: every image and where it stands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from golden_images.cli.options import env_file_option, json_option, project_option
from golden_images.cli.output import age, brief, write_json, write_table
from golden_images.cli.services import Services
from golden_images.core.words import count, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from golden_images.core.base import Base
    from golden_images.core.digest import Digest
    from golden_images.core.release import Failure, Release, Shortfall
    from golden_images.project import Project

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
    project = services.project(root)
    catalog = services.connect(project, env_file).catalog()
    names = [*project.graph.order]
    undefined = [name for name in catalog.images() if name not in names]
    retired = catalog.retired(undefined)
    names += [name for name in undefined if everything or name not in retired]
    releases = catalog.currents(names)
    channels = catalog.standing(names)
    failures = catalog.failures(names)
    shortfalls = catalog.shortfalls(names)
    images = [
        {
            **_facts(project, name, releases.get(name), channels[name], retired=name in retired),
            "unmet": unmet_facts(shortfalls.get(name, ()), releases.get(name)),
            "failure": failure_facts(failures.get(name)),
        }
        for name in names
    ]
    if as_json:
        write_json(images)
    else:
        now = services.now()
        rows = [
            (
                *_row(image, releases.get(image["image"]), now),
                ", ".join(one["stage"] or "not judged yet" for one in image["unmet"]),
                _last_run(image["failure"], now),
            )
            for image in images
        ]
        # Columns for the exceptions alone: where there is none, the table is as narrow as it can be.
        head = (*_HEAD, "DEMANDS NOT MET", "LAST RUN")
        kept = [index for index, name in enumerate(head) if name in _HEAD or any(row[index] for row in rows)]
        write_table([head[index] for index in kept], [[row[index] for index in kept] for row in rows])


def unmet_facts(shortfalls: Iterable[Shortfall], release: Release | None) -> list[dict[str, Any]]:
    """What keeps ``release`` from meeting the demands of now; ``stage`` is None until stages looked."""
    from golden_images.core.release import UNJUDGED

    about = [one for one in shortfalls if release and one.digest == release.digest]
    found = [one for one in about if one.stage != UNJUDGED] or about
    return [
        {"stage": one.stage if one.stage != UNJUDGED else None, "problem": one.problem, "at": moment(one.at)}
        for one in found
    ]


def failure_facts(failure: Failure | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    return {"run_id": failure.run_id, "at": moment(failure.at), "stage": failure.stage or None}


def failed_where(failure: dict[str, Any]) -> str:
    """``in test``, to follow "failed"."""
    return f"in {failure['stage']}" if failure["stage"] else "as a whole"


def describe_base(base: Base) -> str:
    if base.bootstrap is not None:
        return f"bootstrap {base.bootstrap.distribution} {base.bootstrap.suite}"
    return base.image or base.reference or ""


def _facts(
    project: Project, name: str, release: Release | None, channels: Mapping[str, Digest], *, retired: bool
) -> dict[str, Any]:
    definition = project.definitions.get(name)
    absent = "retired" if retired else "undefined"
    state = "sound" if definition else "broken" if name in project.broken else absent
    return {
        "image": name,
        "definition": state,
        "problems": len(project.broken.get(name, ())),
        "base": describe_base(definition.base) if definition else None,
        "version": release.version if release else None,
        "digest": str(release.digest) if release else None,
        "channels": {channel: str(digest) for channel, digest in channels.items()},
        "reason": release.reason.model_dump(mode="json") if release else None,
        "released_at": moment(release.released_at) if release else None,
    }


def _last_run(failure: dict[str, Any] | None, now: datetime) -> str:
    if failure is None:
        return ""
    return f"failed {failed_where(failure)}, {age(datetime.fromisoformat(failure['at']), now)}"


def _row(image: dict[str, Any], release: Release | None, now: datetime) -> tuple[str, ...]:
    base = image["base"]
    if base is None:
        broken = image["definition"] == "broken"
        absent = "(retired)" if image["definition"] == "retired" else "(no definition)"
        base = f"({count(image['problems'], 'problem')})" if broken else absent
    if release is None:
        return (image["image"], base, "not released", "", "", "", "")
    # A channel elsewhere is the exception worth seeing: it stands with the digest it is on.
    channels = [
        channel if digest == release.digest else f"{channel} at {digest[7:19]}"
        for channel, digest in image["channels"].items()
    ]
    return (
        image["image"],
        base,
        release.version,
        release.digest.short,
        ", ".join(channels),
        brief(str(release.reason)),
        age(release.released_at, now),
    )
