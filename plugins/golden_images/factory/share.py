"""Which images a DAG file makes: all of them, or its share where the file has copies.

Airflow gives each DAG file a time limit and reads several at once, so thousands of definitions want more
than one. ``golden_images.py`` and its copies ``golden_images_2.py``, ``golden_images_3.py``, … take equal
shares: no image is without a file, and none has two, however many copies there are.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path

_NUMBER = re.compile(r"_\d+$")


@dataclass(frozen=True, slots=True)
class Share:
    """``number`` counts from 0. The first one also makes the DAGs that belong to no image."""

    number: int
    count: int

    @classmethod
    def of(cls, file: Path) -> Share:
        """By the names beside ``file``, which may be a link."""
        stem = _NUMBER.sub("", file.stem)
        copies = {path.name for path in file.parent.glob("*.py") if _NUMBER.sub("", path.stem) == stem}
        return cls(sorted({file.name, *copies}).index(file.name), len({file.name, *copies}))

    @property
    def first(self) -> bool:
        return self.number == 0

    def has(self, image: str) -> bool:
        # Python's own hash differs from process to process.
        return zlib.crc32(image.encode(errors="surrogateescape")) % self.count == self.number
