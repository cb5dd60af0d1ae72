"""A bbolt file, read: the key-value store in buckets that trivy keeps its database in.

Every page is looked at once and only where it says it is, and no more is read than the file holds, so that
one that is cut off, altered or made to lead in circles or into itself ends in ValueError.
Source: go.etcd.io/bbolt, internal/common/page.go, meta.go, bucket.go.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MAGIC, _VERSION = 0xED0CDAED, 2
_PAGE = struct.Struct("<QHHI")  # id, flags, count, overflow
_META = struct.Struct(
    "<IIIIQQQQQQ"
)  # magic, version, page size, flags, root, sequence, freelist, high, txid, sum
_LEAF = struct.Struct("<IIII")  # flags, position, length of key, of value
_BRANCH = struct.Struct("<IIQ")  # position, length of key, page
_BUCKET = struct.Struct("<QQ")  # root page or 0, sequence
_IS_BRANCH, _IS_LEAF, _IS_BUCKET = 1, 2, 1
#: trivy has three.
_DEEPEST = 8

#: The buckets that lead to a value, then its key.
Path_ = tuple[bytes, ...]


@contextmanager
def opened(path: Path) -> Iterator[Bolt]:
    """Raises ValueError for what is no bbolt file."""
    with path.open("rb") as file:
        if path.stat().st_size < 2 * 512:
            raise ValueError("it is too short")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield Bolt(content)


class Bolt:
    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._page_size, self._root, self._high = self._newest()
        if self._high * self._page_size > len(content):
            raise ValueError("it is cut off")
        self._seen: set[int] = set()
        #: Bytes that nothing was read of yet: no two entries share any.
        self._left = 0

    def values(self) -> Iterator[tuple[Path_, bytes]]:
        """All of them, with where they are. Raises ValueError where the file leads nowhere."""
        self._seen.clear()
        self._left = len(self._content)
        try:
            yield from self._tree(self._root, ())
        except struct.error as error:
            raise ValueError(f"a page is cut off: {error}") from None
        except RecursionError:
            raise ValueError("its pages are nested too deep") from None

    def _take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise ValueError("its entries have more than the file holds")

    def _newest(self) -> tuple[int, int, int]:
        found = [one for one in (self._meta(0), self._meta(None)) if one]
        if not found:
            raise ValueError("it is no bbolt file, or neither of its beginnings is whole")
        _, size, root, high = max(found)
        return size, root, high

    def _meta(self, page: int | None) -> tuple[int, int, int, int] | None:
        """Of the first page, or of the second one, wherever that begins."""
        sizes = [0] if page == 0 else [1 << bits for bits in range(9, 17)]
        for start in sizes:
            at = start + _PAGE.size
            if at + _META.size > len(self._content):
                continue
            magic, version, size, _, root, _, _, high, txid, checked = _META.unpack_from(self._content, at)
            sound = magic == _MAGIC and version == _VERSION and 512 <= size <= 1 << 16
            if sound and _fnv(self._content[at : at + 56]) == checked:
                return txid, size, root, high
        return None

    def _tree(self, page: int, path: Path_) -> Iterator[tuple[Path_, bytes]]:
        if not 2 <= page < self._high or page in self._seen:
            raise ValueError(f"page {page} is none, or is there twice")
        self._seen.add(page)
        start = page * self._page_size
        _, _, _, overflow = _PAGE.unpack_from(self._content, start)
        end = start + (overflow + 1) * self._page_size
        if end > len(self._content):
            raise ValueError(f"page {page} is cut off")
        yield from self._page(start, end, path)

    def _page(self, start: int, end: int, path: Path_) -> Iterator[tuple[Path_, bytes]]:
        if len(path) > _DEEPEST:
            raise ValueError("it is nested too deep")
        _, flags, count, _ = _PAGE.unpack_from(self._content, start)
        first = start + _PAGE.size
        if flags & _IS_BRANCH:
            for number in range(count):
                yield from self._tree(_BRANCH.unpack_from(self._content, first + number * 16)[2], path)
        elif flags & _IS_LEAF:
            for number in range(count):
                self._take(_LEAF.size)
                at = first + number * 16
                kind, position, key_size, size = _LEAF.unpack_from(self._content, at)
                key_at = at + position
                value_at, last = key_at + key_size, key_at + key_size + size
                if last > end or value_at > end:
                    raise ValueError("a value is cut off")
                is_bucket = kind & _IS_BUCKET
                # What a bucket holds in itself is taken entry by entry.
                self._take(key_size + (0 if is_bucket else size))
                key = (*path, self._content[key_at:value_at])
                if is_bucket:
                    yield from self._bucket(value_at, last, key)
                else:
                    yield key, self._content[value_at:last]
        else:
            raise ValueError(f"a page is neither branch nor leaf: {flags}")

    def _bucket(self, start: int, end: int, path: Path_) -> Iterator[tuple[Path_, bytes]]:
        if end - start < _BUCKET.size:
            raise ValueError("a bucket is cut off")
        root, _ = _BUCKET.unpack_from(self._content, start)
        if root:
            yield from self._tree(root, path)
        else:
            # A small one stands inside its parent's page.
            yield from self._page(start + _BUCKET.size, end, path)


def _fnv(content: bytes) -> int:
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in content:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value
