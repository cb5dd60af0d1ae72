"""What a backfill asks for, and what it would find and build."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion
from golden_images.planning.request import Request
from golden_images.planning.survey import Prospect, survey
from golden_images.ports import Ports


@dataclass(frozen=True, slots=True)
class Asked:
    """The window with both its ends; ``cascade``: the images that are backfilled on the releases which
    this one makes."""

    image: str
    base: str
    dag: str
    from_: datetime
    to: datetime
    cascade: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PastVersion:
    """One base version. ``run``: Airflow would start one for it; ``outcome`` is what that would find, and
    ``version`` the release that exists or would be made."""

    at: datetime
    digest: Digest
    tag: str
    partition_key: str
    run: bool
    outcome: Prospect
    version: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Surveyed:
    """``versions``: what would become of each, in the order of the runs."""

    versions: tuple[PastVersion, ...]

    @property
    def fails(self) -> bool:
        """Whether a run would, for its base is gone."""
        return any(one.run and one.outcome is Prospect.GONE for one in self.versions)


@dataclass(frozen=True, slots=True)
class Started:
    """``backfill`` is Airflow's number of it; ``runs`` are the partition keys."""

    backfill: int
    runs: tuple[str, ...]


def surveyed(
    request: Request,
    partitions: Iterable[tuple[str, BaseVersion]],
    runs: Collection[str],
    ports: Ports,
) -> Surveyed:
    """``partitions``: a key with each base version, in the order of their runs; ``runs``: the keys that
    Airflow would start a run for. Writes nothing."""
    keys = {version: key for key, version in partitions}
    found = survey(replace(request, backfill=True), keys, ports)
    return Surveyed(
        tuple(
            PastVersion(
                at=one.base.at,
                digest=one.base.digest,
                tag=one.base.tag,
                partition_key=keys[one.base],
                run=keys[one.base] in runs,
                outcome=one.prospect,
                version=one.version or None,
                detail=one.detail,
            )
            for one in found
        ),
    )
