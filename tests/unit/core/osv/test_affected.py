"""Ranges against the schema's own pseudocode, which looks at them in another way than we do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from golden_images.core.osv.affected import fixed, listed, within
from golden_images.core.osv.record import Event
from golden_images.core.versions import order
from golden_images.core.versions.order import Order

#: From the oldest to the newest.
DEBIAN = """
0~ 0 1~rc1-1 1-0.1 1-1 1-1+deb12u1 1-1+deb12u2 1-1+deb12u10 1.0-1 1.0a-1 1.0+dfsg-1 1.9-1 1.10-1
2-1 1:0.1-1 1:1-1 2:0-1
""".split()  # noqa: SIM905 - as in the test of the order itself
PYPI = "0 0.1 1.0.dev1 1.0a1 1.0b2 1.0rc1 1.0 1.0.post1 1.0.1 1.1 1.9 1.10 2.0 2023.1 1!0.1".split()  # noqa: SIM905
SEMVER = "0.0.0 0.1.0 1.0.0-alpha 1.0.0-alpha.1 1.0.0-beta 1.0.0 1.0.1 1.9.0 1.10.0 2.0.0".split()  # noqa: SIM905
ALPINE = """
0 0.9 1.0_alpha 1.0_alpha2 1.0_beta1 1.0_rc1 1.0_rc1-r1 1.0-r0 1.0-r1 1.0-r10
1.0_git20230717-r4 1.0_git20230717-r5 1.0_p1 1.0_p2-r0 1.0a-r0 1.0b-r0 1.0.1 1.01 1.1 1.2 1.10 2
""".split()  # noqa: SIM905
KINDS = [
    pytest.param(order.deb, DEBIAN, id="deb"),
    pytest.param(order.pypi, PYPI, id="pypi"),
    pytest.param(order.semver, SEMVER, id="semver"),
    pytest.param(order.apk, ALPINE, id="apk"),
]


@pytest.mark.parametrize(("kind", "versions"), KINDS)
def test_the_orders(kind: Order, versions: list[str]) -> None:
    for older, newer in pairwise(versions):
        assert kind(older) < kind(newer), (older, newer)
        assert not kind(newer) < kind(older)


@pytest.mark.parametrize(("kind", "versions"), KINDS)
def test_what_is_affected(kind: Order, versions: list[str]) -> None:
    chance = random.Random(20261124)
    seen = set()
    for _ in range(3000):
        events = list(_events(chance, versions))
        version = chance.choice(versions)
        expected = _by_the_schema(version, events, versions)
        assert within(version, events, kind) is expected, (version, events)
        seen.add(expected)
    assert seen == {True, False}


@pytest.mark.parametrize(("kind", "versions"), KINDS)
def test_the_next_fix(kind: Order, versions: list[str]) -> None:
    chance = random.Random(20261125)
    for _ in range(500):
        ranges = [list(_events(chance, versions)) for _ in range(chance.randint(0, 3))]
        version = chance.choice(versions)
        at = versions.index(version)
        later = [versions.index(event.fixed) for events in ranges for event in events if event.fixed]
        expected = min((one for one in later if one > at), default=None)
        assert fixed(version, ranges, kind) == ("" if expected is None else versions[expected])


def test_what_is_listed() -> None:
    assert listed("1.0", ["0.9", "1.0"])
    assert listed("v1.0", ["1.0"])
    assert listed("1.0", ["v1.0"])
    assert not listed("1.0", ["1.0.0", "1"])


def test_where_one_range_ends_and_the_next_begins() -> None:
    events = [Event(introduced="1-1"), Event(fixed="2-1"), Event(introduced="2-1"), Event(fixed="3-1")]
    assert [within(one, events, order.deb) for one in ("0", "1-1", "2-1", "3-1")] == [
        False,
        True,
        True,
        False,
    ]


def test_what_begins_and_ends_at_once_affects_nothing() -> None:
    assert not within("1-1", [Event(introduced="1-1"), Event(fixed="1-1")], order.deb)


def _events(chance: random.Random, versions: list[str]) -> Iterator[Event]:
    """One range as people write them, in any order: no two events are at one version."""
    at = sorted(chance.sample(range(len(versions)), chance.randint(1, 6)))
    begin = Event(introduced="0") if chance.random() < 0.5 else Event(introduced=versions[at[0]])
    events = [begin]
    for number, place in enumerate(at[1:]):
        if number % 2:
            events.append(Event(introduced=versions[place]))
        elif chance.random() < 0.6:
            events.append(Event(fixed=versions[place]))
        else:
            events.append(Event(last_affected=versions[place]))
    if chance.random() < 0.2:
        events.append(Event(limit=chance.choice([*versions, "*"])))
    chance.shuffle(events)
    return iter(events)


def _by_the_schema(version: str, events: list[Event], versions: list[str]) -> bool:
    """By the places of versions in their list, event after event."""
    at = versions.index(version)
    limits = [event.limit for event in events if event.limit]
    if limits and not any(limit == "*" or at < versions.index(limit) for limit in limits):
        return False

    def place(event: Event) -> int:
        return -1 if event.introduced == "0" else versions.index(event.version)

    vulnerable = False
    for event in sorted((one for one in events if not one.limit), key=place):
        if event.introduced and at >= place(event):
            vulnerable = True
        if event.fixed and at >= place(event):
            vulnerable = False
        if event.last_affected and at > place(event):
            vulnerable = False
    return vulnerable
