"""Live progress: refreshed in place on a terminal, else one line a change."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table

from local.follow.images import Ending, Image

_MARKS = {
    "success": "✓",
    "failed": "✗",
    "upstream_failed": "-",
    "skipped": "-",
    "removed": "-",
    "running": "▶",
    "queued": "…",
    "scheduled": "…",
    "up_for_retry": "↻",
    "restarting": "↻",
}
#: Seconds between two signs of life when nothing changes and nobody sits at a terminal.
_HEARTBEAT = 30.0


class View:
    """``stages`` in the order of the pipeline. A context: on a terminal the last state stays above what
    is written next."""

    def __init__(self, stream: TextIO, stages: Sequence[str]) -> None:
        self._stream = stream
        self._stages = tuple(stages)
        console = Console(file=stream, markup=False, emoji=False, highlight=False)
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._started = self._last = time.monotonic()
        self._seen: dict[str, str] = {}

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, images: Sequence[Image]) -> None:
        if self._live:
            self._live.update(self._table(images), refresh=True)
        else:
            self._report(images)

    def _table(self, images: Sequence[Image]) -> Table:
        # What does not fit is cut: a line that is broken pushes the others about.
        grid = Table.grid(padding=(0, 1), expand=True)
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for image in images:
            grid.add_row(f"  {image.name}", self._line(image))
        grid.add_row(f"  {time.monotonic() - self._started:.0f} s", "")
        return grid

    def _line(self, image: Image) -> str:
        if image.ending and not image.tasks:
            return f"{image.ending}: {image.reason}"
        if not image.run_id:
            return "waits for its base"
        known = [name for name in self._stages if name in image.tasks]
        stages = "  ".join(f"{_MARKS.get(image.tasks[name], '·')} {name}" for name in known)
        return f"{stages}   {image.ending or image.note}".rstrip()

    def _report(self, images: Sequence[Image]) -> None:
        now = time.monotonic()
        news = [line for image in images for line in self._news(image)]
        if not news and now - self._last > _HEARTBEAT:
            news = [_busy(image) for image in images if not image.ending and image.tasks]
        for line in news:
            self._stream.write(f"  {now - self._started:6.1f} s  {line}\n")
            self._last = now
        self._stream.flush()

    def _news(self, image: Image) -> list[str]:
        lines = []
        for stage in (name for name in self._stages if name in image.tasks):
            key, state = f"{image.name} {stage}", image.tasks[stage]
            # What waits and what never ran is no news.
            if state in ("running", "success", "failed", "up_for_retry") and self._seen.get(key) != state:
                lines.append(f"{image.name:<24} {stage:<8} {state}")
                self._seen[key] = state
        if image.ending and self._seen.get(image.name) != image.ending:
            detail = f" ({image.reason})" if image.reason and image.ending is not Ending.UNCHANGED else ""
            lines.append(f"{image.name:<24} {image.ending}{detail}")
            self._seen[image.name] = image.ending
        return lines


def _busy(image: Image) -> str:
    running = [task for task, state in image.tasks.items() if state == "running"]
    return f"{image.name:<24} {', '.join(running) or 'waits':<8} still at work  {image.note}".rstrip()
