"""A waiver says what, where, who, why and until when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from golden_images.core.waivers.model import Terms
from tests.fakes.policy import DIGEST, NOW, waiver


@pytest.mark.parametrize("field", ["finding", "images", "status", "owner", "reason", "expires"])
def test_what_a_waiver_has_to_say(field: str) -> None:
    said = waiver().model_dump(mode="json", exclude_defaults=True)
    del said[field]
    with pytest.raises(ValidationError, match=field):
        type(waiver()).model_validate(said)


@pytest.mark.parametrize(
    "fields",
    [
        {"owner": ""},
        {"reason": ""},
        {"images": []},
        {"images": ["*", "web"]},
        {"images": ["we*"]},
        {"finding": "CVE-*"},
        {"finding": "CVE-2026-1 CVE-2026-2"},
        {"status": "wontfix"},
        {"status": "not_affected", "justification": None},
        {"status": "not_affected", "justification": "because"},
        {"status": "affected", "justification": None},
        {"status": "fixed"},
        {"package": "openssl"},
        {"digest": "sha256:1"},
        {"expires": "never"},
        {"expires": "2026-13-01"},
        {"expires": "2026-12-31T00:00:00"},
        {"expires": None},
    ],
)
def test_what_is_no_waiver(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        waiver(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"finding": "GHSA-abcd-1234"},
        {"finding": "licence:Some licence of theirs"},
        {"finding": "package:libstdc++6"},
        {"status": "affected", "justification": None, "action": "The port is closed until it is mended."},
        {"status": "under_investigation", "justification": None},
        {"images": ["*"]},
    ],
)
def test_what_is_one(fields: dict[str, Any]) -> None:
    waiver(**fields)


def test_a_date_ends_as_it_begins_in_utc() -> None:
    ends = waiver(expires="2026-12-31")
    assert ends.expires == datetime(2026, 12, 31, tzinfo=UTC)
    assert ends.counts(datetime(2026, 12, 30, 23, 59, 59, tzinfo=UTC))
    assert not ends.counts(datetime(2026, 12, 31, tzinfo=UTC))
    assert waiver(expires="2026-12-31T01:00:00+01:00").expires == ends.expires


def test_it_holds_for_its_images_alone() -> None:
    assert (waiver().of("web"), waiver().of("nginx"), waiver(images=["*"]).of("nginx")) == (True, False, True)


def test_its_terms_come_back_from_a_plan_and_name_no_other_image() -> None:
    made = waiver(images=["web", "nginx"], package="pkg:deb/debian/openssl", digest=DIGEST)
    assert "nginx" not in str(made.asked())
    assert Terms.model_validate(made.asked()) == made.terms()
    assert made.terms() == waiver(images=["web"], package="pkg:deb/debian/openssl", digest=DIGEST).terms()


def test_two_about_other_things_have_other_keys() -> None:
    keys = {
        waiver().key,
        waiver(package="pkg:deb/debian/openssl").key,
        waiver(digest=DIGEST).key,
        waiver("CVE-2026-2").key,
    }
    assert len(keys) == 4
    assert waiver().key == "CVE-2026-1"
    assert waiver().expires > NOW
