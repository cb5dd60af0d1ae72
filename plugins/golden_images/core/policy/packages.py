"""The packages of an SBOM with their licences, as a policy sees them.

Source: CycloneDX 1.6, "licenses": each entry is a licence by SPDX id or name, or an expression.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from golden_images.core.inventory import package
from golden_images.core.policy.input import PackageSeen


def packages(document: Mapping[str, Any]) -> tuple[PackageSeen, ...]:
    """Of a CycloneDX document, what is installed: no source packages and no files. Raises what reading a
    document of another form raises."""
    return tuple(_seen(one) for one in document["components"] if installed(one))


def installed(component: Mapping[str, Any]) -> bool:
    """No file, no operating system, and no source package, of which nothing is installed."""
    if component.get("type") != "library":
        return False
    named = package(str(component.get("purl", "")))
    return named is None or not named.is_source


def _seen(component: Mapping[str, Any]) -> PackageSeen:
    purl = str(component.get("purl", ""))
    named = package(purl)
    return PackageSeen(
        name=str(component.get("name") or (named.name if named else purl)),
        version=str(component.get("version", "")),
        purl=purl,
        licences=tuple(dict.fromkeys(_licences(component.get("licenses") or ()))),
    )


def _licences(entries: Any) -> Iterator[str]:
    for entry in entries:
        named = entry.get("license") or {}
        text = entry.get("expression") or named.get("id") or named.get("name")
        if text and text != "NOASSERTION":
            yield str(text)
