"""All advisories of one ecosystem, by the name of what they are about: made once, asked many times.

They lie there packed, and are unpacked when a package's are asked for: a tenth of the memory, and a file that
holds them is read in a moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from golden_images.core.osv import places
from golden_images.core.osv.record import Affected, Event, Range, Record, Scored, said
from golden_images.core.words import one_line

_MESSAGE = 300
#: Faults that are told; a database has none or is broken as a whole.
_MOST_FAULTS = 20


class Block(msgspec.Struct, frozen=True, gc=False):
    """What a record says of one package in one release."""

    #: ``12``; empty for all.
    release: str
    ranges: tuple[tuple[Event, ...], ...]
    versions: tuple[str, ...]
    #: True where it names commits and nothing else.
    only_commits: bool
    #: How bad it is there, beside what the advisory says for everywhere.
    scores: tuple[Scored, ...]
    words: tuple[str, ...]


class Advisory(msgspec.Struct, frozen=True, gc=False):
    """What a record says of one package."""

    id: str
    #: The package's, as the record writes it.
    package: str
    #: Without its own.
    names: tuple[str, ...]
    message: str
    scores: tuple[Scored, ...]
    words: tuple[str, ...]
    blocks: tuple[Block, ...]


class Index(msgspec.Struct, frozen=True):
    ecosystem: str
    #: Those that were read, withdrawn ones too.
    records: int
    #: The releases that it speaks of; with an empty one, it speaks of all.
    releases: frozenset[str]
    #: By name, as ``places`` spells it.
    packed: dict[str, tuple[bytes, ...]]
    #: What could not be read, the first ones in words, and how many there are.
    faults: tuple[str, ...] = ()
    faulty: int = 0

    def of(self, name: str) -> tuple[Advisory, ...]:
        return tuple(map(_UNPACK.decode, self.packed.get(name, ())))


_PACK = msgspec.msgpack.Encoder()
_UNPACK = msgspec.msgpack.Decoder(Advisory)
_WHOLE = msgspec.msgpack.Decoder(Index)


def packed(known: Index) -> bytes:
    return _PACK.encode(known)


def unpacked(content: bytes | memoryview) -> Index:
    """Raises ValueError for what :func:`packed` did not make."""
    try:
        return _WHOLE.decode(content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def index(ecosystem: str, records: Iterable[Record | str]) -> Index:
    """Of ``Debian``, of all its releases. ``records``: where one cannot be read, why."""
    found: dict[str, list[bytes]] = defaultdict(list)
    releases: set[str] = set()
    wrong: list[str] = []
    ids: set[str] = set()
    for record in records:
        if isinstance(record, str):
            wrong.append(record)
            continue
        if record.id in ids:
            wrong.append(f"{record.id}: it is there twice")
        ids.add(record.id)
        for name, advisory in _advisories(record, ecosystem):
            releases.update(block.release for block in advisory.blocks)
            # Of what is withdrawn nothing is told, but that its release is known.
            if not record.withdrawn:
                found[name].append(_PACK.encode(advisory))
    return Index(
        ecosystem=ecosystem,
        records=len(ids),
        releases=frozenset(releases),
        packed={name: tuple(of) for name, of in found.items()},
        faults=tuple(wrong[:_MOST_FAULTS]),
        faulty=len(wrong),
    )


def _advisories(record: Record, ecosystem: str) -> Iterator[tuple[str, Advisory]]:
    spelling = places.ECOSYSTEMS[ecosystem].spelling
    of_name: dict[str, list[tuple[str, Affected]]] = defaultdict(list)
    for affected in record.affected or ():
        if affected.package is None:
            continue
        own, release = places.split(affected.package.ecosystem)
        if own == ecosystem:
            of_name[spelling(affected.package.name)].append((release, affected))
    for name, blocks in of_name.items():
        yield name, _advisory(record, blocks)


def _advisory(record: Record, blocks: list[tuple[str, Affected]]) -> Advisory:
    text = record.summary or record.details.strip().partition("\n")[0]
    return Advisory(
        id=record.id,
        package=next(affected.package.name for _, affected in blocks if affected.package),
        names=tuple(
            dict.fromkeys(
                one for one in (*(record.aliases or ()), *(record.upstream or ())) if one != record.id
            )
        ),
        message=one_line(text[: _MESSAGE * 2])[:_MESSAGE],
        scores=record.severity or (),
        words=_words(record.database_specific),
        blocks=tuple(_block(release, affected) for release, affected in blocks),
    )


def _block(release: str, affected: Affected) -> Block:
    counted = tuple(one.events for one in affected.ranges if _counts(one))
    return Block(
        release=release,
        ranges=counted,
        versions=affected.versions,
        only_commits=bool(affected.ranges) and not counted and not affected.versions,
        scores=affected.severity or (),
        words=_words(affected.ecosystem_specific, affected.database_specific),
    )


def _words(*asides: msgspec.Raw) -> tuple[str, ...]:
    return tuple(
        word for raw in asides for aside in [said(raw)] for word in (aside.urgency, aside.severity) if word
    )


def _counts(one: Range) -> bool:
    return one.type != "GIT" and bool(one.events)
