"""A list of CVEs with one value each, sorted, a line each: a few are found without reading it all."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path


def write(path: Path, values: Mapping[str, str]) -> Path:
    """The same values give the same bytes."""
    path.write_text("".join(f"{id_},{value}\n" for id_, value in sorted(values.items())))
    return path


class Listing(Mapping[str, str]):
    """What :func:`write` wrote. Opened by the first question; of 300,000 lines nineteen are looked at."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._map: mmap.mmap | None = None

    def __getitem__(self, id_: str) -> str:
        lines, wanted = self._lines(), id_.encode()
        low, high = 0, len(lines)
        while low < high:
            start = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = lines.find(b"\n", start)
            found, _, value = lines[start:end].partition(b",")
            if found == wanted:
                return value.decode()
            if found < wanted:
                low = end + 1
            else:
                high = start
        raise KeyError(id_)

    def __iter__(self) -> Iterator[str]:
        return (line.partition(b",")[0].decode() for line in self._lines()[:].splitlines())

    def __len__(self) -> int:
        return self._lines()[:].count(b"\n")

    def _lines(self) -> mmap.mmap:
        if self._map is None:
            with self._path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return self._map
