"""What the benchmark scans is the same for the same seed, and is looked up as what we publish is."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from benchmarks.rescan_world import World
from golden_images.core.inventory import inventory
from golden_images.core.osv.index import Index, index
from golden_images.core.osv.matching import Matcher
from golden_images.core.osv.record import read


def made(folder: Path) -> tuple[dict[str, Index], bytes]:
    world = World(400, sources=40, projects=40)
    world.write(folder)
    return {name: indexed(folder, name) for name in ("Debian", "PyPI")}, world.sbom(50)


def indexed(folder: Path, ecosystem: str) -> Index:
    with zipfile.ZipFile(folder / ecosystem / "all.zip") as archive:
        return index(ecosystem, [read(archive.read(name)) for name in archive.namelist()])


def test_the_same_seed_the_same_world(tmp_path: Path) -> None:
    assert made(tmp_path / "a") == made(tmp_path / "b")


def test_everything_is_judged_and_much_is_found(tmp_path: Path) -> None:
    indices, sbom = made(tmp_path)
    held = inventory(sbom)
    answer = Matcher(indices.get).match(held)
    assert (len(held.packages), answer.unjudged) == (50, ())
    assert {one.kind for one in held.packages} == {"deb", "pypi"}
    assert len(answer.findings) > 50
    assert any("arch=source" in str(one.get("purl")) for one in json.loads(sbom)["components"])
    assert sum(one.faulty for one in indices.values()) == 0
