"""Records to write and to read."""

from __future__ import annotations

from datetime import UTC, datetime

from golden_images.core.digest import Digest
from golden_images.core.reason import Reason, Why
from golden_images.core.reference import Reference
from golden_images.core.release import ChannelMove, Judgement, Release

DIGEST = Digest.of(b"image")
REFERENCE = Reference.parse("localhost:5000/golden/python-runtime")
REPOSITORY = "golden/python-runtime"
RELEASE = Release(
    image="python-runtime",
    version="2026.11.23-1a2b3c4d",
    digest=DIGEST,
    build_id="1a2b3c4d" * 8,
    reason=Reason(why=Why.PACKAGE_UPDATE, old="a", new="b", detail="openssl 3.0.14-1 → 3.0.15-1, +3"),
    released_at=datetime(2026, 11, 23, 2, 0, 0, 123456, tzinfo=UTC),
    plan=Digest.of(b"plan"),
    base_name="localhost:5000/golden/debian-base",
    base_digest=str(Digest.of(b"base")),
    backfill=True,
    facts={"size_bytes": 123456789012, "packages": 88},
    note="the CVE of this morning",
    actor="alice",
)
MOVE = ChannelMove(
    image="python-runtime",
    channel="dev",
    digest=DIGEST,
    previous=str(Digest.of(b"old")),
    at=datetime(2026, 11, 23, 2, 0, 1, 5, tzinfo=UTC),
    actor="airflow",
)
JUDGEMENT = Judgement(
    image="python-runtime",
    version=RELEASE.version,
    digest=DIGEST,
    demands=Digest.of(b"demands"),
    plan=Digest.of(b"plan"),
    at=datetime(2026, 11, 24, 2, 0, tzinfo=UTC),
)
