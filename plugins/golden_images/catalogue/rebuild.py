"""Rebuild: the catalog anew, from the registry alone.

Everything is read before anything is emptied: a registry that fails half way costs nothing. Killed
while writing, the same call again completes it. Decisions and the versions of external bases are in
no registry: those that the catalog has, it keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from golden_images.catalogue import inventory
from golden_images.catalogue.inventory import Inventory
from golden_images.core.organisation import Organisation
from golden_images.core.reference import valid_repository
from golden_images.errors import InputError, RegistryError
from golden_images.ports import Catalog, Log, Registry

#: A registry without the optional listing answers one of these (distribution-spec, "Catalog").
_NO_LISTING = (401, 403, 404, 405)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """``problems`` are what could not be taken over, one text each; none means that the catalog is
    what it was."""

    images: int
    releases: int
    identical: int
    evidence: int
    moves: int
    problems: tuple[str, ...]


def rebuild(
    catalog: Catalog, registry: Registry, organisation: Organisation, log: Log, images: Sequence[str] = ()
) -> Rebuilt:
    """``images`` are names to look for besides those that the registry lists; where it lists none,
    they are all. Raises RegistryError or CatalogError when one of the two does not answer."""
    channels = [channel.name for channel in organisation.channels]
    found: list[Inventory] = []
    for image in _images(registry, organisation, log, images):
        repository = organisation.repository(image)
        held = inventory.read(registry, repository, image, channels, log)
        found.append(held)
        log(
            f"{repository}: {len(held.releases)} releases, {len(held.evidence)} evidence,"
            f" {len(held.moves)} moves, {len(held.problems)} problems"
        )
    catalog.clear()
    problems = [problem for held in found for problem in _write(catalog, held)]
    return Rebuilt(
        images=sum(bool(held.releases) for held in found),
        releases=sum(len(held.releases) for held in found),
        identical=sum(len(held.identical) for held in found),
        evidence=sum(len(held.evidence) for held in found),
        moves=sum(len(held.moves) for held in found),
        problems=tuple(problems),
    )


def _images(registry: Registry, organisation: Organisation, log: Log, known: Sequence[str]) -> list[str]:
    prefix = organisation.repository("")
    try:
        repositories = registry.repositories()
    except RegistryError as error:
        if error.status not in _NO_LISTING or not known:
            raise
        log(f"{registry.host} lists no repositories: looking for the {len(known)} defined images alone")
        return sorted(set(known))
    below = {name.removeprefix(prefix) for name in repositories if name.startswith(prefix)}
    for name in sorted(below):
        if not _is_name(name):
            log(f"{prefix}{name}: no image of ours has such a name, passed over")
    return sorted({*filter(_is_name, below), *known})


def _is_name(text: str) -> bool:
    return "/" not in text and valid_repository(text)


def _write(catalog: Catalog, held: Inventory) -> list[str]:
    """What is told to the catalog, in the order in which it came about; the problems of it all."""
    for release in held.releases:
        catalog.record_release(release)
    for build_id, digest in held.identical.items():
        catalog.record_identical(held.image, build_id, digest)
    for record in held.evidence:
        catalog.record_evidence([record])
    for judgement in held.judgements:
        catalog.record_judgement(judgement)
    for move in held.moves:
        catalog.record_move(move)
    problems = list(held.problems)
    for version in held.bases:
        try:
            catalog.record_base_version(version)
        except InputError as error:
            problems.append(f"{error.what}; {error.cause}")
    return problems
