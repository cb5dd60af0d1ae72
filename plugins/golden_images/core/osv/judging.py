"""What an ecosystem's advisories say of one version of one package."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from golden_images.core.findings import Finding
from golden_images.core.osv import affected
from golden_images.core.osv.index import Advisory, Block, Index
from golden_images.core.osv.places import ECOSYSTEMS, Place
from golden_images.core.osv.severity import severity
from golden_images.core.versions.order import Order

_CVE = re.compile(r"CVE-\d{4}-\d{4,}")


@dataclass(frozen=True, slots=True)
class Said:
    """Findings without their package, and why not everything could be judged; empty if it could."""

    findings: tuple[Finding, ...] = ()
    why: str = ""


def judge(at: Place, known: Index) -> Said:
    ecosystem = ECOSYSTEMS[at.ecosystem]
    if not at.version:
        return Said(why="it has no version")
    try:
        ecosystem.installed(at.version)
    except ValueError as error:
        return Said(why=f"its version cannot be read: {error}")
    findings, why = [], []
    for advisory in known.of(at.name):
        blocks = [block for block in advisory.blocks if block.release in ("", at.release)]
        try:
            hits = [block for block in blocks if _hit(at.version, block, ecosystem.order)]
        except ValueError as error:
            why.append(f"{advisory.id} speaks of a version that cannot be read: {error}")
            continue
        if hits:
            findings.append(_finding(at.version, advisory, hits, blocks, ecosystem.order))
        elif any(block.only_commits for block in blocks):
            why.append(f"{advisory.id} names commits and no versions")
    return Said(tuple(findings), "; ".join(why[:3]) + ("; …" if len(why) > 3 else ""))


def names(advisory: Advisory) -> tuple[str, tuple[str, ...]]:
    """What its finding is called, and what else: by its CVE, if it has exactly one."""
    cves = [one for one in advisory.names if _CVE.fullmatch(one)]
    if len(cves) != 1 or _CVE.fullmatch(advisory.id):
        return advisory.id, advisory.names
    return cves[0], (advisory.id, *(one for one in advisory.names if one != cves[0]))


def _hit(version: str, block: Block, order: Order) -> bool:
    return affected.listed(version, block.versions) or any(
        affected.within(version, events, order) for events in block.ranges
    )


def _finding(
    version: str, advisory: Advisory, hits: Sequence[Block], blocks: Sequence[Block], order: Order
) -> Finding:
    id_, aliases = names(advisory)
    scores = (*advisory.scores, *(one for block in hits for one in block.scores))
    words = (*advisory.words, *(one for block in hits for one in block.words))
    ranges = [events for block in blocks for events in block.ranges]
    return Finding(
        id=id_,
        aliases=aliases,
        severity=severity(advisory.id, scores, words),
        fixed_version=affected.fixed(version, ranges, order),
        message=advisory.message,
    )
