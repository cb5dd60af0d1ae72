"""Waivers in CycloneDX's words."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from golden_images.core.waivers.cyclonedx import document
from golden_images.core.waivers.model import Justification
from tests.fakes.policy import DIGEST, NOW, waiver

MANY = (
    *(
        waiver(f"CVE-2026-{number}", justification=word)
        for number, word in enumerate(get_args(Justification))
    ),
    waiver("CVE-2026-7", status="affected", justification=None, action="The port is closed."),
    waiver("CVE-2026-8", status="under_investigation", justification=None, package="pkg:deb/debian/openssl"),
    waiver("CVE-2026-9", status="fixed", justification=None, digest=DIGEST),
)


def made(*waivers: Any) -> dict[str, Any]:
    return document("pkg:oci/web", waivers, "Example", NOW)


def test_the_official_schema_takes_it() -> None:
    for found in (made(*MANY), made()):
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(found)) is None


def test_each_status_in_its_words() -> None:
    found = {one["id"]: one["analysis"] for one in made(*MANY)["vulnerabilities"]}
    assert {name: one["state"] for name, one in found.items() if name > "CVE-2026-6"} == {
        "CVE-2026-7": "exploitable",
        "CVE-2026-8": "in_triage",
        "CVE-2026-9": "resolved",
    }
    assert found["CVE-2026-0"]["justification"] == "code_not_present"
    assert "component_not_present" in found["CVE-2026-0"]["detail"]
    assert "The port is closed." in found["CVE-2026-7"]["detail"]
    assert DIGEST in found["CVE-2026-9"]["detail"]


def test_what_it_affects_is_in_the_document() -> None:
    found = made(*MANY)
    known = {found["metadata"]["component"]["bom-ref"], *(one["bom-ref"] for one in found["components"])}
    affected = {ref["ref"] for one in found["vulnerabilities"] for ref in one["affects"]}
    assert affected == known == {"pkg:oci/web", "pkg:deb/debian/openssl"}
    assert found["metadata"]["component"]["name"] == "web"


@pytest.mark.parametrize("left_out", [waiver("licence:MIT"), waiver(expires="2026-11-24T02:00:00Z")])
def test_what_vex_has_no_word_for_and_what_has_ended_is_left_out(left_out: Any) -> None:
    assert made(left_out)["vulnerabilities"] == []


def test_the_same_waivers_have_the_same_serial_number() -> None:
    assert made(waiver())["serialNumber"] == made(waiver())["serialNumber"] != made()["serialNumber"]
