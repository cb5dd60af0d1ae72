"""Releases, channel moves and later judgements as records in the registry: the truth, from which the
catalog is rebuilt.

All are in-toto statements attached to the released digest as OCI referrers; they are found by that, and
told apart by their predicate:

==============  ====================================================
record          predicate type
==============  ====================================================
release         ``https://in-toto.io/attestation/release/v0.1``
channel move    ``urn:golden-images:channel-move:v1``
judgement       ``urn:golden-images:judgement:v1``
==============  ====================================================

A record that the catalog names is kept, never written anew, so that a retry publishes what the killed
try began. What is ours in a release stands under the extension key
``urn:golden-images:release:v1``; readers ignore fields that they do not know, as in-toto demands.

Sources: in-toto attestation framework (Statement v1, predicate "release" v0.1), purl type "oci",
OCI image specification ("Annotations", "Referrers").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from golden_images.core.names import ANNOTATION_STAGE
from golden_images.core.records.entries import base_version, evidence_record
from golden_images.core.records.judgement import (
    JUDGEMENT_PREDICATE,
    judgement_annotations,
    judgement_statement,
    parse_judgement,
)
from golden_images.core.records.move import (
    MOVE_PREDICATE,
    is_move,
    move_annotations,
    move_statement,
    parse_move,
)
from golden_images.core.records.release import (
    RELEASE_EXTENSION,
    RELEASE_PREDICATE,
    parse_release,
    release_annotations,
    release_statement,
)
from golden_images.core.records.statement import STATEMENT_TYPE, predicate_type
from golden_images.core.release import ChannelMove, Judgement, Release
from golden_images.core.role import Role
from golden_images.errors import IntegrityError

Record = Release | ChannelMove | Judgement
_READERS: Mapping[str, Callable[[bytes, str], Record]] = {
    RELEASE_PREDICATE: parse_release,
    MOVE_PREDICATE: parse_move,
    JUDGEMENT_PREDICATE: parse_judgement,
}

__all__ = [
    "JUDGEMENT_PREDICATE",
    "MOVE_PREDICATE",
    "RELEASE_EXTENSION",
    "RELEASE_PREDICATE",
    "STATEMENT_TYPE",
    "Record",
    "base_version",
    "evidence_record",
    "is_move",
    "is_record",
    "judgement_annotations",
    "judgement_statement",
    "move_annotations",
    "move_statement",
    "parse",
    "parse_judgement",
    "parse_move",
    "parse_release",
    "release_annotations",
    "release_statement",
]


def parse(content: bytes, repository: str) -> Record:
    """Whichever record ``content`` is. Raises IntegrityError if it is none of ours about ``repository``."""
    reader = _READERS.get(predicate_type(content))
    if reader is None:
        raise IntegrityError("this is no record of ours", cause="its predicate is another")
    return reader(content, repository)


def is_record(annotations: Mapping[str, str]) -> bool:
    """Whether a referrer with these annotations says that it is a record; reports name their stage
    there."""
    return annotations.get(ANNOTATION_STAGE) in (Role.RELEASE_RECORD, Role.MOVE_RECORD)
