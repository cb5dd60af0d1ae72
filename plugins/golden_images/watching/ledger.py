"""Past versions of external bases, from the dated tags of their registries.

A dated tag says when its digest was released: ``bookworm-20241111-slim`` by the pattern
``bookworm-(?P<date>\\d{8})-slim``. The date is taken as midnight UTC unless the tag says more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from golden_images.core.reference import Reference, valid_tag
from golden_images.core.release import BaseVersion
from golden_images.errors import InputError
from golden_images.ports import Catalog, Log, Registry
from golden_images.watching.platforms import platforms

_FORMS = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


@dataclass
class Synced:
    """``recorded`` of the ``matched`` tags were news to the ledger; ``problems`` are one text each."""

    base: str
    tags: int = 0
    matched: int = 0
    recorded: int = 0
    problems: list[str] = field(default_factory=list)


def date_of(text: str) -> datetime | None:
    """``20241111``, ``2024-11-11``, ``2024.11.11``, ``20241111T0815Z``, …; UTC. None if it is no date."""
    digits = re.sub(r"[-._:TZ]", "", text)
    form = _FORMS.get(len(digits))
    if form is None or not digits.isdecimal():
        return None
    try:
        return datetime.strptime(digits, form).replace(tzinfo=UTC)
    except ValueError:
        return None


def sync(base: Reference, pattern: str, registry: Registry, catalog: Catalog, log: Log) -> Synced:
    """Records every dated tag of ``base``'s repository that the ledger does not have; again is harmless.

    A tag costs one request, and a digest that the ledger does not know one or two more, for its
    platforms. Raises RegistryError, IntegrityError for a manifest that cannot be read, CatalogError.
    """
    result = Synced(str(base))
    tags = registry.tags(base.repository)
    result.tags = len(tags)
    dated: list[tuple[datetime, str]] = []
    for tag in tags:
        # A registry may list what is no tag: longer than any, and made to keep the pattern busy.
        match = re.fullmatch(pattern, tag) if valid_tag(tag) else None
        if match is None:
            continue
        result.matched += 1
        at = date_of(match["date"] or "")
        if at is None:
            result.problems.append(f"{base.name}:{tag}: {match['date']!r} is no date")
        else:
            dated.append((at, tag))
    known = {version.digest: version.platforms for version in catalog.base_versions(str(base))}
    for number, (at, tag) in enumerate(sorted(dated), 1):
        found = registry.resolve(base.repository, tag)
        if found is None:
            result.problems.append(f"{base.name}:{tag}: the registry lists this tag and does not know it")
            continue
        if not (has := known.get(found.digest)):
            has = known[found.digest] = platforms(registry, base.repository, found.digest)
        try:
            news = catalog.record_base_version(BaseVersion(str(base), found.digest, at, has, tag, "tags"))
        except InputError as error:
            result.problems.append(f"{base.name}:{tag}: {error.what}; {error.cause}")
            continue
        result.recorded += news
        if number % 100 == 0:
            log(f"{base.name}: {number} of {len(dated)} dated tags")
    return result
