"""Lint as a task."""

from __future__ import annotations

from golden_images.operators.stage import StageOperator


class LintOperator(StageOperator):
    ui_color = "#ede9fe"
