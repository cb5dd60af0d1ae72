"""Advisories for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from golden_images.core.osv.index import Index, index
from golden_images.core.osv.record import Record, read

Events = Sequence[Mapping[str, str]]


def span(*events: Mapping[str, str], type_: str = "ECOSYSTEM") -> dict[str, Any]:
    return {"type": type_, "events": list(events)}


def before(fixed: str) -> dict[str, Any]:
    return span({"introduced": "0"}, {"fixed": fixed})


def block(name: str, *ranges: Mapping[str, Any], ecosystem: str = "Debian:12", **more: Any) -> dict[str, Any]:
    return {"package": {"ecosystem": ecosystem, "name": name}, "ranges": list(ranges), **more}


def record(id_: str, *blocks: Mapping[str, Any], **more: Any) -> Record:
    return read(
        json.dumps({"id": id_, "modified": "2026-11-01T00:00:00Z", "affected": list(blocks), **more}).encode()
    )


def indices(**records: Sequence[Record]) -> Mapping[str, Index]:
    return {name: index(name, of) for name, of in records.items()}


def sbom(*purls: str, system: str = "debian-12") -> bytes:
    components: list[dict[str, str]] = [{"type": "library", "name": "it", "purl": purl} for purl in purls]
    if system:
        name, _, version = system.partition("-")
        components.append({"type": "operating-system", "name": name, "version": version})
    return json.dumps({"bomFormat": "CycloneDX", "components": components}).encode()
