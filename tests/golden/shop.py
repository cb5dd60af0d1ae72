"""A small project with a history, for what commands print: every value is fixed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from golden_images.cli.services import Services
from golden_images.core.digest import Digest
from golden_images.core.organisation import Organisation
from golden_images.core.reason import Reason, Why
from golden_images.core.release import ChannelMove, Decision, EvidenceRecord, Failure, Release, Shortfall
from golden_images.ports import Ports
from golden_images.project import load
from tests.fakes.world import HOST, NOW, World

DAY = timedelta(days=1)

ORGANISATION = """\
schema: 1
channels: [{name: dev, automatic: true}, {name: prod}]
"""
ROOT = """\
schema: 1
name: root
description: The root of every image.
owner: platform
base: {bootstrap: {suite: bookworm}}
"""
CHILD = """\
schema: 1
name: child
description: An image on the root.
owner: web
base: {image: root}
"""
FRESH = """\
schema: 1
name: fresh
description: Never released.
owner: web
base: {reference: "docker.io/library/debian:bookworm-slim"}
"""

ROOT_1, ROOT_2 = Digest.of(b"root 1"), Digest.of(b"root 2")
CHILD_1, CHILD_2, CHILD_OLD = Digest.of(b"child 1"), Digest.of(b"child 2"), Digest.of(b"child old")


@dataclass
class Shop:
    root: Path
    world: World

    def services(self) -> Services:
        def ports(_: Organisation, /, *, quick: bool) -> Ports:
            return self.world.ports()

        return Services(ports=ports, now=lambda: NOW + 3 * DAY)


def build(root: Path, *, scans: bool = True) -> Shop:
    """The files, and nothing released. Not ``scans``: there is no database of advisories."""
    images = root / "include" / "images"
    images.mkdir(parents=True)
    (root / "include" / "golden_images.yaml").write_text(ORGANISATION)
    for name, text in (("root", ROOT), ("child", CHILD), ("fresh", FRESH)):
        (images / f"{name}.yaml").write_text(text)
    (images / "broken.yaml").write_text("schema: 1\nname: broken\n")
    world = World(contexts=root / "include" / "contexts", scans=scans)
    for name in ("root", "child", "fresh"):
        world.context(name)
    return Shop(root, world)


def fill(shop: Shop) -> None:
    """A catalog with two releases each, a backfill, channels in different places, and decisions."""
    catalog = shop.world.catalog
    for number, (digest, why) in enumerate(((ROOT_1, Why.NEW), (ROOT_2, Why.PACKAGE_UPDATE))):
        detail = "openssl 3.0.14-1 → 3.0.15-1, +3" if why is Why.PACKAGE_UPDATE else ""
        catalog.record_release(_release("root", number, digest, Reason(why=why, detail=detail)))
    changed = Reason(why=Why.BASE_CHANGED, old=ROOT_1, new=ROOT_2)
    for number, (digest, reason) in enumerate(((CHILD_1, Reason(why=Why.NEW)), (CHILD_2, changed))):
        catalog.record_release(_release("child", number, digest, reason, base=(ROOT_1, ROOT_2)[number]))
    catalog.record_release(
        _release("child", -30, CHILD_OLD, Reason(why=Why.BACKFILL, new=ROOT_1), base=ROOT_1, backfill=True)
    )
    for stage, kind in (("sbom", "application/spdx+json"), ("test", "application/junit+xml")):
        made = Digest.of(stage.encode())
        catalog.record_evidence([EvidenceRecord("child", CHILD_2, stage, kind, made, NOW + DAY)])
    for channel, digest, previous, days, actor in (
        ("dev", CHILD_1, "", 0, "automatic"),
        ("prod", CHILD_1, "", 0.5, "release manager"),
        ("dev", CHILD_2, CHILD_1, 1, "automatic"),
    ):
        at = NOW + days * DAY
        catalog.record_move(ChannelMove("child", channel, digest, previous, at, actor))
    catalog.record_move(ChannelMove("root", "dev", ROOT_2, "", NOW + DAY, "automatic"))
    catalog.record_decision(Decision("child", "asset__2", NOW + DAY, changed, build_id="b" * 64))
    nightly = Reason(why=Why.UNCHANGED, detail="2026.11.24-00000001 is current")
    catalog.record_decision(Decision("child", "scheduled__3", NOW + 2 * DAY, nightly))
    forced = Reason(why=Why.FORCED, detail="a key was lost")
    asked = Decision("root", "manual__4", NOW + DAY, forced, note="a key was lost", actor="alice")
    catalog.record_decision(asked)
    problem = "1 test passed, at least 2 are wanted"
    catalog.record_shortfall(
        Shortfall("child", "test", CHILD_2, Digest.of(b"demands"), problem, NOW + 2 * DAY)
    )
    catalog.record_failure(Failure("fresh", "scheduled__5", NOW + 2 * DAY, "build"))


def release_all(shop: Shop) -> Callable[[str], None]:
    """Root and child through the pipeline; returns a function that releases one image again."""

    def again(name: str) -> None:
        shop.world.run(load(shop.root).definitions[name])

    again("root")
    again("child")
    return again


def _release(
    image: str,
    number: int,
    digest: Digest,
    reason: Reason,
    *,
    base: Digest | None = None,
    backfill: bool = False,
) -> Release:
    at = NOW + number * DAY
    return Release(
        image=image,
        version=f"{at:%Y.%m.%d}-{abs(number):08x}",
        digest=digest,
        build_id=Digest.of(f"{image} {number}".encode()).hex,
        reason=reason,
        released_at=at if not backfill else NOW + 2 * DAY,
        plan=Digest.of(f"plan of {image} {number}".encode()),
        base_name=f"{HOST}/golden/root" if base else "",
        base_digest=base or "",
        backfill=backfill,
        facts={"packages": 120 + number, "size_bytes": 12_345_678, "tests_passed": 12},
    )
