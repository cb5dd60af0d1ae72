"""Who refers to a manifest: the referrers API, or the index under the tag ``sha256-<hex>`` without it.

Source: OCI distribution-spec 1.1, "Listing Referrers", "Pushing Manifests with Subject", "Unavailable
Referrers API".

The fallback index is one document that every writer reads, extends and writes, and the API offers no
conditional write: of two writers the later would drop the earlier's entry. So each referrer first gets
a tag of its own, ``sha256-<hex of subject>.<12 hex digits>``; a writer puts into the index every
referrer so tagged, and looks again *after* writing. The last of any writers then sees all tags, and
what it leaves is complete. The tag also keeps garbage collection from taking the referrer.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable

from golden_images.adapters.registry import documents
from golden_images.adapters.registry.endpoint import Endpoint, pull_scope
from golden_images.adapters.registry.failures import nonsense
from golden_images.adapters.registry.pages import next_page
from golden_images.adapters.registry.transport import Call, Transport
from golden_images.adapters.retry import Attempts
from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.errors import IntegrityError, RegistryError
from golden_images.ports import Descriptor, Registry

#: What registries without the API answer to its path; 400 and 405 come from those before 1.1.
_NO_API = frozenset({400, 404, 405})
#: Writers of one process wait for each other rather than undo each other's work.
_locks: defaultdict[tuple[str, str, str], threading.Lock] = defaultdict(threading.Lock)


def fallback_tag(subject: Digest) -> str:
    """``sha256-<hex>`` (distribution-spec, "Referrers Tag Schema")."""
    return f"sha256-{subject.hex}"


def referrer_tag(subject: Digest, referrer: Digest) -> str:
    """The tag by which other writers of the fallback index find ``referrer``."""
    return f"{fallback_tag(subject)}.{referrer.short}"


class Referrers:
    """Lists and maintains the referrers in one registry, on top of its manifests and tags."""

    def __init__(self, transport: Transport, registry: Registry) -> None:
        self._transport = transport
        self._endpoint: Endpoint = transport.endpoint
        self._registry = registry
        #: Whether the registry has the API; None until it was seen.
        self.has_api: bool | None = None

    def of(self, repository: str, subject: Digest) -> tuple[Descriptor, ...]:
        """Every referrer of ``subject``, with artifact type and annotations; sorted by digest."""
        api = self._from_api(repository, subject)
        listed = self._from_tag(repository, subject) if api is None else api
        unique = {entry.digest: entry for entry in listed}
        return tuple(self._completed(repository, unique[digest]) for digest in sorted(unique))

    def maintains_itself(self, repository: str, subject: Digest, answered: bool) -> bool:
        """After a manifest with a subject was put: whether nothing is left to do. ``answered`` is
        whether the answer held ``OCI-Subject``."""
        if answered:
            self.has_api = True
        if self.has_api is None:
            # The repository exists now, so a 404 speaks of the API.
            self.has_api = self._from_api(repository, subject) is not None
        return self.has_api

    def add(self, repository: str, subject: Digest, entry: Descriptor) -> None:
        """Enters ``entry`` into the fallback index; entries that exist stay."""
        self._rewrite(repository, subject, lambda present: [*present, entry])

    def remove(self, repository: str, subject: Digest, referrer: Digest) -> None:
        """Takes a deleted referrer out of the fallback index."""
        if self._registry.resolve(repository, fallback_tag(subject)) is None:
            return
        self._rewrite(repository, subject, lambda present: [one for one in present if one.digest != referrer])

    def _rewrite(
        self,
        repository: str,
        subject: Digest,
        change: Callable[[Iterable[Descriptor]], list[Descriptor]],
    ) -> None:
        attempts = Attempts(self._transport.policy, self._transport.clock)
        with _locks[self._endpoint.host, repository, subject]:
            while True:
                present = self._from_tag(repository, subject)
                wanted = self._with_tagged(repository, subject, change(present))
                if {one.digest for one in present} == {one.digest for one in wanted}:
                    return
                try:
                    self._write(repository, subject, wanted)
                except RegistryError as error:
                    # An entry was deleted or collected behind the index's back.
                    alive = [one for one in wanted if self._registry.resolve(repository, one.digest)]
                    if error.status not in (400, 404) or len(alive) == len(wanted):
                        raise
                    self._write(repository, subject, alive)
                    wanted = alive
                written = self._from_tag(repository, subject)
                again = self._with_tagged(repository, subject, change(written))
                if {one.digest for one in written} == {one.digest for one in again}:
                    return
                if not attempts.again():
                    raise RegistryError(
                        f"referrers of {subject} in {repository}: other writers kept overwriting the index",
                        endpoint=self._endpoint.base,
                        cause=f"{attempts.made} tries; tag {fallback_tag(subject)}",
                        remedy="try the task again; a registry with the referrers API does not need this",
                    )

    def _write(self, repository: str, subject: Digest, wanted: Iterable[Descriptor]) -> None:
        self._registry.put_manifest(
            repository, documents.index(wanted), media.INDEX, tag=fallback_tag(subject)
        )

    def _with_tagged(self, repository: str, subject: Digest, known: list[Descriptor]) -> list[Descriptor]:
        """``known`` and what other writers have tagged and may not have entered yet."""
        prefix = f"{fallback_tag(subject)}."
        short = {entry.digest.short for entry in known}
        found = []
        for tag in self._registry.tags(repository):
            if tag.startswith(prefix) and tag.removeprefix(prefix) not in short:
                entry = self._described(repository, tag)
                if entry is not None:
                    found.append(entry)
        return known + found

    def _described(self, repository: str, reference: str) -> Descriptor | None:
        """The descriptor that an index holds for a referrer; None if it is gone."""
        try:
            manifest = self._registry.manifest(repository, reference)
        except RegistryError as error:
            if error.status == 404:
                return None
            raise
        document = documents.load(manifest.content, f"manifest {reference} in {repository}")
        plain = manifest.descriptor
        return Descriptor(
            plain.media_type,
            plain.digest,
            plain.size,
            artifact_type=documents.artifact_type_of(document),
            annotations=documents.annotations_of(document),
        )

    def _completed(self, repository: str, entry: Descriptor) -> Descriptor:
        """Some registries give the configuration's media type, or nothing, for the artifact's."""
        if entry.artifact_type not in ("", media.EMPTY):
            return entry
        return self._described(repository, entry.digest) or entry

    def _from_tag(self, repository: str, subject: Digest) -> tuple[Descriptor, ...]:
        tag = fallback_tag(subject)
        try:
            manifest = self._registry.manifest(repository, tag)
        except RegistryError as error:
            if error.status == 404:
                return ()
            raise
        if manifest.descriptor.media_type != media.INDEX:
            raise IntegrityError(
                f"tag {tag} in {repository} on {self._endpoint.host} is not an index of referrers",
                cause=f"its media type is {manifest.descriptor.media_type!r}",
                remedy="remove the tag if nothing of yours needs it; the specification reserves its name",
            )
        return documents.entries(manifest.content, f"index of referrers {tag} in {repository}")

    def _from_api(self, repository: str, subject: Digest) -> list[Descriptor] | None:
        """None if the registry has no referrers API."""
        if self.has_api is False:
            return None
        action = f"referrers of {subject.short} in {repository}"
        url: str | None = self._endpoint.url(f"{repository}/referrers/{subject}")
        found: list[Descriptor] = []
        seen: set[str] = set()
        while url:
            if url in seen:
                raise nonsense(action, url, "the pages of the list form a circle")
            seen.add(url)
            call = Call(
                "GET",
                url,
                action,
                pull_scope(repository),
                {"Accept": media.INDEX},
                accept=frozenset({200, *_NO_API}),
            )
            response = self._transport.send(call)
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
            if response.status_code != 200 or kind != media.INDEX:
                # Also what a web page in front of an older registry answers to any path.
                return None
            found += documents.entries(response.content, action)
            url = next_page(self._endpoint, url, response.headers.get("Link"))
        self.has_api = True
        return found
