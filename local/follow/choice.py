"""Which images the demo makes, parents before children."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from local.console import LocalError

#: Made where nothing is asked for: one root, and what shows children of two levels.
SHOWN = ("debian-base", "nginx", "python-runtime", "python-web")
ALL = "all"
#: Examples that wait until they are asked for: unpaused, a release of their base would wake them.
WAITING = ("debian13-base", "java-runtime", "node-runtime", "python-build")


def chosen(parents: Mapping[str, str | None], asked: str) -> list[str]:
    """The names in ``asked`` (separated by blanks or commas) with the images that they stand on.

    ``parents``: the base of every sound definition, None for a root and for a base of others. ``all``
    is all of them, nothing is :data:`SHOWN`; where a project has none of those, all. An image on a base
    that is not sound is left out. Raises LocalError for a name that is no image's.
    """
    names = asked.replace(",", " ").split() or [name for name in SHOWN if name in parents] or [ALL]
    if names == [ALL]:
        names = list(parents)
    for name in names:
        if name not in parents:
            near = get_close_matches(name, parents, 1)
            raise LocalError(
                f"there is no image {name!r}",
                cause=f"IMAGES={asked!r}; include/images has {', '.join(sorted(parents))}",
                remedy=f"did you mean {near[0]}?" if near else f"name some of them, or IMAGES={ALL}",
                exit_code=2,
            )
    lines = [line for name in names if (line := _line(name, parents))]
    depth = {name: number for line in lines for number, name in enumerate(line)}
    return sorted(depth, key=lambda name: (depth[name], name))


def waiting(known: Mapping[str, Mapping[str, Any]], wanted: Collection[str]) -> list[str]:
    """The DAGs of examples that nobody asked for and that are not paused. ``known``: every DAG by id."""
    ids = [f"golden_images.{name}" for name in WAITING]
    return [one for one in ids if one in known and one not in wanted and not known[one]["is_paused"]]


def _line(name: str, parents: Mapping[str, str | None]) -> list[str]:
    """From the root to ``name``; empty if something that it stands on is not sound."""
    line = [name]
    while (parent := parents[line[0]]) is not None:
        if parent not in parents:
            return []
        line.insert(0, parent)
    return line
