"""How results are written: tables and blocks for people, JSON for machines."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click


def write_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def write_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Left-aligned columns, as wide as their widest cell; nothing is cut."""
    widths = [max(len(row[index]) for row in (head, *rows)) for index in range(len(head))]
    for row in (head, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def write_fields(fields: Sequence[tuple[str, str]], indent: str = "") -> None:
    width = max((len(name) for name, _ in fields), default=0)
    for name, value in fields:
        click.echo(f"{indent}{name.ljust(width)}  {value}".rstrip())


def age(then: datetime, now: datetime) -> str:
    """``3 d``, ``5 h``, ``12 min``, ``now``: the largest unit, rounded down."""
    seconds = int((now - then).total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return "now"


def brief(text: str) -> str:
    """Digests by their first 12 digits, for a cell of a table; JSON has them whole."""
    return re.sub(r"sha256:([0-9a-f]{12})[0-9a-f]{52}", r"\1", text)


def moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def near(path: Path) -> Path:
    """``path`` as seen from the working directory, where it lies below it: short, and clickable."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
