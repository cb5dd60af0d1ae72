"""The closing table, from the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from local.follow.images import Image

if TYPE_CHECKING:
    from golden_images.core.digest import Digest
    from golden_images.core.release import Release
    from golden_images.ports import Catalog

HEAD = ("IMAGE", "VERSION", "DIGEST", "REASON", "SIZE", "PACKAGES", "TESTS PASSED", "DURATION", "CHANNEL")
#: A reason names old and new digests; here the first words are enough, `golden-images show` has all.
_REASON_WIDTH = 44


def rows(catalog: Catalog, images: Sequence[Image]) -> list[tuple[str, ...]]:
    names = [image.name for image in images]
    releases, channels = catalog.currents(names), catalog.standing(names)
    return [_row(image, releases.get(image.name), channels.get(image.name, {})) for image in images]


def _row(image: Image, release: Release | None, standing: Mapping[str, Digest]) -> tuple[str, ...]:
    reason = image.reason or f"{image.ending}"
    if release and release.version in reason:
        # "unchanged: <version> is current", beside that version.
        reason = reason.partition(":")[0]
    duration = f"{image.seconds:.0f} s" if image.run_id else "-"
    if release is None:
        return (image.name, "-", "-", _short(reason), "-", "-", "-", duration, "-")
    channels = sorted(name for name, digest in standing.items() if digest == release.digest)
    facts = release.facts
    return (
        image.name,
        release.version,
        f"sha256:{release.digest.short}",
        _short(reason),
        f"{facts['size_bytes'] / 1e6:.0f} MB" if "size_bytes" in facts else "-",
        str(facts.get("packages", "-")),
        str(facts.get("tests_passed", "-")),
        duration,
        ", ".join(channels) or "-",
    )


def _short(text: str) -> str:
    return text if len(text) <= _REASON_WIDTH else text[: _REASON_WIDTH - 1] + "…"
