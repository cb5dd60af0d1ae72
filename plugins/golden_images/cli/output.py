"""How results are written: tables and blocks for people, JSON for machines."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

    from golden_images.core.problem import Problem

#: Columns of a line that nothing breaks.
_ENDLESS = 1_000_000


def paint(text: str, **style: Any) -> str:
    """``text`` in colour or bold (click.style); NO_COLOR (no-color.org) leaves it plain. Written with
    click.echo, which takes all colour out again where no terminal reads."""
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)


def write_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def write_record(*records: object) -> None:
    """The document of a view; the keys of several stand side by side."""
    from golden_images.views.document import document

    first, *more = (document(one, near) for one in records)
    write_json({**first, **{key: value for one in more for key, value in one.items()}} if more else first)


def write_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Left-aligned columns, as wide as their widest cell."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in head:
        table.add_column(name)
    for row in rows:
        table.add_row(*row)
    _write(table)


def write_fields(fields: Sequence[tuple[str, str]], indent: int = 0) -> None:
    from rich.padding import Padding
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    for name, value in fields:
        grid.add_row(name, value)
    if fields:
        _write(Padding(grid, (0, 0, 0, indent), expand=False))


def _write(shown: RenderableType) -> None:
    """Nothing is cut, and no line is broken but by the terminal: digests are copied from here."""
    from rich.console import Console

    console = Console(width=_ENDLESS, markup=False, emoji=False, highlight=False)
    with console.capture() as capture:
        console.print(shown)
    for line in capture.get().splitlines():
        click.echo(line.rstrip())


def write_problem(problem: Problem, *, err: bool = False) -> None:
    first, *more = problem.text(near(problem.path)).split("\n")
    place, colon, what = first.partition(": ")
    click.echo(paint(place, bold=True) + colon + paint(what, fg="red"), err=err)
    for line in more:
        click.echo(paint(line, fg="green") if line.strip() == "^" else line, err=err)


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


def near(path: Path) -> Path:
    """``path`` as seen from the working directory, where it lies below it: short, and clickable."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
