"""What a registry says, beside what the catalog knows: whoever may push to the one cannot reach the other.

Of an image that the catalog knows nothing of, it was lost: all that the registry's records agree on is
taken. Of one that it knows, nothing is added that it does not name, no channel moves, and a known release
goes only if its version does. Every difference is a problem, in words.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from golden_images.catalogue.inventory import Inventory
from golden_images.core import words
from golden_images.core.digest import Digest
from golden_images.core.release import ChannelMove, Judgement, Release, ReleaseState
from golden_images.ports import Catalog

_REMEDY = "if the catalog is an old copy, rebuild an empty one"


def believed(held: Inventory, catalog: Catalog, repository: str) -> Inventory:
    """What of ``held`` the catalog shall hold afterwards; :attr:`Inventory.problems` has all problems."""
    known = {release.version: release for release in catalog.releases(held.image)}
    moves = catalog.moves(held.image)
    if not known and not moves:
        return held
    witness = _Witness(held, catalog, repository, list(held.problems))
    releases = witness.releases(known)
    versions = {release.version for release in releases}
    return replace(
        held,
        releases=releases,
        identical=witness.identical(),
        # The catalog keeps what it has: by attempt, which no registry tells.
        evidence=[],
        judgements=witness.judgements(),
        moves=witness.moves(moves),
        bases=[base for base in held.bases if base.tag in versions],
        problems=witness.problems,
    )


@dataclass(frozen=True, slots=True)
class _Witness:
    held: Inventory
    catalog: Catalog
    repository: str
    problems: list[str]

    def releases(self, known: dict[str, Release]) -> list[Release]:
        """Oldest first."""
        found = []
        for release in self.held.releases:
            standing = known.get(release.version)
            if standing is not None:
                if different := _differences(release, standing):
                    self._problem(
                        release.version, f"its record is not the catalog's release: {', '.join(different)}"
                    )
            elif self._named(release):
                found.append(release)
            else:
                self._problem(release.version, "a release that the catalog does not know")
        for version, standing in known.items():
            if self.held.tagged.get(version) == standing.digest:
                found.append(replace(standing, state=ReleaseState.GOOD))
            else:
                self._problem(version, "the catalog knew this release, the registry holds it no more")
        return sorted(found, key=lambda release: (release.released_at, release.version))

    def _named(self, release: Release) -> bool:
        """Whether the release stage wrote its record down: it was cut off before the catalog knew."""
        named = {one.digest for one in self.catalog.evidence(release.image, release.digest)}
        return self.held.records.get(release.version) in named

    def identical(self) -> dict[str, Digest]:
        builds = self.catalog.releases_of_builds(self.held.image, list(self.held.identical))
        found = {}
        for build_id, digest in self.held.identical.items():
            if build_id in builds and builds[build_id].digest == digest:
                found[build_id] = digest
            else:
                self._problem(f"build-{build_id}", f"the catalog does not know that this build gave {digest}")
        return found

    def judgements(self) -> list[Judgement]:
        found = []
        for one in self.held.judgements:
            if one in self.catalog.judgements(one.image, one.digest):
                found.append(one)
            else:
                self._problem(one.version, f"the catalog knows no judgement of it by {one.demands}")
        return found

    def moves(self, known: list[ChannelMove]) -> list[ChannelMove]:
        """Oldest first: what the catalog knows, and nothing else."""
        for move in self.held.moves:
            if move not in known:
                self._problem(move.channel, f"the catalog knows no move of it to {_where_when(move)}")
        for move in known:
            if move not in self.held.moves:
                self._problem(move.channel, f"no record tells its move to {_where_when(move)}")
        return known[::-1]

    def _problem(self, tag: str, text: str) -> None:
        self.problems.append(f"{self.repository}:{tag}: {text}; {_REMEDY}")


def _where_when(move: ChannelMove) -> str:
    return f"{move.digest} at {words.moment(move.at)}"


def _differences(release: Release, standing: Release) -> list[str]:
    names = [field.name for field in fields(Release) if field.name != "state"]
    return [name for name in names if getattr(release, name) != getattr(standing, name)]
