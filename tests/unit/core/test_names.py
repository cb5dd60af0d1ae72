"""Tags and annotations: valid, distinct, and the same for the same thing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from golden_images.core import names
from golden_images.core.digest import Digest
from golden_images.core.reference import valid_tag

BUILD_ID = "ab" * 32
AT = datetime(2026, 11, 23, 2, 0, 0, 7, tzinfo=UTC)
OURS = [
    "2026.11.23-1a2b3c4d",
    names.release_record_tag("2026.11.23-1a2b3c4d"),
    names.release_plan_tag("2026.11.23-1a2b3c4d"),
    names.judgement_tag("2026.11.23-1a2b3c4d", Digest.of(b"demands")),
    names.judged_plan_tag("2026.11.23-1a2b3c4d", Digest.of(b"demands")),
    names.move_record_tag("dev", AT),
    names.platform_tag(BUILD_ID, "linux/arm64/v8"),
    names.candidate_tag(BUILD_ID),
    names.plan_tag(BUILD_ID),
    names.evidence_tag(Digest.of(b"x"), "sbom", "cyclonedx"),
    f"sha256-{Digest.of(b'x').hex}",
]


@pytest.mark.parametrize("tag", OURS)
def test_reserved_tags_are_valid_and_no_channels(tag: str) -> None:
    assert valid_tag(tag)
    assert not names.may_be_channel(tag)


@pytest.mark.parametrize("tag", ["dev", "prod", "1.2", "build-x", "2026.11.23", "sha256-abc"])
def test_other_tags_may_be_channels(tag: str) -> None:
    assert names.may_be_channel(tag)


def test_only_a_version_is_a_version() -> None:
    assert [tag for tag in OURS if names.is_version(tag)] == ["2026.11.23-1a2b3c4d"]


def test_only_a_candidate_has_a_build_id() -> None:
    assert [names.candidate_build_id(tag) for tag in OURS if names.candidate_build_id(tag)] == [BUILD_ID]


def test_a_move_is_tagged_by_its_utc_time() -> None:
    berlin = AT.astimezone(timezone(timedelta(hours=1)))
    assert names.move_record_tag("dev", berlin) == "dev.20261123T020000000007Z.move"


def test_the_longest_channel_name_fits_and_a_longer_one_is_refused() -> None:
    assert len(names.move_record_tag("c" * 100, AT)) == 128
    with pytest.raises(ValueError, match="is no tag"):
        names.move_record_tag("c" * 101, AT)
