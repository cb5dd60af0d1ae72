"""One advisory, as far as it is looked at. Fields that nobody here reads may hold what they like, and new
ones may come, as the schema has it; in those that are read a wrong type is a fault, and so is a size that
no honest record has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

#: Of one record; the largest of OSV's own are a few thousand.
MOST_EVENTS = 20_000
MOST_VERSIONS = 100_000
MOST_AFFECTED = 20_000
_LONGEST_NAME = 500
_LONGEST_VERSION = 500


class Event(msgspec.Struct, frozen=True, gc=False):
    """One of them is set."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None

    @property
    def version(self) -> str:
        return self.introduced or self.fixed or self.last_affected or self.limit or ""


class Range(msgspec.Struct, frozen=True, gc=False):
    type: Literal["ECOSYSTEM", "SEMVER", "GIT"]
    events: tuple[Event, ...] = ()


class Scored(msgspec.Struct, frozen=True, gc=False):
    """``CVSS_V3`` and its vector; in an ``Ubuntu`` severity, a word."""

    type: str
    score: str


class Package(msgspec.Struct, frozen=True, gc=False):
    #: ``Debian:12``
    ecosystem: str
    name: str


class Urgency(msgspec.Struct, frozen=True, gc=False):
    """What ecosystems and databases say in fields of their own."""

    #: Debian: ``unimportant``, ``not yet assigned``.
    urgency: str | None = None
    #: GitHub: ``HIGH``.
    severity: str | None = None


class Affected(msgspec.Struct, frozen=True, gc=False):
    package: Package | None = None
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    severity: tuple[Scored, ...] | None = None
    ecosystem_specific: msgspec.Raw = msgspec.Raw(b"")
    database_specific: msgspec.Raw = msgspec.Raw(b"")


class Record(msgspec.Struct, frozen=True, gc=False):
    id: str
    modified: str
    withdrawn: str | None = None
    # Null where there are none, as the schema has it.
    aliases: tuple[str, ...] | None = None
    #: What it is a distribution's word for: ``CVE-2026-1`` of ``DEBIAN-CVE-2026-1``.
    upstream: tuple[str, ...] | None = None
    summary: str = ""
    details: str = ""
    severity: tuple[Scored, ...] | None = None
    affected: tuple[Affected, ...] | None = None
    database_specific: msgspec.Raw = msgspec.Raw(b"")


_DECODER = msgspec.json.Decoder(Record)
_SAID = msgspec.json.Decoder(Urgency | None)


def read(content: bytes) -> Record:
    """Raises ValueError, with the cause in it, for what is no record."""
    try:
        record = _DECODER.decode(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
    if not record.id or len(record.id) > _LONGEST_NAME:
        raise ValueError("its id is empty or too long")
    _bounded(record.affected or ())
    return record


def said(raw: msgspec.Raw) -> Urgency:
    """Nothing for what others put there in a form of their own."""
    try:
        return (_SAID.decode(raw) if bytes(raw) else None) or Urgency()
    except (msgspec.DecodeError, RecursionError):
        return Urgency()


def _bounded(affected: Sequence[Affected]) -> None:
    if len(affected) > MOST_AFFECTED:
        raise ValueError(f"it names {len(affected)} packages; at most {MOST_AFFECTED} are read")
    events = sum(len(one.events) + 1 for block in affected for one in block.ranges)
    versions = sum(len(block.versions) for block in affected)
    if events > MOST_EVENTS or versions > MOST_VERSIONS:
        raise ValueError(
            f"it has {events} ranges and events and {versions} versions;"
            f" at most {MOST_EVENTS} and {MOST_VERSIONS} are read"
        )
    for block in affected:
        if block.package is not None and not 0 < len(block.package.name) <= _LONGEST_NAME:
            raise ValueError("a package's name is empty or too long")
        for one in block.ranges:
            _events(one.events)
        if any(len(version) > _LONGEST_VERSION for version in block.versions):
            raise ValueError("a version is too long")


def _events(events: Sequence[Event]) -> None:
    for event in events:
        given = [event.introduced, event.fixed, event.last_affected, event.limit]
        if sum(bool(one) for one in given) != 1 or len(event.version) > _LONGEST_VERSION:
            raise ValueError("an event is not exactly one version, or a version is too long")
