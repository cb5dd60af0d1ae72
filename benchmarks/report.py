"""What a benchmark says: a table for people, and one JSON object as its last line for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO


def table(head: Sequence[str], rows: Sequence[Sequence[object]], *, stream: TextIO | None = None) -> None:
    """The first column is text, all others are numbers and stand to the right."""
    lines = [[_cell(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for number, line in enumerate(lines):
        first, *rest = zip(line, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in rest)]
        print("  ".join(cells).rstrip(), file=stream or sys.stdout)
        if number == 0:
            print("  ".join("-" * width for width in widths), file=stream or sys.stdout)


def conclude(
    benchmark: str,
    *,
    measured: Mapping[str, Any],
    baseline: Mapping[str, Any],
    ratio: Mapping[str, float],
    goal: Mapping[str, str],
    holds: bool,
    stream: TextIO | None = None,
) -> int:
    """The last line, and the exit code: 0 only if the goal holds. Seconds and megabytes, rounded."""
    last = {
        "benchmark": benchmark,
        "measured": _rounded(measured),
        "baseline": _rounded(baseline),
        "ratio": _rounded(ratio),
        "goal": goal,
        "holds": holds,
    }
    print(json.dumps(last), file=stream or sys.stdout, flush=True)
    return 0 if holds else 1


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {str(key): _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
