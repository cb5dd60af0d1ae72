from __future__ import annotations

import json
from typing import Any

import pytest

from golden_images.core.inventory import inventory

DIGEST = f"sha256:{1:064}"


def sbom(*components: Any) -> bytes:
    document = {"metadata": {"component": {"version": DIGEST}}, "components": components}
    return json.dumps(document).encode()


def library(purl: str, **more: str) -> dict[str, str]:
    return {"type": "library", "name": "it", "purl": purl, **more}


def test_packages_with_their_source() -> None:
    found = inventory(
        sbom(
            {"type": "operating-system", "name": "debian", "version": "12"},
            {"type": "file", "name": "/etc/passwd"},
            library("pkg:deb/debian/libssl3@3.0.14-1?arch=amd64&distro=debian-12&upstream=openssl"),
            library("pkg:deb/debian/gcc@4:12.2.0-3?arch=amd64&upstream=gcc-defaults%401.203"),
            library("pkg:deb/debian/openssl@3.0.14-1?arch=source&distro=debian-12"),
            library("pkg:npm/%40angular/core@1.0.0"),
        )
    )
    assert (found.subject, found.system, found.kinds) == (DIGEST, "debian-12", ("deb", "npm"))
    assert [(one.name, one.version, one.source, one.source_version) for one in found.packages] == [
        ("libssl3", "3.0.14-1", "openssl", "3.0.14-1"),
        ("gcc", "4:12.2.0-3", "gcc-defaults", "1.203"),
        ("core", "1.0.0", "core", "1.0.0"),
    ]
    assert found.packages[2].namespace == "@angular"
    assert found.packages[0].architecture == "amd64"


def test_a_library_that_nobody_can_look_up_is_told() -> None:
    found = inventory(sbom(library("", name="nameless"), library("pkg:", name="broken")))
    assert (found.packages, found.unreadable, found.system) == ((), ("nameless", "broken"), "")


@pytest.mark.parametrize("document", ["", "[]", "{}", '{"components": {}}', '{"components": [1]}'])
def test_what_is_no_sbom(document: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - a parser's, or ours
        inventory(document.encode())
