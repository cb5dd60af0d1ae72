"""Which images are rebuilt for fixes that there are: the base first, and its children through it.

A finding that the newest release of an image's base has too, in the same version of the same package, is the
base's: a new release of the base wakes the child. What the base does not have, or has no more, a build of
the image itself may mend.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from golden_images.core.graph import ImageGraph
from golden_images.core.rescanning.known import KnownFinding


@dataclass(frozen=True, slots=True)
class Rebuilds:
    """Each in the order of the graph, bases first."""

    #: By image, what a build of it is asked for, the most urgent first.
    builds: dict[str, tuple[KnownFinding, ...]] = field(default_factory=dict)
    #: Images that are built through the image that is told here, which is their base or its base.
    through: dict[str, str] = field(default_factory=dict)
    #: Why an image that has a fix waiting is not built: a line each.
    left: dict[str, str] = field(default_factory=dict)


def rebuilds(
    graph: ImageGraph,
    findings: Mapping[str, Sequence[KnownFinding]],
    *,
    follows: Collection[str],
    asked: Mapping[str, Collection[str]],
    failed: Collection[str] = (),
    unable: Mapping[str, str],
) -> Rebuilds:
    """``findings``: the open ones of each image's newest release, the most urgent first; an image that could
    not be judged is not among them. ``follows``: images that their base's releases wake. ``asked``: by image,
    the marks of what a build was asked for before; it is not asked for again, unless the image is among the
    ``failed``, whose last run came to no end. ``unable``: why an image cannot be built now.
    """
    found = Rebuilds()
    for image in _order(graph, findings):
        fixable = [one for one in findings[image] if one.fixed]
        if not fixable:
            continue
        base = graph.parents.get(image)
        inherited = {one.key for one in findings.get(base, ())} if base else set[tuple[str, str]]()
        own = tuple(one for one in fixable if one.key not in inherited)
        known = asked.get(image, ()) if image not in failed else ()
        wanted = tuple(one for one in own if one.mark not in known)
        waits = _builds_through(found, base, failed) if base and image in follows else None
        if waits is not None:
            found.through[image] = waits
        elif image in unable and wanted:
            found.left[image] = unable[image]
        elif wanted:
            found.builds[image] = wanted
        elif own:
            found.left[image] = f"a build was asked for already, and did not mend {_first(own)}"
        else:
            found.left[image] = f"waits for its base {base}: {_first(fixable)}"
    return found


def _builds_through(found: Rebuilds, base: str, failed: Collection[str]) -> str | None:
    """Whose build will bring a new ``base``. Nobody waits for one that failed the last time: it may do so
    for ever."""
    if base in found.builds:
        return None if base in failed else base
    return found.through.get(base)


def _order(graph: ImageGraph, images: Iterable[str]) -> list[str]:
    """Those without a definition come last; they have no base that is known."""
    named = set(images)
    return [name for name in graph.order if name in named] + sorted(named - set(graph.order))


def _first(findings: Sequence[KnownFinding]) -> str:
    more = f", +{len(findings) - 1}" if len(findings) > 1 else ""
    return f"{findings[0]}{more}"


def still_asked(asked: Iterable[str], findings: Iterable[KnownFinding]) -> frozenset[str]:
    """Of the marks, those that are still about something: what was mended is forgotten."""
    return frozenset(asked) & {one.mark for one in findings}
