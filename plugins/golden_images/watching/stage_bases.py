"""The bases of build stages: watched like an image's own base, found in what its newest plan says.

Definitions do not tell them, and Dockerfiles are not read where DAGs are parsed. So an image hears of
them from its first run on, and as no asset of theirs wakes it, each has a run of its own.
"""

from __future__ import annotations

from collections.abc import Collection

from golden_images.core.watching import Needs
from golden_images.ports import Catalog


def stage_needs(own: Needs, images: Collection[str], catalog: Catalog) -> Needs:
    """What ``images`` need of the bases of their build stages; ``own`` are the images' own bases, which
    are left out. Raises CatalogError."""
    needs: dict[str, dict[str, tuple[str, ...]]] = {}
    for image, bases in catalog.stage_bases().items():
        for one in bases if image in images else ():
            if image not in own.get(one.base, ()):
                needs.setdefault(one.base, {})[image] = one.platforms
    return needs


def together(own: Needs, stages: Needs) -> Needs:
    return {base: {**own.get(base, {}), **stages.get(base, {})} for base in sorted({*own, *stages})}
