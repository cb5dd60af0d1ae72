"""The demo's database of advisories: for show, and no security statement.

``for_show.yaml`` has the facts. They are dated when they become a database, so that a demo of next year is
not stopped by their age; what is real comes from real sources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from local.console import Step

if TYPE_CHECKING:
    from golden_images.advisories.store import Store

FACTS = Path(__file__).with_suffix(".yaml")
SOURCE = "for show, no security statement"
#: So long the demo's database stays what it is: the same images, scanned again, are found scanned.
_FRESH = timedelta(hours=12)


def ensure(store: Store, progress: Step) -> None:
    """Imports it where the organisation has neither sources nor a database of its own."""
    from golden_images.advisories.importing import import_
    from golden_images.core.advisories import FOR_SHOW, OSV
    from golden_images.core.words import count

    current, now = store.current(OSV), store.now()
    own = store.organisation.advisories.sources or (current and current.version != FOR_SHOW)
    if own or (current and now - current.built < _FRESH):
        progress.note = "there are some"
        return
    with TemporaryDirectory(prefix="golden-images-advisories-") as folder:
        write(Path(folder), now)
        made = import_(store, Path(folder), source=SOURCE, version=FOR_SHOW, alone=True).database
    progress.note = count(made.records, "record")


def write(folder: Path, now: datetime) -> None:
    """OSV records below a folder for each ecosystem."""
    for ecosystem, record in records(now):
        path = folder / ecosystem / f"{record['id']}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(record))


def records(now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    import yaml

    for ecosystem, facts in yaml.safe_load(FACTS.read_text()).items():
        for fact in facts:
            id_ = fact.get("id") or f"{ecosystem.upper()}-{fact['cve']}"
            yield (
                ecosystem,
                {
                    "schema_version": "1.7.3",
                    "id": id_,
                    "modified": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
                    "aliases" if "id" in fact else "upstream": [fact["cve"]],
                    "summary": f"{fact['cve']} in {fact['package']} ({SOURCE})",
                    **({"severity": [{"type": "CVSS_V3", "score": fact["cvss"]}]} if "cvss" in fact else {}),
                    "affected": list(_affected(ecosystem, fact)),
                },
            )


def _affected(ecosystem: str, fact: dict[str, Any]) -> Iterator[dict[str, Any]]:
    fixed = fact["fixed"]
    for release, version in fixed.items() if isinstance(fixed, dict) else [("", fixed)]:
        events = [{"introduced": fact.get("introduced", "0")}, *([{"fixed": version}] if version else [])]
        yield {
            "package": {
                "ecosystem": f"{ecosystem}:{release}" if release else ecosystem,
                "name": fact["package"],
            },
            "ranges": [{"type": "SEMVER" if ecosystem in ("npm", "Go") else "ECOSYSTEM", "events": events}],
            **({"ecosystem_specific": {"urgency": fact["urgency"]}} if "urgency" in fact else {}),
        }
