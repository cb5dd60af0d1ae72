"""Tables: what is copied from them is whole, and what others wrote is text."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from golden_images.cli.output import write_fields, write_table
from golden_images.core.digest import Digest

ROOT = Path(__file__).parents[3]
DIGEST = str(Digest.of(b""))

Capture = pytest.CaptureFixture[str]


def test_columns_stand_below_each_other_whatever_is_written(capsys: Capture) -> None:
    write_table(("NAME", "BY"), [("[red]x[/red]", "a"), (":smile:", "b"), ("漢字", "c")])
    assert capsys.readouterr().out.splitlines() == [
        "NAME          BY",
        "[red]x[/red]  a",
        ":smile:       b",
        "漢字          c",  # two cells each
    ]


def test_a_narrow_terminal_cuts_nothing(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    reason = f"base-changed: {DIGEST} → {DIGEST}"
    write_table(("DIGEST", "REASON"), [(DIGEST, reason)])
    write_fields([("reason", reason), ("none", "")], indent=2)
    table, fields = f"{DIGEST}  {reason}", f"  reason  {reason}"
    assert capsys.readouterr().out.splitlines()[1:] == [table, fields, "  none"]


@pytest.mark.parametrize("setting", [{}, {"FORCE_COLOR": "1"}, {"TERM": "dumb"}])
def test_what_is_piped_has_no_codes_of_terminals(setting: dict[str, str]) -> None:
    code = "from golden_images.cli.output import write_table; write_table(('A',), [('b',)])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT / "plugins",
        env={**os.environ, **setting},
        timeout=60,
    )
    assert done.stdout == "A\nb\n"
