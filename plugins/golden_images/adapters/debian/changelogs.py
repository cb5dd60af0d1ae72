"""The changelogs of what an archive offers, read out of its packages: each once, and kept."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from golden_images.adapters.debian import changelog
from golden_images.adapters.debian.changelog import Entry
from golden_images.adapters.debian.debs import Deb
from golden_images.core.versions.debian import newer
from golden_images.files import write_atomically
from golden_images.ports import Log

if TYPE_CHECKING:
    from golden_images.adapters.debian.archive import DebianArchive

#: Packages that are looked into for one changelog.
_TRIES = 4
#: The first that is there; a package of Debian's own has no other version than the distribution's.
_NAMES = ("changelog.Debian.gz", "changelog.gz", "changelog.Debian", "changelog")
_MOST_BYTES = 16 * 1024 * 1024


class Changelogs:
    """``debs``: all that the archive offers. ``cache`` may be shared and may be deleted at any time."""

    def __init__(self, archive: DebianArchive, debs: Iterable[Deb], cache: Path) -> None:
        self._archive = archive
        self._cache = cache
        self._by_source: dict[tuple[str, str], list[Deb]] = defaultdict(list)
        for deb in debs:
            self._by_source[deb.source, deb.source_version].append(deb)
        self._read: dict[tuple[str, str], tuple[Entry, ...]] = {}

    def newest(self, updates: Sequence[Deb], log: Log) -> tuple[Entry, ...]:
        """Of the newest of ``updates``, all of one source; none where it has none that can be read."""
        newest = updates[0]
        for one in updates[1:]:
            newest = one if newer(one.source_version, newest.source_version) else newest
        named = (newest.source, newest.source_version)
        if named not in self._read:
            wanted = {one.name for one in updates}
            # Where a package's changelog is in another's, that is one of the same source.
            same = sorted(
                self._by_source[named], key=lambda one: (one.name not in wanted, one.size, one.name)
            )
            found = (self._entries(deb, log) for deb in same[:_TRIES])
            self._read[named] = next((entries for entries in found if entries), ())
        return self._read[named]

    def _entries(self, deb: Deb, log: Log) -> tuple[Entry, ...]:
        kept = self._cache / f"{deb.sha256}.json"
        with suppress(OSError, ValueError, TypeError, KeyError):
            return _kept(kept.read_text())
        log(f"distro: reading the changelog of {deb.source} {deb.source_version} in {deb.name}")
        try:
            entries = _found(self._archive.files(deb, _is_changelog(deb.name)))
        except ValueError as error:
            log(f"distro: the changelog in {deb.name} {deb.version} cannot be read: {error}")
            return ()
        self._cache.mkdir(parents=True, exist_ok=True)
        write_atomically(kept, json.dumps([asdict(one) for one in entries], default=str).encode())
        return entries


def _is_changelog(package: str) -> Callable[[PurePosixPath], bool]:
    folder = PurePosixPath("/usr/share/doc") / package
    return lambda path: path.parent == folder and path.name in _NAMES


def _found(files: Mapping[PurePosixPath, bytes | str]) -> tuple[Entry, ...]:
    by_name = {path.name: content for path, content in files.items()}
    for name in _NAMES:
        content = by_name.get(name)
        # The first that is in the form: a package's own changelog, not its author's.
        if isinstance(content, bytes):
            text = _unpacked(content).decode("utf-8", "replace")
            if entries := changelog.parse(text):
                return entries
    return ()


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        return zlib.decompressobj(wbits=31).decompress(content, _MOST_BYTES)
    except zlib.error as error:
        raise ValueError(f"it cannot be unpacked: {error}") from error


def _kept(text: str) -> tuple[Entry, ...]:
    return tuple(
        Entry(str(one["version"]), tuple(one["cves"]), date.fromisoformat(one["at"]) if one["at"] else None)
        for one in json.loads(text)
    )
