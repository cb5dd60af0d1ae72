"""Evidence with its two witnesses: the registry holds the reports, the catalog names their digests.

Whoever may push to the registry may attach anything to an image. So a stage that stored its reports
writes their digests into the catalog, and later stages read those alone: a stranger's referrer is left
where it is and never read, whatever it says of its stage and time; a report that was altered or
removed is missed by its name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus

from golden_images.core import media, names
from golden_images.core.digest import Digest
from golden_images.core.release import EvidenceRecord
from golden_images.errors import IntegrityError, RegistryError
from golden_images.evidence.snapshot import Attempt, Snapshot, attempt_of
from golden_images.images.image import content_of
from golden_images.job import Job
from golden_images.ports import Catalog, Descriptor, Ports, Registry

ANNOTATION_FINGERPRINT = "io.golden-images.fingerprint"
ANNOTATION_TOOL = "io.golden-images.tool"


@dataclass(frozen=True, slots=True)
class Held:
    """A report, and the name and version of the tool that made it."""

    content: bytes
    tool: str


@dataclass(frozen=True, slots=True)
class Witnesses:
    """The registry and the catalog, for one image."""

    registry: Registry
    catalog: Catalog
    image: str
    repository: str
    #: The run's plan, about which nobody but our stages asks.
    plan: Digest | None = None
    #: What was stored or read here, by digest: it is not fetched again.
    _held: dict[Digest, Held] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, job: Job, ports: Ports) -> Witnesses:
        return cls(ports.registry(), ports.catalog(), job.definition.name, job.repository, job.plan_digest)

    def snapshot(self, subject: Digest) -> Snapshot:
        """One question to the catalog, none to the registry."""
        return Snapshot(subject, tuple(self.catalog.evidence(self.image, subject)))

    def store(
        self,
        subject: Descriptor,
        known: Snapshot,
        *,
        stage: str,
        mark: str,
        reports: Mapping[str, bytes],
        tool: str,
        at: datetime | None = None,
    ) -> Attempt:
        """Attaches every report (content by artifact type) to ``subject``, then writes them down as the
        next attempt after those that are ``known``. The attempt that stands then: another worker's, if
        that was first.

        ``mark`` is the fingerprint, ``at`` when they were made (by default now). Earlier reports stay
        beside them as history.
        """
        made = at or datetime.now(UTC)
        annotations = {
            names.ANNOTATION_STAGE: stage,
            ANNOTATION_FINGERPRINT: mark,
            ANNOTATION_TOOL: tool,
            names.ANNOTATION_CREATED: made.isoformat().replace("+00:00", "Z"),
        }
        new = EvidenceRecord(
            image=self.image,
            subject=subject.digest,
            stage=stage,
            artifact_type="",
            digest=subject.digest,
            created=made,
            mark=mark,
            attempt=known.next_number(stage, mark),
        )
        records = []
        for kind, content in reports.items():
            attached = self._attach(subject, stage, kind, content, annotations)
            records.append(replace(new, artifact_type=kind, digest=attached))
        return attempt_of(self.catalog.record_evidence(records))

    def keep(
        self,
        subject: Descriptor,
        known: Snapshot,
        statement: bytes,
        *,
        stage: str,
        mark: str,
        created: datetime,
        annotations: Mapping[str, str],
    ) -> bytes:
        """A record of ours about ``subject``, which is written once: the statement that the catalog names
        by this stage and mark, else ``statement``."""
        named = known.current(stage, mark, (media.IN_TOTO,))
        if named is None:
            attached = self._attach(subject, stage, media.IN_TOTO, statement, annotations)
            record = EvidenceRecord(
                self.image, subject.digest, stage, media.IN_TOTO, attached, created, mark, attempt=1
            )
            named = attempt_of(self.catalog.record_evidence([record]))
        try:
            (content,) = self.read(named).values()
        except IntegrityError as error:
            # The same record cannot be made again, whatever is cleared: nobody knows its words.
            remedy = (
                "find out who did it, and put it back from a copy of the registry; if its release is not"
                " listed yet, a run with force makes another"
            )
            raise IntegrityError(error.what, cause=error.cause, remedy=remedy) from None
        return content

    def _attach(
        self,
        subject: Descriptor,
        stage: str,
        kind: str,
        content: bytes,
        annotations: Mapping[str, str],
    ) -> Digest:
        attached = self.registry.attach(
            self.repository,
            subject,
            artifact_type=kind,
            blobs=[(kind, content)],
            annotations=annotations,
            title=names.file_name(stage, kind),
            listed=subject.digest != self.plan,
        )
        self._held[attached.digest] = Held(content, annotations.get(ANNOTATION_TOOL, ""))
        return attached.digest

    def read(self, attempt: Attempt) -> dict[str, bytes]:
        """The attempt's reports by kind. Raises IntegrityError, which names it, for one that the registry
        lost or altered."""
        return {kind: self._read(record).content for kind, record in attempt.reports.items()}

    def report(self, record: EvidenceRecord) -> bytes:
        """One of an attempt's reports. Raises as :meth:`read` does."""
        return self._read(record).content

    def tool(self, attempt: Attempt) -> str:
        """What made the attempt's reports, by their own word. Raises as :meth:`read` does."""
        return next(self._read(record).tool for record in attempt.reports.values())

    def _read(self, record: EvidenceRecord) -> Held:
        if record.digest not in self._held:
            try:
                found = _fetch(self.registry, self.repository, record.subject, record.digest)
            except RegistryError as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    raise
                raise self._missed(record, "is gone from the registry", error.what) from None
            except IntegrityError as error:
                raise self._missed(record, "was altered in the registry", error.what) from None
            self._held[record.digest] = found
        return self._held[record.digest]

    def _missed(self, record: EvidenceRecord, how: str, cause: str) -> IntegrityError:
        return IntegrityError(
            f"{record.stage}: its report {record.artifact_type}, {self.repository}@{record.digest}, {how}",
            cause=cause,
            remedy=f"find out who did it, and clear the task {record.stage}",
        )


def _fetch(registry: Registry, repository: str, subject: Digest, referrer: Digest) -> Held:
    """A referrer's one report. Raises IntegrityError if it speaks of another digest, or is not
    what its digests say."""
    manifest = registry.manifest(repository, referrer)
    try:
        body = json.loads(manifest.content)
        speaks_of = body["subject"]["digest"]
        (layer,) = body["layers"]
        Digest(layer["digest"])
        tool = str(body.get("annotations", {}).get(ANNOTATION_TOOL, ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise IntegrityError(f"{repository}@{referrer} is no evidence that can be read") from None
    if speaks_of != subject:
        raise IntegrityError(
            f"{repository}@{referrer} is foreign evidence",
            cause=f"it speaks of {speaks_of}, not of {subject}",
            remedy="somebody altered the list of referrers; run the stages again",
        )
    return Held(content_of(registry, repository, layer, f"{repository}@{referrer}"), tool)
