"""syft's two documents, made reproducible and filled up with what a scan alone cannot know.

syft writes the time of the scan and random numbers, no supplier, a purl of the image that is none, and
it leaves out of CycloneDX the files that no package owns. What scanners need besides is added by
:mod:`golden_images.adapters.tools.sbom_sources`. Sources: CycloneDX 1.6; SPDX 2.3 ("Package
supplier", "Created"); purl specification, type "oci".
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from golden_images.adapters.tools import sbom_sources
from golden_images.core.digest import Digest
from golden_images.core.reference import Reference
from golden_images.core.words import moment
from golden_images.ports import SbomRequest

Document = dict[str, Any]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MAINTAINER = re.compile(r"(?P<name>[^<]*[^<\s])\s*<(?P<email>[^<>\s@]+@[^<>\s@]+)>")
#: The package manager's own records belong to no package, and are no content either.
_DATABASES = ("var/lib/dpkg/",)


def completed(cyclonedx: Document, spdx: Document, request: SbomRequest) -> tuple[Document, Document]:
    """Both documents; the same scan of the same image gives the same ones, whenever it is made."""
    reference = Reference.parse(request.reference)
    assert reference.digest is not None
    suppliers = dict(_suppliers(cyclonedx))
    owned = _related(spdx, "CONTAINS")
    files = [file for file in _sound(spdx) if file["SPDXID"] not in owned]
    return (
        _cyclonedx(cyclonedx, request, reference, reference.digest, files),
        _spdx(spdx, request, reference, reference.digest, suppliers, cyclonedx["components"]),
    )


def _cyclonedx(
    document: Document, request: SbomRequest, reference: Reference, digest: Digest, files: list[Document]
) -> Document:
    metadata = dict(document.get("metadata", {}))
    image = {
        **metadata.get("component", {}),
        "purl": reference.purl(digest),
        "hashes": [{"alg": "SHA-256", "content": digest.hex}],
    }
    if request.supplier:
        image["supplier"] = metadata["supplier"] = {"name": request.supplier}
    metadata |= {"timestamp": _time(request), "component": image}
    components = [_with_supplier(component) for component in document["components"]]
    components += list(sbom_sources.cyclonedx(components))
    components += [
        {
            "type": "file",
            "bom-ref": f"file:/{file['fileName']}",
            "name": f"/{file['fileName']}",
            "hashes": [{"alg": "SHA-256", "content": _sha256(file)}],
        }
        for file in files
        if not file["fileName"].startswith(_DATABASES)
    ]
    serial = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'cyclonedx {digest}')}"
    return {**document, "serialNumber": serial, "metadata": metadata, "components": components}


def _spdx(
    document: Document,
    request: SbomRequest,
    reference: Reference,
    digest: Digest,
    suppliers: Mapping[str, str],
    components: list[Document],
) -> Document:
    own = str(uuid.uuid5(uuid.NAMESPACE_OID, f"spdx {digest}"))
    kept = {file["SPDXID"] for file in _sound(document)} | _related(document)
    packages, sources = sbom_sources.spdx(
        _spdx_image(package, request, reference.purl(digest))
        if package.get("primaryPackagePurpose") == "CONTAINER"
        else {**package, "supplier": suppliers.get(sbom_sources.spdx_purl(package), sbom_sources.UNKNOWN)}
        for package in document["packages"]
    )
    containers = (one["SPDXID"] for one in packages if one.get("primaryPackagePurpose") == "CONTAINER")
    system, contains = sbom_sources.spdx_system(components, next(containers, "SPDXRef-DOCUMENT"))
    whole = {
        **document,
        "documentNamespace": _UUID.sub(own, str(document.get("documentNamespace", ""))),
        "creationInfo": {**document.get("creationInfo", {}), "created": _time(request)},
        "packages": [*packages, *system],
        "relationships": [*document.get("relationships", []), *sources, *contains],
    }
    if "files" in document:
        whole["files"] = [file for file in document["files"] if file["SPDXID"] in kept]
    return whole


def _spdx_image(package: Document, request: SbomRequest, purl: str) -> Document:
    refs = [
        {**ref, "referenceLocator": purl} if ref.get("referenceType") == "purl" else ref
        for ref in package.get("externalRefs", [])
    ]
    supplier = f"Organization: {request.supplier}" if request.supplier else sbom_sources.UNKNOWN
    return {**package, "externalRefs": refs, "supplier": supplier}


def _suppliers(cyclonedx: Document) -> Iterator[tuple[str, str]]:
    """SPDX's text for the supplier, by purl."""
    for component in cyclonedx["components"]:
        supplier = _with_supplier(component).get("supplier")
        if supplier and component.get("purl"):
            (contact,) = supplier.get("contact", [{}])
            email = f" ({contact['email']})" if contact else ""
            yield component["purl"], f"Organization: {supplier['name']}{email}"


def _with_supplier(component: Document) -> Document:
    """Whom the package itself names: Debian's maintainer, Python's author."""
    named = str(component.get("publisher") or component.get("author") or "").strip()
    if not named:
        return component
    supplier: Document = {"name": named}
    if match := _MAINTAINER.fullmatch(named):
        supplier = {"name": match["name"].strip(" \"'"), "contact": [{"email": match["email"]}]}
    return {**component, "supplier": supplier}


def _sound(spdx: Document) -> list[Document]:
    """The files with content: syft gives folders and links a checksum of zeros."""
    return [file for file in spdx.get("files", []) if _sha256(file)]


def _sha256(file: Document) -> str:
    found = (sum_["checksumValue"] for sum_ in file.get("checksums", []) if sum_["algorithm"] == "SHA256")
    return next(found, "")


def _related(spdx: Document, kind: str = "") -> set[str]:
    """What a relationship (of one ``kind``) points to."""
    return {
        one["relatedSpdxElement"]
        for one in spdx.get("relationships", [])
        if not kind or one["relationshipType"] == kind
    }


def _time(request: SbomRequest) -> str:
    """SPDX allows no fraction of a second."""
    return moment(request.created)
