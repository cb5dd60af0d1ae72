"""Links from a task to what it made.

Airflow asks for a link in the worker when the task has ended and stores it; the operator has put the
addresses into ``made`` by then.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperatorLink


class _MadeLink(BaseOperatorLink):
    """The address under the link's own name in the operator's ``made``; none hides the button."""

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        del ti_key
        return str(getattr(operator, "made", {}).get(self.name, ""))


class ImageLink(_MadeLink):
    name = "Image"


class EvidenceLink(_MadeLink):
    name = "Evidence"


#: Every stage carries both; a link without an address is no button.
LINKS = (ImageLink(), EvidenceLink())
