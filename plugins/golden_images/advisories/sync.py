"""Sync: each source that the organisation names is looked at, and what is new of it is imported.

The catalog remembers what each gave last, so that a source that has not changed costs one request. One that
is broken costs itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from golden_images.advisories.content import Content
from golden_images.advisories.formats import found
from golden_images.advisories.formats.reading import broken
from golden_images.advisories.store import Store, Stored
from golden_images.core.advisories import AdvisoryDatabase, Fetched
from golden_images.core.digest import Digest
from golden_images.core.fields import check_inside
from golden_images.core.names import ANNOTATION_TITLE
from golden_images.core.organisation import AdvisorySource
from golden_images.core.reference import Reference
from golden_images.errors import GoldenImagesError, IntegrityError, ServiceError
from golden_images.images.image import body, named
from golden_images.ports import Downloads, Registry

#: Of one source; the largest that is known has a sixth of it.
MOST_BYTES = 12 * 1024**3
_MOST_FILES = 64


@dataclass(frozen=True, slots=True)
class Synced:
    #: ``osv Debian``
    source: str
    #: None where the source gave none.
    database: AdvisoryDatabase | None
    new: bool = False
    #: What went wrong, in full.
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Sync:
    store: Store
    downloads: Callable[[], Downloads]
    registry_of: Callable[[str], Registry]

    def all(self, sources: Iterable[AdvisorySource]) -> list[Synced]:
        results = []
        for source in sources:
            try:
                stored = self.one(source)
                results.append(Synced(source.key, stored.database, stored.new))
            except GoldenImagesError as error:
                results.append(Synced(source.key, self.store.current(source.name), problem=str(error)))
        return results

    def one(self, source: AdvisorySource) -> Stored:
        """Raises InputError for what is no sound database, ServiceError for a source that gives nothing, or
        what this worker cannot keep."""
        try:
            return self._one(source)
        except OSError as error:
            raise ServiceError(
                f"{source.key}: this worker could not keep what the source gave",
                endpoint=source.address,
                cause=str(error),
                remedy="check the room on its disk, and the names of the source's files",
            ) from error

    def _one(self, source: AdvisorySource) -> Stored:
        last = self._last(source)
        with tempfile.TemporaryDirectory(prefix="golden-images-advisories-") as folder:
            fetched, work = Path(folder, "fetched"), Path(folder, "work")
            work.mkdir()
            known = last.validator if last else ""
            if source.reference:
                validator = self._pulled(source.reference, fetched, known)
            else:
                validator = self.downloads().fetch(source.url, fetched, validator=known, most=MOST_BYTES)
            current = self.store.current(source.name)
            if validator is None and current is not None:
                self.store.log(f"{source.key}: unchanged")
                return Stored(current, new=False)
            content = found.read(_content(fetched), work, source.name, source.ecosystem)
            stored = self.store.put(content, source.address)
            self._remember(source, validator or "", stored, content)
            self.store.log(f"{source.key}: {'new' if stored.new else 'nothing new'}")
            return stored

    def _last(self, source: AdvisorySource) -> Fetched | None:
        """What it gave last, where that is part of what is current."""
        last, current = self.store.catalog.fetched(source.address), self.store.current(source.name)
        if last is None or current is None or not last.validator:
            return None
        try:
            layer = self.store.artifact(current).layer(last.path)
        except (IntegrityError, ServiceError):
            return None
        return last if layer and layer.digest == last.digest else None

    def _remember(self, source: AdvisorySource, validator: str, stored: Stored, content: Content) -> None:
        path = content.parts[0].path
        layer = self.store.artifact(stored.database).layer(path)
        if layer is not None:
            self.store.catalog.record_fetched(Fetched(source.address, validator, path, layer.digest))

    def _pulled(self, text: str, target: Path, validator: str) -> str | None:
        """The files of an artifact in any registry; None if it is the one that it was."""
        reference = Reference.parse(text)
        registry = self.registry_of(reference.registry)
        stands = registry.resolve(reference.repository, reference.digest or reference.tag or "latest")
        if stands is None:
            raise ServiceError(
                f"{text} does not exist", endpoint=reference.registry, remedy="correct it", retryable=False
            )
        if stands.digest == validator:
            return None
        manifest = registry.manifest(reference.repository, stands.digest)
        layers = body(manifest).get("layers")
        if not isinstance(layers, list) or not 0 < len(layers) <= _MOST_FILES:
            raise broken(text, "it is no artifact with files")
        target.mkdir()
        left = MOST_BYTES
        titles = [_title(layer, index, text) for index, layer in enumerate(layers)]
        if len({*titles}) != len(titles):
            raise broken(text, "two of its files have one name")
        for title, layer in zip(titles, layers, strict=True):
            left = _pull(registry, reference, named(layer, text), target / title, left)
        return str(stands.digest)


def _pull(registry: Registry, reference: Reference, digest: Digest, path: Path, left: int) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file, registry.open_blob(reference.repository, digest) as chunks:
        for chunk in chunks:
            left -= len(chunk)
            if left < 0:
                raise broken(reference, f"it has over {MOST_BYTES} bytes")
            file.write(chunk)
    return left


def _title(layer: object, index: int, text: str) -> str:
    """The file that a layer is, as its pusher named it."""
    notes = layer.get("annotations") if isinstance(layer, dict) else None
    title = notes.get(ANNOTATION_TITLE) if isinstance(notes, dict) else None
    if title is None:
        return f"layer-{index}"
    try:
        return check_inside(str(title))
    except ValueError:
        raise broken(text, f"a file of it is called {str(title)[:100]!r}") from None


def _content(fetched: Path) -> Path:
    """A file that came alone is the database itself."""
    if fetched.is_file():
        return fetched
    files = [one for one in fetched.rglob("*") if one.is_file()]
    return files[0] if len(files) == 1 and files[0].parent == fetched else fetched
