"""DAG ids: ``golden_images.<image>``, and those that belong to no image."""

from __future__ import annotations

PREFIX = "golden_images."
#: The DAG that wakes images for their external bases. No image's DAG can have this id.
BASE_WATCH = "golden_images_base_watch"


def dag_id(image: str) -> str:
    return f"{PREFIX}{image}"


def image_of(dag: str) -> str | None:
    """The image that a DAG builds; None for a DAG that is none of ours."""
    return dag.removeprefix(PREFIX) if dag.startswith(PREFIX) else None
