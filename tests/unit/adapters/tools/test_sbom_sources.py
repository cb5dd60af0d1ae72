"""An SBOM in which every scanner finds everything, made of what syft wrote of small images.

``tests/fixtures/syft``: syft 1.18.1, of images of a dpkg status (an apk database, neither) and one wheel.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from golden_images.adapters.tools.sbom_documents import completed
from golden_images.adapters.tools.sbom_sources import source_of
from golden_images.core.digest import canonical_json
from golden_images.core.inventory import package
from golden_images.planning import packages
from golden_images.ports import SbomRequest

SYFT = Path(__file__).parents[3] / "fixtures" / "syft"
Documents = tuple[dict[str, Any], dict[str, Any]]


def made(image: str, order: int = 1) -> Documents:
    """What is published of ``image``; ``order``: how syft happened to order its packages."""
    cyclonedx, spdx = (json.loads((SYFT / f"{image}.{kind}.json").read_text()) for kind in ("cdx", "spdx"))
    cyclonedx["components"], spdx["packages"] = cyclonedx["components"][::order], spdx["packages"][::order]
    digest = cyclonedx["metadata"]["component"]["version"]
    request = SbomRequest(f"registry.test/golden/{image}@{digest}", datetime(2026, 11, 23, tzinfo=UTC), "us")
    return completed(cyclonedx, spdx, request)


def purls(cyclonedx: dict[str, Any]) -> list[str]:
    return [one["purl"] for one in cyclonedx["components"] if "purl" in one]


def is_source(purl: str) -> bool:
    found = package(purl)
    return found is not None and found.is_source


def spdx_purls(spdx: dict[str, Any]) -> dict[str, str]:
    """Identifiers by package URL."""
    return {
        ref["referenceLocator"]: one["SPDXID"]
        for one in spdx["packages"]
        for ref in one.get("externalRefs", [])
        if ref["referenceType"] == "purl"
    }


@pytest.mark.parametrize("image", ["debian", "alpine", "scratch"])
def test_both_documents_are_valid_by_the_standards_own_validators(image: str) -> None:
    cyclonedx, spdx = made(image)
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(canonical_json(cyclonedx).decode())
    assert error is None, error
    document = JsonLikeDictParser().parse(spdx)
    assert [message.validation_message for message in validate_full_spdx_document(document)] == []


def test_each_source_package_is_a_component_of_its_own() -> None:
    cyclonedx, spdx = made("debian")
    sources = [purl for purl in purls(cyclonedx) if is_source(purl)]
    assert sources == [
        # A binary of this name is there, of another version: a rebuild of the same source.
        "pkg:deb/debian/bash@5.2.15-2?arch=source&distro=debian-12",
        "pkg:deb/debian/expat@2.5.0-1?arch=source&distro=debian-12",
        "pkg:deb/debian/gtk%2B3.0@3.24.38-2~deb12u1?arch=source&distro=debian-12",
        # openssl and base-files are there by name and version.
        "pkg:deb/debian/zlib@1:1.2.13.dfsg-1?arch=source&distro=debian-12",
    ]
    by_purl = {one.get("purl"): one for one in cyclonedx["components"]}
    assert by_purl[sources[3]]["version"] == "1:1.2.13.dfsg-1"
    assert by_purl[sources[1]]["supplier"] == {
        "name": "A Team",
        "contact": [{"email": "team@lists.debian.org"}],
    }
    references = [one["bom-ref"] for one in cyclonedx["components"]]
    assert len(references) == len(set(references))
    assert [purl for purl in spdx_purls(spdx) if is_source(purl)] == sources


def test_every_binary_package_names_distribution_and_source() -> None:
    cyclonedx, _ = made("debian")
    binaries = [purl for purl in purls(cyclonedx) if purl.startswith("pkg:deb/") and not is_source(purl)]
    assert len(binaries) == 7
    assert all("distro=debian-12" in purl for purl in binaries)
    assert [source_of(purl).name for purl in binaries] == [  # type: ignore[union-attr]
        "base-files",
        "bash",
        "expat",
        "gtk+3.0",
        "openssl",
        "openssl",
        "zlib",
    ]


def test_spdx_names_the_operating_system_and_of_each_binary_its_source() -> None:
    _, spdx = made("debian")
    (system,) = [one for one in spdx["packages"] if one["SPDXID"].startswith("SPDXRef-OperatingSystem-")]
    assert (system["name"], system["versionInfo"]) == ("debian", "12")
    told = {one["name"]: one["sourceInfo"] for one in spdx["packages"] if "sourceInfo" in one}
    assert told["libssl3"] == "built package from: openssl 3.0.9-1"
    assert told["bash"] == "built package from: bash 5.2.15-2"
    assert told["zlib1g"] == "built package from: zlib 1:1.2.13.dfsg-1"
    assert told["requests"].startswith("acquired package info")
    identity = spdx_purls(spdx)
    (image,) = [one["SPDXID"] for one in spdx["packages"] if one.get("primaryPackagePurpose") == "CONTAINER"]
    related = {
        (one["spdxElementId"], one["relationshipType"], one["relatedSpdxElement"])
        for one in spdx["relationships"]
    }
    assert (image, "CONTAINS", system["SPDXID"]) in related
    binary = "pkg:deb/debian/libexpat1@2.5.0-1?arch=amd64&distro=debian-12&upstream=expat"
    source = "pkg:deb/debian/expat@2.5.0-1?arch=source&distro=debian-12"
    assert (identity[binary], "GENERATED_FROM", identity[source]) in related


def test_nothing_is_invented_where_there_is_no_debian() -> None:
    cyclonedx, spdx = made("alpine")
    assert purls(cyclonedx) == [
        "pkg:apk/alpine/libcrypto3@3.1.4-r5?arch=x86_64&distro=alpine-3.19.1&upstream=openssl"
    ]
    assert "SPDXRef-OperatingSystem-alpine-3.19.1" in {one["SPDXID"] for one in spdx["packages"]}
    cyclonedx, spdx = made("scratch")
    assert [one["type"] for one in cyclonedx["components"]] == ["library", "file"]
    assert [one["name"] for one in spdx["packages"]] == ["requests", "golden/scratch"]


def test_the_order_in_which_syft_lists_packages_adds_nothing_else() -> None:
    one, other = made("debian"), made("debian", order=-1)
    assert [sorted(purls(one[0])), sorted(spdx_purls(one[1]).items())] == [
        sorted(purls(other[0])),
        sorted(spdx_purls(other[1]).items()),
    ]


def test_a_night_compares_what_is_installed_and_no_source() -> None:
    cyclonedx, _ = made("debian")
    found = packages.installed(canonical_json(cyclonedx))
    assert found is not None
    assert (found.suite, found.architecture) == ("bookworm", "amd64")
    assert sorted(found.versions) == [
        "base-files", "bash", "libexpat1", "libgtk-3-common", "libssl3", "openssl", "zlib1g",
    ]  # fmt: skip
    assert found.versions["bash"] == "5.2.15-2+b7"


@pytest.mark.parametrize(
    "purl",
    ["pkg:pypi/requests@2.28.1", "pkg:deb/debian/openssl", "pkg:deb/", "", "pkg:deb/debian/openssl?arch=all"],
)
def test_what_is_no_debian_package_of_a_version_has_no_source(purl: str) -> None:
    assert source_of(purl) is None
