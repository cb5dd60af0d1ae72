"""Airflow assets: an image's release, and an external base's change."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from airflow.sdk import Asset, AssetWatcher

from golden_images.core.definition import Definition

if TYPE_CHECKING:
    from golden_images.scheduling.watch import BaseWatchTrigger

GROUP = "golden-image"
#: ``x-``: nobody's but ours. For any other scheme Airflow loads what every installed provider brings
#: for assets (Amazon's is boto3), in each task process: a fourth of a task's start.
SCHEME = "x-golden-image"


@cache
def release_asset(image: str) -> Asset:
    """What a release of ``image`` updates; events carry the release's partition key."""
    return Asset(name=f"golden/{image}", uri=f"{SCHEME}://release/{image}", group=GROUP)


@cache
def external_base_asset(reference: str) -> Asset:
    """What the base watch updates when ``reference`` (with its tag) has a new digest."""
    return Asset(name=f"golden/base/{reference}", uri=f"{SCHEME}://base/{reference}", group=GROUP)


def base_asset(definition: Definition) -> Asset | None:
    """The asset whose events rebuild ``definition``; None when it asks for none, and for a base that
    never changes: a root base, or one that is pinned by digest."""
    if not definition.schedule.on_base_change:
        return None
    if definition.base.image:
        return release_asset(definition.base.image)
    if definition.base.external and not definition.base.pinned:
        return external_base_asset(str(definition.base.external))
    return None


@cache
def advisories_asset() -> Asset:
    """What a new database of advisories updates. No image can have such a name."""
    return Asset(name="golden/advisories", uri=f"{SCHEME}://advisories", group=GROUP)


def watch_asset(trigger: BaseWatchTrigger) -> Asset:
    """What the base watch updates when somebody is to be woken. No image can have such a name."""
    watcher = AssetWatcher(name="registries", trigger=trigger)
    return Asset(name="golden/watch/bases", uri=f"{SCHEME}://watch/bases", group=GROUP, watchers=[watcher])
