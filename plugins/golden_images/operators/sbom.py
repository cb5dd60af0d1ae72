"""SBOM as a task."""

from __future__ import annotations

from golden_images.operators.stage import StageOperator


class SbomOperator(StageOperator):
    ui_color = "#ede9fe"
