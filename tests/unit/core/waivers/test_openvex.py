"""Waivers in OpenVEX's words."""

from __future__ import annotations

from typing import Any

import pytest

from golden_images.core.waivers.openvex import document
from tests.fakes.policy import DIGEST, NOW, waiver

IMAGE = "pkg:oci/web"


def made(*waivers: Any) -> dict[str, Any]:
    return document(IMAGE, waivers, "Example", NOW)


def test_a_document() -> None:
    assert made(waiver()) == {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": made(waiver())["@id"],
        "author": "Example",
        "timestamp": "2026-11-24T02:00:00Z",
        "version": 1,
        "statements": [
            {
                "vulnerability": {"name": "CVE-2026-1"},
                "products": [{"@id": "pkg:oci/web"}],
                "status": "not_affected",
                "justification": "vulnerable_code_not_present",
                "impact_statement": "The module is not compiled in.",
                "status_notes": "platform: The module is not compiled in. Until 2026-12-31T00:00:00Z.",
            }
        ],
    }


def test_a_package_is_a_part_of_the_image_and_a_digest_its_version() -> None:
    (one,) = made(waiver(package="pkg:deb/debian/openssl", digest=DIGEST))["statements"]
    assert one["products"] == [
        {
            "@id": f"pkg:oci/web@sha256%3A{'a' * 64}",
            "subcomponents": [{"@id": "pkg:deb/debian/openssl"}],
        }
    ]


def test_what_affects_an_image_says_what_is_done() -> None:
    (one,) = made(waiver(status="affected", justification=None, action="The port is closed."))["statements"]
    assert (one["status"], one["action_statement"]) == ("affected", "The port is closed.")
    assert "justification" not in one


@pytest.mark.parametrize(
    "left_out",
    [waiver("licence:SSPL-1.0"), waiver("package:telnet"), waiver(expires="2026-11-24T02:00:00Z")],
    ids=["licence", "package", "ended"],
)
def test_what_vex_has_no_word_for_and_what_has_ended_is_left_out(left_out: Any) -> None:
    assert made(left_out)["statements"] == []


def test_other_statements_have_another_id() -> None:
    assert made(waiver())["@id"] == document(IMAGE, [waiver()], "Example", NOW.replace(day=25))["@id"]
    assert made(waiver())["@id"] != made(waiver("CVE-2026-2"))["@id"]


def test_an_address_with_qualifiers_keeps_them_behind_the_digest() -> None:
    of = "pkg:oci/web?repository_url=registry.example.com/web"
    (one,) = document(of, [waiver(digest=DIGEST)], "Example", NOW)["statements"]
    assert one["products"][0]["@id"] == (
        f"pkg:oci/web@sha256%3A{'a' * 64}?repository_url=registry.example.com/web"
    )
