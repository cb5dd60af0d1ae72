"""Gate as a task."""

from __future__ import annotations

from golden_images.operators.stage import StageOperator


class GateOperator(StageOperator):
    ui_color = "#fde68a"
