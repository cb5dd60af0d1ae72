"""Evidence in the registry: one referrer a report, bound to one digest and to how it was made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from golden_images.core import names, words
from golden_images.core.digest import Digest
from golden_images.core.judging import report_tag
from golden_images.errors import IntegrityError
from golden_images.ports import Descriptor, Registry

ANNOTATION_FINGERPRINT = "io.golden-images.fingerprint"
ANNOTATION_TOOL = "io.golden-images.tool"
_NEVER = datetime.min.replace(tzinfo=UTC)


def store(
    registry: Registry,
    repository: str,
    subject: Descriptor,
    *,
    stage: str,
    mark: str,
    reports: Mapping[str, bytes],
    tool: str,
    at: datetime | None = None,
) -> None:
    """Attaches every report (content by artifact type) to ``subject``; ``mark`` is the fingerprint.

    One try's reports have one time, ``at``; by default now, and later than every earlier try's, whatever
    the clocks of two workers say. Earlier reports stay beside them as history; the tag names the newest.
    """
    made = at or _after(registry.referrers(repository, subject.digest), stage, mark)
    for artifact_type, content in reports.items():
        registry.attach(
            repository,
            subject,
            artifact_type=artifact_type,
            blobs=[(artifact_type, content)],
            annotations={
                names.ANNOTATION_STAGE: stage,
                ANNOTATION_FINGERPRINT: mark,
                ANNOTATION_TOOL: tool,
                names.ANNOTATION_CREATED: made.isoformat().replace("+00:00", "Z"),
            },
            tag=report_tag(subject.digest, stage, artifact_type, mark),
            title=names.file_name(stage, artifact_type),
        )


def find(
    registry: Registry,
    repository: str,
    subject: Digest,
    *,
    stage: str,
    mark: str,
    artifact_types: tuple[str, ...],
) -> dict[str, Descriptor]:
    """The reports of the newest try that made all ``artifact_types``; else whatever there is, by type.

    A try that was cut off counts for nothing, and two tries are never mixed.
    """
    tries: dict[datetime, dict[str, Descriptor]] = {}
    for referrer in _of(registry.referrers(repository, subject), stage, mark):
        if referrer.artifact_type in artifact_types:
            tries.setdefault(made_at(referrer), {})[referrer.artifact_type] = referrer
    whole = [time for time, found in tries.items() if len(found) == len(set(artifact_types))]
    if whole:
        return tries[max(whole)]
    return {kind: found for time in sorted(tries) for kind, found in tries[time].items()}


def made_at(referrer: Descriptor) -> datetime:
    """When the report was made; the beginning of time for one that says nothing sensible."""
    return words.moment_of(referrer.annotations.get(names.ANNOTATION_CREATED, "")) or _NEVER


def read(registry: Registry, repository: str, subject: Digest, referrer: Digest) -> bytes:
    """A referrer's one report. Raises IntegrityError if it speaks of another digest, or is not
    what its digests say."""
    manifest = registry.manifest(repository, referrer)
    try:
        body = json.loads(manifest.content)
        speaks_of = body["subject"]["digest"]
        (layer,) = body["layers"]
        digest = Digest(layer["digest"])
    except (ValueError, KeyError, TypeError):
        raise IntegrityError(f"{repository}@{referrer} is no evidence that can be read") from None
    if speaks_of != subject:
        raise IntegrityError(
            f"{repository}@{referrer} is foreign evidence",
            cause=f"it speaks of {speaks_of}, not of {subject}",
            remedy="somebody altered the list of referrers; run the stages again",
        )
    return registry.blob(repository, digest)


def _of(referrers: Iterable[Descriptor], stage: str, mark: str) -> Iterator[Descriptor]:
    wanted = {names.ANNOTATION_STAGE: stage, ANNOTATION_FINGERPRINT: mark}
    for referrer in referrers:
        if wanted.items() <= referrer.annotations.items():
            yield referrer


def _after(referrers: Iterable[Descriptor], stage: str, mark: str) -> datetime:
    earlier = max(map(made_at, _of(referrers, stage, mark)), default=_NEVER)
    return max(datetime.now(UTC), earlier + timedelta(microseconds=1))
