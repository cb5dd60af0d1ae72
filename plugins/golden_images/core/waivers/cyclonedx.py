"""Waivers of one image as a CycloneDX document with vulnerabilities and nothing else (VEX).

Source: CycloneDX 1.6, "vulnerabilities[].analysis".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from golden_images.core.digest import canonical_json
from golden_images.core.waivers.model import Terms
from golden_images.core.words import moment

_STATES = {
    "not_affected": "not_affected",
    "affected": "exploitable",
    "fixed": "resolved",
    "under_investigation": "in_triage",
}
#: The nearest of CycloneDX's words; OpenVEX's own stands in the detail.
_JUSTIFICATIONS = {
    "component_not_present": "code_not_present",
    "vulnerable_code_not_present": "code_not_present",
    "vulnerable_code_not_in_execute_path": "code_not_reachable",
    "vulnerable_code_cannot_be_controlled_by_adversary": "protected_by_mitigating_control",
    "inline_mitigations_already_exist": "protected_by_mitigating_control",
}


def document(image: str, waivers: Iterable[Terms], author: str, now: datetime) -> dict[str, Any]:
    """``image``: its package URL. What is left out: as in :mod:`.openvex`."""
    told = [one for one in waivers if one.counts(now) and one.about_vulnerability]
    packages = sorted({one.package for one in told if one.package})
    name = image.rpartition("/")[2].partition("?")[0]
    mark = canonical_json([image, author, [one.asked() for one in told]]).decode()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, mark)}",
        "version": 1,
        "metadata": {
            "timestamp": moment(now),
            "authors": [{"name": author}],
            "component": {"type": "container", "bom-ref": image, "name": name, "purl": image},
        },
        "components": [
            {"type": "library", "bom-ref": package, "name": _name(package), "purl": package}
            for package in packages
        ],
        "vulnerabilities": [_vulnerability(image, one) for one in told],
    }


def _vulnerability(image: str, waiver: Terms) -> dict[str, Any]:
    because = f" ({waiver.justification})" if waiver.justification else ""
    analysis: dict[str, Any] = {
        "state": _STATES[waiver.status],
        "detail": f"{waiver.owner}: {waiver.reason}{because} Until {moment(waiver.expires)}."
        + (f" {waiver.action}" if waiver.action else ""),
    }
    if waiver.justification:
        analysis["justification"] = _JUSTIFICATIONS[waiver.justification]
    if waiver.digest:
        analysis["detail"] += f" Of {waiver.digest} alone."
    return {
        "bom-ref": waiver.key,
        "id": waiver.finding,
        "analysis": analysis,
        "affects": [{"ref": waiver.package or image}],
    }


def _name(purl: str) -> str:
    from packageurl import PackageURL

    return str(PackageURL.from_string(purl).name)
