"""Releases, channel moves and later judgements as records in the registry: the truth, from which the
catalog is rebuilt.

All are in-toto statements attached to the released digest as OCI referrers and tagged, so that
garbage collection cannot take them:

==============  ==========================  ====================================================
record          tag                         predicate type
==============  ==========================  ====================================================
release         ``<version>.release``       ``https://in-toto.io/attestation/release/v0.1``
channel move    ``<channel>.<UTC>.move``    ``urn:golden-images:channel-move:v1``
judgement       ``<version>.….judgement``   ``urn:golden-images:judgement:v1``
==============  ==========================  ====================================================

A writer asks for the tag first: a record that stands is kept, never written anew, so that a retry
publishes what the killed try began. What is ours in a release stands under the extension key
``urn:golden-images:release:v1``; readers ignore fields that they do not know, as in-toto demands.

Sources: in-toto attestation framework (Statement v1, predicate "release" v0.1), purl type "oci",
OCI image specification ("Annotations", "Referrers").
"""

from golden_images.core.records.entries import base_version, evidence_record
from golden_images.core.records.judgement import (
    JUDGEMENT_PREDICATE,
    judgement_annotations,
    judgement_statement,
    parse_judgement,
)
from golden_images.core.records.move import (
    MOVE_PREDICATE,
    MOVE_STAGE,
    is_move,
    move_annotations,
    move_statement,
    parse_move,
)
from golden_images.core.records.release import (
    RELEASE_EXTENSION,
    RELEASE_PREDICATE,
    RELEASE_STAGE,
    parse_release,
    release_annotations,
    release_statement,
)
from golden_images.core.records.statement import STATEMENT_TYPE

__all__ = [
    "JUDGEMENT_PREDICATE",
    "MOVE_PREDICATE",
    "MOVE_STAGE",
    "RELEASE_EXTENSION",
    "RELEASE_PREDICATE",
    "RELEASE_STAGE",
    "STATEMENT_TYPE",
    "base_version",
    "evidence_record",
    "is_move",
    "judgement_annotations",
    "judgement_statement",
    "move_annotations",
    "move_statement",
    "parse_judgement",
    "parse_move",
    "parse_release",
    "release_annotations",
    "release_statement",
]
