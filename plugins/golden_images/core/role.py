"""What is written where a stage's name is, in a registry's annotations and in the catalog, and is none.

These words are a stored format: registries and catalogs have held them since the first release, whatever
the table calls its stages today. They are here and nowhere else.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    #: The record of a release, or of a later judgement about it.
    RELEASE_RECORD = "release"
    #: The record of a channel's move.
    MOVE_RECORD = "promote"
    #: What was judged before a release, and of which reports.
    VERIFICATION_SUMMARY = "gate"
    #: Of a shortfall: no stage has looked yet at what is demanded.
    UNJUDGED = "resolve"
