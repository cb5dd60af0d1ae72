"""Which events of a base wake its children."""

from datetime import UTC, datetime

import pytest

from golden_images.scheduling.mapper import BaseVersionMapper

KEY = "20261123T020005Z_sha256-" + "ab" * 32


def test_a_base_version_becomes_the_childs_partition() -> None:
    assert BaseVersionMapper().to_downstream(KEY) == KEY


def test_a_nightly_key_of_the_parents_run_wakes_nobody() -> None:
    assert BaseVersionMapper().to_downstream("20261123T020005Z_nightly") == []


def test_a_malformed_key_is_an_error_that_airflow_can_show() -> None:
    with pytest.raises(ValueError, match="'us' is no partition key"):
        BaseVersionMapper().to_downstream("us")


def test_the_partitions_date_is_the_base_versions_time() -> None:
    assert BaseVersionMapper().to_partition_date(KEY) == datetime(2026, 11, 23, 2, 0, 5, tzinfo=UTC)
