"""A file of base versions, in three forms of one thing; every line is checked, every problem has its place.

==========  ===================================================================================
JSON lines  ``{"base": "debian:bookworm-slim", "digest": "sha256:…", "at": "2024-11-11T00:00:00Z"}``
CSV         a first line ``base,digest,at`` (and ``tag``, ``platforms``), then one version a line
YAML, JSON  a list of mappings with these keys
==========  ===================================================================================

``at`` is ISO 8601 with a time zone, or a date alone (midnight UTC). ``platforms`` is a list, or text
with blanks between.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from golden_images.core import ledger
from golden_images.core.digest import Digest
from golden_images.core.problem import Problem, closest
from golden_images.core.reference import Reference, valid_tag
from golden_images.core.release import BaseVersion
from golden_images.errors import InputError

_REQUIRED = ("base", "digest", "at")
_KNOWN = (*_REQUIRED, "tag", "platforms")
_Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One version as written; ``places`` are line and column by key, ``place`` that of the whole."""

    fields: Mapping[str, Any]
    place: _Position
    places: Mapping[str, _Position]


class LedgerFile:
    """``versions`` is complete and right if ``problems`` is empty."""

    def __init__(self, path: Path, content: bytes, now: datetime, images: frozenset[str]) -> None:
        """``images`` are names that mean an image of the project, not a reference."""
        self.path = path
        self.problems: list[Problem] = []
        self.versions: list[BaseVersion] = []
        self._now = now
        self._images = images
        self._lines: list[str] = []
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self._report((line, 1), f"is not UTF-8: byte 0x{content[error.start]:02x}")
            return
        self._lines = text.splitlines()
        for entry in self._entries(text):
            version = self._version(entry)
            if version is not None:
                self.versions.append(version)

    def _entries(self, text: str) -> Iterator[_Entry]:
        begin = text.lstrip()[:1]
        if begin == "{":
            yield from self._json_lines()
        elif begin in ("[", "-"):
            yield from self._yaml(text)
        elif begin:
            yield from self._csv(text)

    def _json_lines(self) -> Iterator[_Entry]:
        for number, line in enumerate(self._lines, 1):
            if not line.strip():
                continue
            try:
                fields = json.loads(line)
            except ValueError as error:
                column = getattr(error, "colno", 1)
                self._report((number, column), f"is no JSON: {getattr(error, 'msg', error)}")
                continue
            if not isinstance(fields, dict):
                self._report((number, 1), "is no JSON object")
                continue
            places = {key: (number, max(1, line.find(json.dumps(key)) + 1)) for key in fields}
            yield _Entry(fields, (number, 1), places)

    def _csv(self, text: str) -> Iterator[_Entry]:
        reader = csv.reader(io.StringIO(text), strict=True)
        head: list[str] = []
        line = 1
        try:
            for row in reader:
                if not head:
                    head = [cell.strip() for cell in row]
                    missing = [key for key in _REQUIRED if key not in head]
                    if missing:
                        self._report((1, 1), f"the first line names the columns, and has no {missing[0]!r}")
                        return
                elif row and len(row) != len(head):
                    self._report((line, 1), f"has {len(row)} cells, the first line has {len(head)}")
                elif row:
                    fields = {key: cell.strip() for key, cell in zip(head, row, strict=True) if cell.strip()}
                    yield _Entry(fields, (line, 1), dict.fromkeys(head, (line, 1)))
                line = reader.line_num + 1
        except csv.Error as error:
            self._report((line, 1), f"is no CSV: {error}")

    def _yaml(self, text: str) -> Iterator[_Entry]:
        try:
            root = yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self._report(place, error.problem or "is no YAML")
            return
        if not isinstance(root, yaml.SequenceNode):
            self._report((1, 1), "is no list")
            return
        for node in root.value:
            if not isinstance(node, yaml.MappingNode):
                self._report(_place(node), "is no mapping with base, digest and at")
                continue
            fields, places = {}, {}
            for key, value in node.value:
                fields[str(key.value)] = _plain(value)
                places[str(key.value)] = _place(value)
            yield _Entry(fields, _place(node), places)

    def _version(self, entry: _Entry) -> BaseVersion | None:
        before = len(self.problems)
        for key in entry.fields:
            if key not in _KNOWN:
                self._report(entry.places[key], "unknown key", key, closest(key, _KNOWN))
        for key in _REQUIRED:
            if not isinstance(entry.fields.get(key), str) or not entry.fields[key]:
                self._report(entry.places.get(key, entry.place), "is missing or no text", key)
        base = self._read(entry, "base", self._base)
        digest = self._read(entry, "digest", Digest)
        at = self._read(entry, "at", time_of)
        tag = self._read(entry, "tag", _tag) or ""
        if len(self.problems) > before or base is None or digest is None or at is None:
            return None
        version = BaseVersion(base, digest, at, self._platforms(entry), tag, "import")
        try:
            ledger.admitted(version, self._now)
        except InputError as error:
            self._report(entry.places["at"], f"{error.what}; {error.cause}", "at")
            return None
        return version

    def _read(self, entry: _Entry, key: str, read: Any) -> Any:
        value = entry.fields.get(key)
        if not isinstance(value, str) or not value:
            return None
        try:
            return read(value)
        except ValueError as error:
            self._report(entry.places[key], str(error), key)
            return None

    def _base(self, text: str) -> str:
        return text if text in self._images else str(Reference.parse(text))

    def _platforms(self, entry: _Entry) -> tuple[str, ...]:
        value = entry.fields.get("platforms") or ()
        return tuple(value.split()) if isinstance(value, str) else tuple(str(one) for one in value)

    def _report(self, place: _Position, message: str, field: str = "", suggestion: str = "") -> None:
        line, column = place
        text = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        self.problems.append(Problem(self.path, line, column, field, message, text, suggestion))


def time_of(text: str) -> datetime:
    """Raises ValueError that says what is wrong."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time (ISO 8601, such as 2024-11-11T08:15:00Z)") from None
    if at.tzinfo is None:
        if len(text) > len("2024-11-11"):
            raise ValueError(f"{text!r} has no time zone (append Z for UTC)")
        return at.replace(tzinfo=UTC)
    return at.astimezone(UTC)


def _tag(text: str) -> str:
    if not valid_tag(text):
        raise ValueError(f"{text!r} is no tag (letters, digits, . _ -, at most 128)")
    return text


def _place(node: yaml.Node) -> _Position:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _plain(node: yaml.Node) -> Any:
    """Scalars as they are written: a digest or a date is text here, whatever YAML makes of it."""
    if isinstance(node, yaml.SequenceNode):
        return [str(child.value) for child in node.value]
    return node.value if isinstance(node, yaml.ScalarNode) else None
