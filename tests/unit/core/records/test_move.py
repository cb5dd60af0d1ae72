"""The record of a channel's move is read back whole, and known by its annotations."""

from __future__ import annotations

from dataclasses import replace

from golden_images.core import records
from tests.unit.core.records.examples import MOVE, REFERENCE, RELEASE, REPOSITORY


def test_a_move_is_read_back_whole() -> None:
    assert records.parse_move(records.move_statement(MOVE, REFERENCE), REPOSITORY) == MOVE
    first = replace(MOVE, previous="")
    assert records.parse_move(records.move_statement(first, REFERENCE), REPOSITORY) == first


def test_a_move_is_known_by_its_annotations() -> None:
    assert records.is_move(records.move_annotations(MOVE))
    assert not records.is_move(records.release_annotations(RELEASE))
