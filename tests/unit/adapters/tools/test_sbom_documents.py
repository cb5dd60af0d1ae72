"""syft's documents, as it writes them and as they are published."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from golden_images.adapters.tools.sbom_documents import completed
from golden_images.ports import SbomRequest

DIGEST = f"sha256:{'1' * 64}"
NOISE = "0b3c9f0e-1111-4222-8333-123456789abc"
REQUEST = SbomRequest(
    f"registry.test:5000/golden/web@{DIGEST}", datetime(2026, 11, 23, 2, 0, 1, 5, tzinfo=UTC), "platform"
)
OPENSSL = "pkg:deb/debian/openssl@3.0.15-1?arch=amd64&distro=debian-12"
GUNICORN = "pkg:pypi/gunicorn@20.1.0"
NAMELESS = "pkg:generic/thing@1"


def file(name: str, content: str | None) -> dict[str, Any]:
    sums = [{"algorithm": "SHA1", "checksumValue": "0" * 40}]
    if content is not None:
        sums.append({"algorithm": "SHA256", "checksumValue": content * 64})
    return {"fileName": name, "SPDXID": f"SPDXRef-File-{name}", "checksums": sums}


def package(purl: str) -> dict[str, Any]:
    ref = {"referenceType": "purl", "referenceLocator": purl}
    return {"name": purl, "SPDXID": purl, "supplier": "NOASSERTION", "externalRefs": [ref]}


def scan(noise: str = NOISE) -> tuple[dict[str, Any], dict[str, Any]]:
    """What syft wrote; ``noise`` is its random number."""
    cyclonedx = {
        "serialNumber": f"urn:uuid:{noise}",
        "metadata": {"timestamp": noise, "component": {"type": "container", "version": DIGEST}},
        "components": [
            {
                "type": "library",
                "purl": OPENSSL,
                "publisher": "Debian OpenSSL Team <pkg-openssl@lists.debian.org>",
            },
            {"type": "library", "purl": GUNICORN, "author": "Benoit Chesneau"},
            {"type": "library", "purl": NAMELESS},
        ],
    }
    image = package("pkg:oci/registry.test:5000/golden/web@broken")
    spdx = {
        "documentNamespace": f"https://example.com/web-{noise}",
        "creationInfo": {"created": noise, "creators": ["Tool: syft"]},
        "packages": [
            package(OPENSSL),
            package(GUNICORN),
            package(NAMELESS),
            {**image, "primaryPackagePurpose": "CONTAINER"},
        ],
        "files": [
            file("usr/bin/openssl", "a"),
            file("srv/app/web.py", "b"),
            file("srv/app", None),
            file("var/lib/dpkg/status", "c"),
        ],
        "relationships": [
            {
                "spdxElementId": OPENSSL,
                "relatedSpdxElement": "SPDXRef-File-usr/bin/openssl",
                "relationshipType": "CONTAINS",
            },
            {
                "spdxElementId": OPENSSL,
                "relatedSpdxElement": "SPDXRef-File-var/lib/dpkg/status",
                "relationshipType": "OTHER",
            },
        ],
    }
    return cyclonedx, spdx


@pytest.fixture
def documents() -> tuple[dict[str, Any], dict[str, Any]]:
    return completed(*scan(), REQUEST)


def test_two_scans_of_one_image_give_the_same_documents() -> None:
    assert completed(*scan(NOISE), REQUEST) == completed(*scan(NOISE.replace("0b3c", "ffff")), REQUEST)


def test_their_time_is_the_image_s(documents: tuple[dict[str, Any], dict[str, Any]]) -> None:
    cyclonedx, spdx = documents
    assert cyclonedx["metadata"]["timestamp"] == "2026-11-23T02:00:01Z"
    assert spdx["creationInfo"] == {"created": "2026-11-23T02:00:01Z", "creators": ["Tool: syft"]}


def test_the_image_has_a_purl_and_a_supplier(documents: tuple[dict[str, Any], dict[str, Any]]) -> None:
    cyclonedx, spdx = documents
    purl = f"pkg:oci/web@sha256%3A{'1' * 64}?repository_url=registry.test:5000/golden/web"
    image = cyclonedx["metadata"]["component"]
    assert (image["purl"], image["supplier"]["name"]) == (purl, "platform")
    (described,) = [one for one in spdx["packages"] if one.get("primaryPackagePurpose") == "CONTAINER"]
    assert described["externalRefs"][0]["referenceLocator"] == purl
    assert described["supplier"] == "Organization: platform"


def test_a_package_has_the_supplier_that_it_names(documents: tuple[dict[str, Any], dict[str, Any]]) -> None:
    cyclonedx, spdx = documents
    by_purl = {one.get("purl"): one.get("supplier") for one in cyclonedx["components"]}
    assert by_purl[OPENSSL] == {
        "name": "Debian OpenSSL Team",
        "contact": [{"email": "pkg-openssl@lists.debian.org"}],
    }
    assert by_purl[GUNICORN] == {"name": "Benoit Chesneau"}
    assert by_purl[NAMELESS] is None
    assert {one["SPDXID"]: one["supplier"] for one in spdx["packages"][:3]} == {
        OPENSSL: "Organization: Debian OpenSSL Team (pkg-openssl@lists.debian.org)",
        GUNICORN: "Organization: Benoit Chesneau",
        NAMELESS: "NOASSERTION",
    }


def test_files_of_no_package_are_listed(documents: tuple[dict[str, Any], dict[str, Any]]) -> None:
    cyclonedx, spdx = documents
    files = [one for one in cyclonedx["components"] if one["type"] == "file"]
    assert [(one["name"], one["hashes"]) for one in files] == [
        ("/srv/app/web.py", [{"alg": "SHA-256", "content": "b" * 64}])
    ]
    # Folders have no content; the package manager's records stay for what SPDX says of them.
    assert [one["fileName"] for one in spdx["files"]] == [
        "usr/bin/openssl",
        "srv/app/web.py",
        "var/lib/dpkg/status",
    ]
