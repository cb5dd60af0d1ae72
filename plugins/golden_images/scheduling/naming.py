"""DAG ids of images: ``golden_images.<image>``. Those of no image: :mod:`golden_images.factory.beside`."""

from __future__ import annotations

from golden_images.core.names import RESERVED

PREFIX = "golden_images."


def dag_id(image: str) -> str:
    return f"{PREFIX}{image}"


def image_of(dag: str) -> str | None:
    """The image that a DAG builds; None for a DAG that is none of ours, and for one of the project's own."""
    name = dag.removeprefix(PREFIX)
    return name if name != dag and name not in RESERVED else None
