"""A database becomes an artifact in our registry, and then the current one.

The files first, the manifest next, the catalog last, which alone makes it known: killed anywhere, the next
try finds what is there and goes on. It never goes back by itself: who can make an old state of a database the
current one again hides all that came since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from golden_images.advisories import artifact
from golden_images.advisories.artifact import Artifact, Layer
from golden_images.advisories.content import Content, Part
from golden_images.core import media
from golden_images.core.advisories import FOR_SHOW, AdvisoryDatabase
from golden_images.core.digest import Digest
from golden_images.core.names import ADVISORIES, database_tag
from golden_images.core.organisation import Organisation
from golden_images.core.words import moment
from golden_images.errors import InputError, IntegrityError, RegistryError, ServiceError
from golden_images.images.image import whole
from golden_images.ports import Catalog, Log, Registry

#: Of a part with at least so many records, half do not go from one day to the next.
_MANY = 100
#: Others that import at the same moment: each makes ours begin anew on what it made.
_TRIES = 10


@dataclass(frozen=True, slots=True)
class Stored:
    database: AdvisoryDatabase
    #: False where it was the current one already.
    new: bool


@dataclass(frozen=True, slots=True)
class Store:
    """The databases of one organisation."""

    organisation: Organisation
    registry: Registry
    catalog: Catalog
    now: Callable[[], datetime]
    log: Log

    @property
    def repository(self) -> str:
        return self.organisation.repository(ADVISORIES)

    def current(self, name: str) -> AdvisoryDatabase | None:
        return next(iter(self.catalog.databases(name)), None)

    def artifact(self, database: AdvisoryDatabase) -> Artifact:
        """What the registry holds of it. Raises IntegrityError if that is not what the catalog knows,
        RegistryError if it is gone."""
        what = f"{self.repository}@{database.digest}"
        found = artifact.read(self.registry.manifest(self.repository, database.digest), what)
        if found.name != database.name:
            raise IntegrityError(f"{what} is a {found.name} database, and was imported as {database.name}")
        return found

    def put(self, content: Content, source: str, *, older: bool = False, alone: bool = False) -> Stored:
        """``source`` says where it came from. ``older``: also one that is older than what is current, or
        has less than half of its records. ``alone``: of the current one's other parts none stays.

        Raises InputError for one that is of the future, older, or half of one.
        """
        now = self.now()
        content.check(now)
        layers: dict[str, Layer] = {}
        for _ in range(_TRIES):
            current = self.current(content.name)
            for_show = current is not None and content.version != current.version == FOR_SHOW
            kept = {} if for_show else self._kept(content, current, older=older, alone=alone)
            layers = layers or {part.path: self._pushed(part) for part in content.parts}
            made = Artifact(content.name, content.version, tuple({**kept, **layers}.values()))
            digest = self._pushed_manifest(made)
            if current is not None and current.digest == digest:
                return Stored(current, new=False)
            database = AdvisoryDatabase(
                name=content.name,
                version=content.version,
                built=made.built,
                digest=digest,
                records=made.records,
                source=source,
                imported_at=now,
            )
            standing = self.catalog.propose_database(database, current.digest if current else None)
            if standing.digest == digest:
                return Stored(standing, new=True)
            self.log(f"another {content.name} database was imported meanwhile; going on from that one")
        raise ServiceError(f"the {content.name} database is imported by too many at once")

    def _pushed(self, part: Part) -> Layer:
        blob = self.registry.push_blob(self.repository, part.file)
        return Layer(part.path, blob.digest, blob.size, part.built, part.records)

    def _pushed_manifest(self, made: Artifact) -> Digest:
        text = artifact.manifest(made)
        digest = Digest.of(text)
        if whole(self.registry, self.repository, digest) is None:
            self.registry.push_blob(self.repository, artifact.EMPTY)
            tag = database_tag(made.name, f"{made.built:%Y.%m.%d}", digest.short)
            self.registry.put_manifest(self.repository, text, media.MANIFEST, tag=tag)
        return digest

    def _kept(
        self, content: Content, current: AdvisoryDatabase | None, *, older: bool, alone: bool
    ) -> dict[str, Layer]:
        """The current one's parts that stay; none of the given ones may be older than its counterpart,
        or half of it."""
        if current is None:
            return {}
        try:
            held = self.artifact(current)
        except (IntegrityError, RegistryError) as error:
            if isinstance(error, RegistryError) and error.status != 404:
                raise
            if content.merges and not alone:
                raise InputError(
                    f"the current {current.name} database cannot be read, whose other parts would stay",
                    cause=str(error),
                    remedy="import this one alone (--alone), then the other parts anew",
                ) from None
            self.log(f"the {current.name} database that was current cannot be read: {error.what}")
            return {}
        given = {part.path: part for part in content.parts}
        for layer in () if older else held.layers:
            if layer.path in given and given[layer.path].built < layer.built:
                raise InputError(
                    f"{layer.path} of this {content.name} database is older than the current one's",
                    cause=f"{moment(given[layer.path].built)}, and the current one's {moment(layer.built)}",
                    remedy="fetch it anew; --older takes it all the same",
                )
            if layer.path in given and given[layer.path].records * 2 < layer.records >= _MANY:
                raise InputError(
                    f"{layer.path} of this {content.name} database has less than half of the current one's",
                    cause=f"{given[layer.path].records} records, and the current one has {layer.records}",
                    remedy="fetch it anew; --older takes it all the same",
                )
        if alone or not content.merges:
            return {}
        return {layer.path: layer for layer in held.layers if layer.path not in given}
