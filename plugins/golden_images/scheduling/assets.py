"""Airflow assets: an image's release, and an external base's change."""

from __future__ import annotations

from airflow.sdk import Asset

from golden_images.core.definition import Definition

GROUP = "golden-image"


def release_asset(image: str) -> Asset:
    """What a release of ``image`` updates; events carry the release's partition key."""
    return Asset(name=f"golden/{image}", uri=f"golden-image://release/{image}", group=GROUP)


def external_base_asset(reference: str) -> Asset:
    """What the base watch updates when ``reference`` (with its tag) has a new digest."""
    return Asset(name=f"golden/base/{reference}", uri=f"golden-image://base/{reference}", group=GROUP)


def base_asset(definition: Definition) -> Asset | None:
    """The asset whose events rebuild ``definition``; None for a root base or when it asks for none."""
    if not definition.schedule.on_base_change:
        return None
    if definition.base.image:
        return release_asset(definition.base.image)
    if definition.base.reference:
        return external_base_asset(definition.base.reference)
    return None
