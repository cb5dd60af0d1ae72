"""We find what osv-scanner found with the same advisories in the same SBOM, no less and no more."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from golden_images.adapters.scanners.osv import Osv
from golden_images.core.digest import Digest
from golden_images.core.inventory import package
from golden_images.core.scanning import Database
from golden_images.ports.scanning import Mounted, ScanRequest
from tests.fakes.advisories import written

RECORDED = sorted((Path(__file__).parents[4] / "fixtures" / "osv").glob("*.json*"))


def test_there_are_recorded_answers() -> None:
    assert len(RECORDED) == 2


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_on_a_recorded_answer(tmp_path: Path, path: Path) -> None:
    content = path.read_bytes()
    recorded = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    for ecosystem, records in recorded["records"].items():
        written(tmp_path / ecosystem / "all.zip", *records)
    sbom = json.dumps(recorded["sbom"]).encode()
    digest = Digest.of(sbom)
    about = Database(name="osv", built=datetime(2026, 11, 1, tzinfo=UTC), digest=digest, records=1)
    answer = Osv().scan(ScanRequest(sbom, digest, Mounted(about, tmp_path)), lambda _: None)
    of = {id_ for id_, _, _ in recorded["found"]}
    ours = {
        (id_, read.source, read.source_version)
        for one in answer.findings
        if (read := package(one.package)) is not None
        for id_ in {one.id, *one.aliases} & of
    }
    assert ours == {(id_, name, version) for id_, name, version in recorded["found"]}
    # No advisory without one of osv-scanner's names hides among them.
    assert all(of & {one.id, *one.aliases} for one in answer.findings)
    assert answer.unjudged == ()
