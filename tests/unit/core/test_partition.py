"""The partition key: one spelling, and errors that show what is wrong."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from golden_images.core.digest import Digest
from golden_images.core.partition import PartitionKey

DIGEST = Digest("sha256:" + "ab" * 32)
AT = datetime(2026, 11, 23, 2, 0, 5, tzinfo=UTC)


def test_a_base_version_is_written_as_time_and_digest() -> None:
    assert str(PartitionKey(AT, DIGEST)) == "20261123T020005Z_sha256-" + "ab" * 32


def test_a_nightly_tick_is_written_as_time_and_nightly() -> None:
    assert str(PartitionKey(AT)) == "20261123T020005Z_nightly"


@pytest.mark.parametrize("key", [PartitionKey(AT, DIGEST), PartitionKey(AT)])
def test_what_is_written_is_read_again(key: PartitionKey) -> None:
    assert PartitionKey.parse(str(key)) == key


def test_time_is_utc_in_whole_seconds() -> None:
    berlin = timezone(timedelta(hours=1))
    key = PartitionKey(datetime(2026, 11, 23, 3, 0, 5, 999_999, tzinfo=berlin), DIGEST)
    assert key.at == AT


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        PartitionKey(AT.replace(tzinfo=None), DIGEST)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no partition key"),
        ("20261123T020005Z", "no partition key"),
        ("2026-11-23_nightly", "'2026-11-23' is no time"),
        ("20261341T020005Z_nightly", "'20261341T020005Z' is no time"),
        ("2026111T1005Z_nightly", "is no time"),
        ("20261123T020005Z_weekly", "'weekly' is no digest"),
        ("20261123T020005Z_sha256-abc", "'sha256-abc' is no digest"),
        ("20261123T020005Z_sha512-" + "ab" * 32, "is no digest"),
        ("20261123T020005Z_sha256-" + "AB" * 32, "is no digest"),
    ],
)
def test_anything_else_is_refused_with_the_right_form(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as caught:
        PartitionKey.parse(text)
    assert "<YYYYMMDD>T<HHMMSS>Z_sha256-" in str(caught.value)
