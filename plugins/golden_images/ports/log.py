"""Where progress is told."""

from __future__ import annotations

from collections.abc import Callable

#: Receives one line of progress, without its line end.
Log = Callable[[str], None]
