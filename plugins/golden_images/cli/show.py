"""``golden-images show``: one release with its evidence, channels, history and decisions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from golden_images.cli.images import failed_where, failure_facts, unmet_facts
from golden_images.cli.options import complete_image, env_file_option, json_option, project_option
from golden_images.cli.output import write_fields, write_json, write_table
from golden_images.cli.services import Services
from golden_images.core.words import asked_by, moment

if TYPE_CHECKING:
    from golden_images.core.release import Release
    from golden_images.ports import Catalog
    from golden_images.project import Project

#: How many moves and decisions are told.
_HISTORY = 10


@click.command(short_help="One release: evidence, channels, history.")
@click.argument("what", shell_complete=complete_image)
@project_option
@env_file_option
@json_option
@click.pass_obj
def show(services: Services, what: str, root: Path | None, env_file: Path | None, as_json: bool) -> None:
    """Show a release: WHAT is an image's name (its current release), a version or a digest.

    A digest may be cut to its first digits, from six on.
    """
    from golden_images.project import load

    project = load(services.root(root))
    catalog = services.connect(project, env_file).catalog()
    image, release = _find(project, catalog, what)
    facts = _facts(project, catalog, image, release)
    if as_json:
        write_json(facts)
    else:
        _write(facts)


def _find(project: Project, catalog: Catalog, what: str) -> tuple[str, Release | None]:
    """Raises InputError if nothing or more than one thing is meant."""
    from golden_images.core.problem import closest
    from golden_images.errors import InputError

    images = sorted({*project.files, *catalog.images()})
    if what in images:
        return what, catalog.current(what)
    digits = what.removeprefix("sha256:")
    by_digest = len(digits) >= 6 and all(character in "0123456789abcdef" for character in digits)
    # Of releases of one digest the oldest.
    found = {
        (release.image, release.digest): release
        for release in catalog.find_releases(what, digits if by_digest else "")
    }
    if len(found) == 1:
        ((key, release),) = found.items()
        return key[0], release
    if found:
        names = ", ".join(f"{one.image} {one.version} ({one.digest})" for one in found.values())
        raise InputError(f"{what} means more than one release", cause=names, remedy="give more digits")
    near = closest(what, images)
    raise InputError(
        f"nothing is known as {what}",
        cause="it is no image, version or digest of a release",
        remedy=f"did you mean {near}?" if near else "golden-images list shows what there is",
    )


def _facts(project: Project, catalog: Catalog, image: str, release: Release | None) -> dict[str, Any]:
    definition = project.definitions.get(image)
    channels = {channel: str(digest) for channel, digest in catalog.channels(image).items()}
    return {
        "image": image,
        "description": definition.description if definition else None,
        "owner": definition.owner if definition else None,
        "release": _release(release) if release else None,
        "unmet": unmet_facts(catalog.shortfalls([image]).get(image, ()), release),
        "failure": failure_facts(catalog.failures([image]).get(image)),
        "evidence": [
            {
                "stage": record.stage,
                "artifact_type": record.artifact_type,
                "digest": str(record.digest),
                "created": moment(record.created),
            }
            for record in (catalog.evidence(image, release.digest) if release else ())
        ],
        "channels": channels,
        "moves": [
            {
                "channel": move.channel,
                "digest": str(move.digest),
                "previous": move.previous or None,
                "at": moment(move.at),
                "actor": move.actor,
            }
            for move in catalog.moves(image, limit=_HISTORY)
        ],
        "decisions": [
            {
                "run_id": decision.run_id,
                "at": moment(decision.at),
                "reason": decision.reason.model_dump(mode="json"),
                "text": str(decision.reason),
                "note": decision.note or None,
                "actor": decision.actor or None,
            }
            for decision in catalog.decisions(image, _HISTORY)
        ],
    }


def _release(release: Release) -> dict[str, Any]:
    return {
        "version": release.version,
        "digest": str(release.digest),
        "build_id": release.build_id,
        "reason": release.reason.model_dump(mode="json"),
        "text": str(release.reason),
        "released_at": moment(release.released_at),
        "base_name": release.base_name or None,
        "base_digest": release.base_digest or None,
        "plan": str(release.plan),
        "backfill": release.backfill,
        "note": release.note or None,
        "actor": release.actor or None,
        "facts": dict(sorted(release.facts.items())),
    }


def _write(facts: dict[str, Any]) -> None:
    release = facts["release"]
    click.echo(f"{facts['image']} {release['version'] if release else '(not released)'}")
    fields = [(name, facts[name]) for name in ("description", "owner") if facts[name]]
    if release:
        on = [name for name, digest in facts["channels"].items() if digest == release["digest"]]
        base = (
            f"{release['base_name']} at {release['base_digest']}" if release["base_name"] else "bootstrapped"
        )
        fields += [
            ("digest", release["digest"]),
            ("reason", release["text"]),
            *([("asked", asked)] if (asked := asked_by(release["actor"], release["note"])) else []),
            ("released", release["released_at"] + (" (backfill)" if release["backfill"] else "")),
            ("base", base),
            ("build id", release["build_id"]),
            ("plan", release["plan"]),
            ("channels", ", ".join(on) or "none"),
            *((name.replace("_", " "), f"{value:,}") for name, value in release["facts"].items()),
        ]
    fields += [
        ("demands not met", f"{one['stage']}: {one['problem']}" if one["stage"] else one["problem"])
        for one in facts["unmet"]
    ]
    if failure := facts["failure"]:
        fields.append(("last run", f"failed {failed_where(failure)}, {failure['at']}: {failure['run_id']}"))
    write_fields(fields, indent="  ")
    _section("Evidence", ("STAGE", "TYPE", "DIGEST"), facts["evidence"], ("stage", "artifact_type", "digest"))
    _section(
        "Channel moves", ("AT", "CHANNEL", "TO", "BY"), facts["moves"], ("at", "channel", "digest", "actor")
    )
    told = [one | {"asked": asked_by(one["actor"], one["note"])} for one in facts["decisions"]]
    asked_for = any(one["asked"] for one in told)
    head, keys = ("AT", "RUN", "REASON", "ASKED"), ("at", "run_id", "text", "asked")
    _section("Decisions", head[: 3 + asked_for], told, keys[: 3 + asked_for])


def _section(title: str, head: tuple[str, ...], rows: list[dict[str, Any]], keys: tuple[str, ...]) -> None:
    if rows:
        click.echo(f"\n{title}")
        write_table(head, [tuple(row[key] for key in keys) for row in rows])
