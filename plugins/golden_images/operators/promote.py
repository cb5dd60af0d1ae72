"""Promote as a task."""

from __future__ import annotations

from golden_images.operators.stage import StageOperator


class PromoteOperator(StageOperator):
    ui_color = "#bbf7d0"
