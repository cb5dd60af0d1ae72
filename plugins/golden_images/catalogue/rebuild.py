"""Rebuild: the catalog anew, from the registry alone.

Everything is read before anything is written, and written whole: a registry that fails half way costs
nothing, nor does being killed. What is in no registry the catalog keeps; what it knows is the second
witness of what is there (:mod:`golden_images.catalogue.witness`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from golden_images.catalogue import inventory, witness
from golden_images.catalogue.inventory import Inventory
from golden_images.catalogue.told import Named
from golden_images.core import names
from golden_images.core.organisation import Organisation
from golden_images.core.reference import valid_repository
from golden_images.core.words import count
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
    now = datetime.now(UTC)
    for image in _images(registry, organisation, log, images):
        repository = organisation.repository(image)
        read = inventory.read(registry, repository, image, channels, log, now, _named(catalog, image))
        held = witness.believed(read, catalog, repository)
        found.append(held)
        log(
            f"{repository}: {len(held.releases)} releases, {len(held.evidence)} evidence,"
            f" {len(held.moves)} moves, {len(held.problems)} problems"
        )
    catalog.refill(
        releases=[release for held in found for release in held.releases],
        identical={(held.image, id_): digest for held in found for id_, digest in held.identical.items()},
        evidence=[record for held in found for record in held.evidence],
        judgements=[judgement for held in found for judgement in held.judgements],
        moves=[move for held in found for move in held.moves],
    )
    problems = [problem for held in found for problem in _tell_ledger(catalog, held)]
    problems += _tell_databases(catalog, registry, organisation, log)
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
    for name in sorted(below - names.RESERVED):
        if not _is_name(name):
            log(f"{prefix}{name}: no image of ours has such a name, passed over")
    return sorted({*filter(_is_name, below), *known})


def _named(catalog: Catalog, image: str) -> Named:
    return lambda subject: {one.digest for one in catalog.evidence(image, subject)}


def _is_name(text: str) -> bool:
    return "/" not in text and valid_repository(text) and text not in names.RESERVED


def _tell_databases(catalog: Catalog, registry: Registry, organisation: Organisation, log: Log) -> list[str]:
    """Databases of advisories that only the registry knows. None is taken: whoever may push could put one
    there that finds nothing. What the catalog has of them it keeps."""
    repository = organisation.repository(names.ADVISORIES)
    strange = [
        tag
        for tag in registry.tags(repository)
        if (held := registry.resolve(repository, tag)) and catalog.database(held.digest) is None
    ]
    for tag in strange:
        log(f"{repository}:{tag}: a database of advisories that the catalog does not know")
    if not strange or catalog.databases():
        return []
    return [
        f"{repository}: the catalog knows none of the {count(len(strange), 'database')} of advisories here;"
        " import them again: golden-images advisories import, or sync"
    ]


def _tell_ledger(catalog: Catalog, held: Inventory) -> list[str]:
    """What the image was as a base for others; the problems of it all."""
    problems = list(held.problems)
    for version in held.bases:
        try:
            catalog.record_base_version(version)
        except InputError as error:
            problems.append(f"{error.what}; {error.cause}")
    return problems
