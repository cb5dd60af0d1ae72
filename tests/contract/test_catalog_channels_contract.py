"""Channels: where they stand, and how they move."""

from __future__ import annotations

from dataclasses import replace

import pytest

from golden_images.core.release import ChannelMove
from golden_images.ports import Catalog
from tests.contract.catalog import HOUR, IMAGE, START, at_once, digest, move
from tests.contract.conftest import Connect


class TestChannels:
    def test_a_channel_is_where_its_newest_move_led(self, catalog: Catalog) -> None:
        for each in (move(2), move(1), move(0), move(1, "prod"), move(5, image="nginx")):
            catalog.record_move(each)
        assert catalog.channels(IMAGE) == {"dev": digest("2"), "prod": digest("1")}
        assert catalog.moves(IMAGE, "dev") == [move(2), move(1), move(0)]
        assert catalog.moves(IMAGE, "dev", limit=2) == [move(2), move(1)]
        assert len(catalog.moves(IMAGE)) == 4

    def test_the_channels_of_many_are_those_of_each(self, catalog: Catalog) -> None:
        for each in (move(2), move(1), move(1, "prod"), move(5, image="nginx"), move(6, image="other")):
            catalog.record_move(each)
        found = catalog.standing([IMAGE, "nginx", "unknown"])
        assert found == {IMAGE: catalog.channels(IMAGE), "nginx": catalog.channels("nginx"), "unknown": {}}
        assert found[IMAGE] == {"dev": digest("2"), "prod": digest("1")}
        assert list(found) == [IMAGE, "nginx", "unknown"]
        assert catalog.standing([]) == {}

    def test_the_same_move_again_changes_nothing_and_a_rollback_is_another(self, catalog: Catalog) -> None:
        rollback = replace(move(1), at=START + 3 * HOUR, previous=str(digest("2")))
        for each in (move(1), move(2), move(1), rollback, move(2)):
            catalog.record_move(each)
        assert catalog.moves(IMAGE) == [rollback, move(2), move(1)]
        assert catalog.channels(IMAGE) == {"dev": digest("1")}

    def test_of_two_moves_at_once_the_later_recorded_counts(self, catalog: Catalog) -> None:
        first, second = move(7, at=START), move(3, at=START)
        catalog.record_move(first)
        catalog.record_move(second)
        assert catalog.moves(IMAGE) == [second, first]
        assert catalog.channels(IMAGE) == {"dev": digest("3")}


class TestMoves:
    def test_a_channel_moves_from_where_it_stands(self, connect: Connect) -> None:
        first, second = replace(move(1), previous=""), move(2)
        assert not connect().move_channel(second), "it never moved"
        assert connect().move_channel(first)
        assert connect().move_channel(first), "a retry"
        assert not connect().move_channel(replace(move(3), previous=""))
        assert not connect().move_channel(replace(move(3), previous=str(digest("0"))))
        assert connect().move_channel(second)
        assert not connect().move_channel(first), "the channel has moved on"
        assert connect().moves(IMAGE, "dev") == [second, first]
        assert connect().channels(IMAGE) == {"dev": digest("2")}

    @pytest.mark.parametrize("late", [0, 1])
    def test_a_move_comes_after_the_one_before(self, catalog: Catalog, late: int) -> None:
        catalog.move_channel(replace(move(1), previous=""))
        assert not catalog.move_channel(replace(move(2), at=move(1).at - late * HOUR))
        assert catalog.channels(IMAGE) == {"dev": digest("1")}

    def test_channels_and_images_are_apart(self, catalog: Catalog) -> None:
        for each in (move(1), move(1, "prod"), move(1, image="nginx")):
            assert catalog.move_channel(replace(each, previous=""))

    def test_one_of_many_at_once_wins(self, connect: Connect) -> None:
        connect().move_channel(replace(move(0), previous=""))

        def moved(number: int) -> ChannelMove:
            return replace(
                move(0),
                digest=digest(f"{1 + number}"),
                previous=str(move(0).digest),
                at=START + (1 + number) * HOUR,
            )

        won = at_once(connect, lambda catalog, number: catalog.move_channel(moved(number)))
        assert sum(won) == 1
        assert connect().moves(IMAGE, "dev") == [moved(won.index(True)), move(0)]
