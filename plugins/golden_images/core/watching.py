"""When a change of an external base counts. Pure: every time is handed in.

- The watch sees what a tag is *now*. A digest that it has not seen is pending from its first sight on.
- It *settles* after a quiet period without a further change, if it has the platforms that an image on
  it needs. Only then is it a base version, dated by its first sight, and wakes images. So a burst of
  pushes, or an index that lands platform by platform, is one version: the last.
- A tag that is what it was before the pending digest settled has not changed: nobody is woken.
- A digest that comes back after another one had settled is a version again, for that is what the base
  is. But each return within a day doubles the quiet period it has to last, so that a tag that flips to
  and fro cannot keep the builders busy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from golden_images.core import ledger
from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion
from golden_images.errors import InputError

#: Returns of a digest are counted this far back.
MEMORY = timedelta(days=1)
#: At most so many doublings: two minutes become about two hours.
_DOUBLINGS = 6
#: What an architecture without a variant means. Source: containerd, platforms.Normalize.
_DEFAULT_VARIANTS = {"linux/amd64/v1": "linux/amd64", "linux/arm64/v8": "linux/arm64"}


@dataclass(frozen=True, slots=True)
class Watched:
    """What the watch knows of one base. ``since`` is the first sight of ``digest``, UTC."""

    base: str
    digest: Digest
    since: datetime
    platforms: tuple[str, ...] = ()
    #: When the ledger's version of ``digest`` began; None while it has not settled.
    settled: datetime | None = None


#: By base, the images that it wakes with the platforms that each of them needs.
Needs = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class StageBase:
    """What a build stage of an image's newest plan begins with; ``base`` is its name in the ledger."""

    base: str
    digest: Digest
    #: Those that the image is built for.
    platforms: tuple[str, ...]


@dataclass(slots=True)
class Settlement:
    """What became of pending digests. A base that is in neither has another digest by now."""

    #: By base, how it stands, with the time of its version.
    rows: dict[str, Watched] = field(default_factory=dict)
    #: By base, why the ledger does not take its version.
    refused: dict[str, InputError] = field(default_factory=dict)
    #: What the ledger did not have yet.
    news: list[BaseVersion] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wake:
    """``image`` was woken for, or was built already on, the version of ``base`` that began at ``at``."""

    image: str
    base: str
    digest: Digest
    at: datetime


def quiet_period(digest: Digest, versions: Sequence[BaseVersion], quiet: timedelta) -> timedelta:
    """How long ``digest`` has to last; ``versions`` are the base's of the last :data:`MEMORY`."""
    earlier = versions[:-1] if versions and versions[-1].digest == digest else versions
    returns = sum(version.digest == digest for version in earlier)
    return quiet * (1 << min(returns, _DOUBLINGS))


def settle(
    versions: Iterable[BaseVersion],
    rows: Mapping[str, Watched],
    facts: Mapping[str, Sequence[BaseVersion]],
    now: datetime,
) -> Settlement:
    """``versions`` are pending digests, dated by their first sight; ``rows`` and ``facts`` are what the
    catalog holds of their bases, ``now`` is its clock. One that is refused does not stop the others."""
    settlement = Settlement()
    for version in versions:
        row = rows.get(version.base)
        if row is None or row.digest != version.digest:
            continue
        if row.settled is None:
            known = facts.get(version.base, ())
            try:
                version = ledger.admitted(replace(version, at=began(version, known)), now)  # noqa: PLW2901
            except InputError as error:
                settlement.refused[version.base] = error
                continue
            if ledger.is_news(version, known):
                settlement.news.append(version)
            row = replace(row, settled=version.at)
        settlement.rows[version.base] = row
    return settlement


def began(version: BaseVersion, facts: Sequence[BaseVersion]) -> datetime:
    """The time of the version that a digest, dated by its first sight, settles as.

    What is seen now comes after all that was known before, whatever the clocks said: an observation is
    never dated before a version that it replaces.
    """
    known = ledger.versions(facts)
    if not known:
        return version.at
    latest = known[-1]
    if latest.digest == version.digest:
        return latest.at
    return max(version.at, facts[-1].at + timedelta(seconds=1))


def missing_platforms(has: Iterable[str], needs: Iterable[str]) -> list[str]:
    """Those of ``needs`` that a base with the platforms ``has`` does not run on, in their order."""
    there = {_DEFAULT_VARIANTS.get(platform, platform) for platform in has}
    return [platform for platform in needs if _DEFAULT_VARIANTS.get(platform, platform) not in there]
