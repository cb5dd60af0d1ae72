"""The record of a later judgement is read back whole."""

from __future__ import annotations

from golden_images.core import records
from tests.unit.core.records.examples import JUDGEMENT, REFERENCE, REPOSITORY


def test_a_judgement_is_read_back_whole() -> None:
    assert records.parse_judgement(records.judgement_statement(JUDGEMENT, REFERENCE), REPOSITORY) == JUDGEMENT
