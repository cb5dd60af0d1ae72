"""DAG ids of images: ``golden_images.<image>``. Those of no image: :mod:`golden_images.factory.beside`."""

from __future__ import annotations

PREFIX = "golden_images."


def dag_id(image: str) -> str:
    return f"{PREFIX}{image}"


def image_of(dag: str) -> str | None:
    """The image that a DAG builds; None for a DAG that is none of ours."""
    return dag.removeprefix(PREFIX) if dag.startswith(PREFIX) else None
