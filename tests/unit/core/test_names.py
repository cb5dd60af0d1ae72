"""Tags and annotations: valid, distinct, and the same for the same thing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from golden_images.core import names
from golden_images.core.digest import Digest
from golden_images.core.reference import valid_tag

BUILD_ID = "ab" * 32
AT = datetime(2026, 11, 23, 2, 0, 0, 7, tzinfo=UTC)
OURS = [
    "2026.11.23-1a2b3c4d",
    names.platform_tag(BUILD_ID, "linux/arm64/v8"),
    names.candidate_tag(BUILD_ID, ["linux/amd64", "linux/arm64"]),
    names.plan_tag(BUILD_ID, Digest.of(b"plan")),
    f"sha256-{Digest.of(b'x').hex}",
    # Of the version before.
    "2026.11.23-1a2b3c4d.plan",
    f"2026.11.23-1a2b3c4d.{'a' * 16}.plan",
    "2026.11.23-1a2b3c4d.release",
    f"2026.11.23-1a2b3c4d.{'a' * 16}.judgement",
    "dev.20261123T020000000007Z.move",
    f"sha256-{Digest.of(b'x').hex}.sbom.cyclonedx.{'a' * 16}",
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


def test_a_candidate_for_one_platform_has_that_ones_tag_alone() -> None:
    one = names.candidate_tag(BUILD_ID, ["linux/arm64/v8"])
    assert one == names.platform_tag(BUILD_ID, "linux/arm64/v8")
    assert [tag for tag in OURS if names.is_platform(tag)] == [one]


def test_two_plans_of_one_build_have_each_their_tag() -> None:
    assert len({names.plan_tag(BUILD_ID, Digest.of(plan)) for plan in (b"a", b"b")}) == 2


def test_only_a_candidate_has_a_build_id() -> None:
    assert [names.candidate_build_id(tag) for tag in OURS if names.candidate_build_id(tag)] == [BUILD_ID]
