"""What was read is kept for the next process, and believed only if it is whole and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from golden_images.adapters.scanners.osv import kept as module
from golden_images.adapters.scanners.osv.kept import KEPT, kept
from golden_images.core.osv.index import Index, index
from golden_images.files import cache_folder
from tests.unit.core.osv.advisories import before, block, record

INDEX = index("Debian", [record("A", block("openssl", before("9"))), "B.json: it is no JSON"])


class Make:
    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> Index:
        self.made += 1
        return INDEX


@pytest.fixture
def make() -> Make:
    return Make()


def files() -> list[Path]:
    return sorted(cache_folder("osv-index").glob("*.index"))


def test_it_is_made_once(make: Make) -> None:
    assert kept("sha256:1", "Debian", make) == INDEX
    again = kept("sha256:1", "Debian", make)
    assert (again, make.made) == (INDEX, 1)
    assert again.of("openssl") == INDEX.of("openssl")


@pytest.mark.parametrize("other", [("sha256:2", "Debian"), ("sha256:1", "Ubuntu")])
def test_another_databases_is_another(make: Make, other: tuple[str, str]) -> None:
    kept("sha256:1", "Debian", make)
    kept(*other, make)
    assert make.made == 2


def test_another_matchers_is_another(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    kept("sha256:1", "Debian", make)
    monkeypatch.setattr(module, "version", lambda: "next")
    kept("sha256:1", "Debian", make)
    assert make.made == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(bytes([*path.read_bytes()[:-1], 0])),
        lambda path: path.chmod(0o666),
        lambda path: path.parent.chmod(0o777),
    ],
)
def test_what_is_not_whole_or_may_be_anybodys_is_made_anew(make: Make, spoil: Callable[[Path], None]) -> None:
    kept("sha256:1", "Debian", make)
    (path,) = files()
    spoil(path)
    assert kept("sha256:1", "Debian", make) == INDEX
    assert make.made == 2


def test_a_worker_without_a_folder_reads_each_time(make: Make, cache_of_its_own: Path) -> None:
    (cache_of_its_own / "golden-images").write_text("no folder")
    assert kept("sha256:1", "Debian", make) == kept("sha256:1", "Debian", make)
    assert make.made == 2


def test_old_ones_go(make: Make) -> None:
    for number in range(KEPT + 3):
        kept(f"sha256:{number}", "Debian", make)
    assert len(files()) == KEPT
