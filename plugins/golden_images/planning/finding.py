"""A run for a fix: the vulnerability that it was asked to mend becomes its reason, if a build may mend it.

The name alone is asked for. Whether the current release has it, and what mends it, the catalog says: nobody
has an image rebuilt for what he made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from golden_images.core.reason import Reason, Why
from golden_images.core.rescanning.known import KnownFinding
from golden_images.planning.packages import Update
from golden_images.planning.past import Current
from golden_images.ports import PackageArchive, Ports

if TYPE_CHECKING:
    from golden_images.planning.request import Request

#: Packages whose newest versions an archive tells.
_ARCHIVED = "pkg:deb/debian/"


def asked_for(
    request: Request, current: Current | None, change: Reason, newer: Sequence[Update], ports: Ports
) -> Reason:
    """``change``, or that there is a fix, where nothing but packages has changed. What has no fix to be had
    is said in an ``unchanged``'s detail."""
    may = (Why.UNCHANGED, Why.PACKAGE_UPDATE)
    if not request.finding or request.force or current is None or change.why not in may:
        return change
    known = ports.catalog().rescan(request.definition.name, current.release.digest)
    fixable = [one for one in known.open if one.fixed] if known else []
    meant = [one for one in fixable if one.id == request.finding]
    if not meant:
        return _unless(change, f"{request.finding} is not known about it, or has no fix")
    mended = [one for one in meant if _to_be_had(one, newer, ports)]
    if not mended:
        return _unless(change, f"{meant[0]}, which the archive does not have yet")
    others = [one for one in fixable if one not in mended and _to_be_had(one, newer, ports)]
    first, more = mended[0], len(mended) + len(others) - 1
    detail = f"{first}, +{more}" if more else str(first)
    return Reason(why=Why.FINDING, old=first.version, new=" or ".join(first.fixed), detail=detail)


def _to_be_had(one: KnownFinding, newer: Sequence[Update], ports: Ports) -> bool:
    """Of packages that no archive lists nobody knows before a build."""
    if not one.package.startswith(_ARCHIVED):
        return True
    archive = ports.package_archive()
    return any(update.name in one.names and _reaches(update.candidate, one, archive) for update in newer)


def _reaches(candidate: str, one: KnownFinding, archive: PackageArchive) -> bool:
    return any(not archive.newer(fixed, candidate) for fixed in one.fixed)


def _unless(change: Reason, why: str) -> Reason:
    """What has changed besides is a reason of its own."""
    return change if change.why is not Why.UNCHANGED else Reason(why=Why.UNCHANGED, detail=why)
