"""Which image is built on which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageGraph:
    """Edges among internal bases. An image has at most one parent, so every cycle is a simple ring."""

    #: The internal base by image; images without one are not in it.
    parents: Mapping[str, str]
    #: Images built directly on one, sorted; every image is a key.
    children: Mapping[str, tuple[str, ...]]
    #: Every image, bases before what is built on them; members of rings (and their heirs) come last.
    order: tuple[str, ...]
    #: Every ring, beginning with its first name in sort order: ``("a", "b")`` is a → b → a.
    cycles: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, bases: Mapping[str, str | None]) -> ImageGraph:
        """``bases`` gives each image's internal base; bases that are no image themselves count as none."""
        parents = {name: base for name, base in bases.items() if base is not None and base in bases}
        children: dict[str, list[str]] = {name: [] for name in bases}
        for name in sorted(parents):
            children[parents[name]].append(name)
        order = [name for name in sorted(bases) if name not in parents]
        for name in order:  # grows while it is walked: breadth first
            order.extend(children[name])
        rest = sorted(set(bases).difference(order))
        return cls(
            parents=parents,
            children={name: tuple(names) for name, names in children.items()},
            order=(*order, *rest),
            cycles=_rings(rest, parents),
        )

    def ancestors(self, name: str) -> tuple[str, ...]:
        """The bases of ``name``, nearest first; a ring is walked once."""
        found: list[str] = []
        while (parent := self.parents.get(name)) is not None and parent not in found:
            found.append(parent)
            name = parent
        return tuple(found)

    def descendants(self, name: str) -> tuple[str, ...]:
        """Everything built on ``name``, directly or not, bases first."""
        found = [*self.children.get(name, ())]
        for child in found:
            found.extend(one for one in self.children[child] if one not in found)
        return tuple(found)


def _rings(rest: list[str], parents: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    rings = []
    seen: set[str] = set()
    for start in rest:
        walk: list[str] = []
        name = start
        while name not in seen:
            seen.add(name)
            walk.append(name)
            name = parents[name]
        if name in walk:
            ring = walk[walk.index(name) :]
            first = ring.index(min(ring))
            rings.append((*ring[first:], *ring[:first]))
    return tuple(rings)
