"""Build as a task."""

from __future__ import annotations

from golden_images.operators.stage import StageOperator


class BuildOperator(StageOperator):
    ui_color = "#dbeafe"
