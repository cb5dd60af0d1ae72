"""hadolint when it crashes or writes nonsense."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_images.adapters.tools import hadolint
from golden_images.errors import ToolError
from tests.unit.adapters.tool import Install, install

__all__ = ["install"]


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("echo boom >&2; exit 1", "was not linted"),
        ("echo Dockerfile:1 DL3007", "no SARIF"),
        ("echo '{\"runs\": []}'", "no SARIF"),
        ("kill -9 $$", "was not linted"),
    ],
)
def test_a_hadolint_that_gives_no_report_is_an_error(
    install: Install, tmp_path: Path, script: str, what: str
) -> None:
    install("hadolint", script)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(ToolError, match=what):
        hadolint.Hadolint().lint(tmp_path / "Dockerfile")


def test_a_context_cannot_change_its_own_rules(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:latest\n")
    (tmp_path / ".hadolint.yaml").write_text("ignored: [DL3007]\n")
    assert b"DL3007" in hadolint.Hadolint().lint(tmp_path / "Dockerfile").sarif
