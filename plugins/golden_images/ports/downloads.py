"""Files of the web, fetched to a file of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Downloads(Protocol):
    def fetch(self, address: str, target: Path, *, validator: str = "", most: int) -> str | None:
        """Writes what ``address`` holds, of at most so many bytes, to ``target``; its validator, to be given
        the next time, empty if it has none. None if it is still what it was then: nothing is written.

        Raises ServiceError; also where another host is asked for than ``address`` names.
        """
