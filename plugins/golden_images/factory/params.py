"""The trigger form's fields. Airflow checks them before a run exists, in the UI and in the API; the run
reads them by :mod:`golden_images.planning.asked`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from airflow.sdk import Param

from golden_images.airflow_internals.dags import checked_params
from golden_images.core.note import LIMIT
from golden_images.planning.asked import BACKFILL, DIGEST

if TYPE_CHECKING:
    from airflow.sdk.definitions.param import ParamsDict


@cache
def params(*, has_base: bool) -> ParamsDict:
    """``resolve`` reads them; a scheduled run has the defaults. All images share these, checked once."""
    fields = {
        # Null, because the form takes an empty text for a missing one and would not let anybody trigger.
        "reason": Param(
            None,
            type=["null", "string"],
            maxLength=LIMIT,
            title="Reason",
            description="Why you start this run; it is kept with the release.",
        ),
        "force": Param(
            False,
            type="boolean",
            title="Force",
            description="Build even if nothing has changed since the last release.",
        ),
    }
    if has_base:
        fields["base_digest"] = Param(
            None,
            type=["null", "string"],
            pattern=DIGEST,
            title="Base digest",
            description="Build on this version of the base (sha256:…) instead of the newest.",
        )
        fields["backfill"] = Param(
            None,
            type=["null", "string"],
            pattern=BACKFILL,
            title="Backfill",
            description="Backfill one past version of the base (<YYYYMMDDTHHMMSSZ>_sha256-…): its date "
            "is the release's, and no channel moves. Airflow's own backfill needs no entry here.",
        )
        fields["cascade"] = Param(
            False,
            type="boolean",
            title="Cascade",
            description="A backfill also backfills the image's children, on the release that it makes.",
        )
    return checked_params(fields)
