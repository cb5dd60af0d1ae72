"""The only task of a broken definition's DAG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from golden_images.errors import InputError
from golden_images.operators.outcome import RetryWhatMayHelp, errors_as_text
from golden_images.operators.stopped import leave

if TYPE_CHECKING:
    from airflow.sdk import Context


class DefinitionOperator(BaseOperator):
    """Fails with ``text``: the exact problems of the definition."""

    ui_color = "#fecaca"

    def __init__(self, *, text: str, **kwargs: Any) -> None:
        super().__init__(retry_policy=RetryWhatMayHelp(), **kwargs)
        self.text = text

    def execute(self, context: Context) -> None:
        with errors_as_text(self.log, leave(context["ti"])):
            raise InputError(self.text)
