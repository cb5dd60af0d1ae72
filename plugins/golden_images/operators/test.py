"""Test as a task: its container goes with it."""

from __future__ import annotations

from golden_images.operators.stage import StageOperator


class TestOperator(StageOperator):
    owns_containers = True
    ui_color = "#ede9fe"
