"""A real bootstrap from the worker's own archive: the same twice, clean, and usable."""

from __future__ import annotations

import os
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from golden_images.adapters.mmdebstrap import Mmdebstrap
from golden_images.ports import BootstrapRequest

EPOCH = 1_700_000_000
#: The smallest variant whose packages are configured.
REQUEST = BootstrapRequest("bookworm", variant="essential", source_date_epoch=EPOCH)
APT_LISTS = Path("/var/lib/apt/lists")


@pytest.fixture(scope="module")
def lists_before() -> set[str]:
    return {path.name for path in APT_LISTS.iterdir()}


@pytest.fixture(scope="module")
def roots(lists_before: set[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two bootstraps, about half a minute on idle cores."""
    if os.geteuid() != 0:
        pytest.fail("this test bootstraps as root; run the tests as root")
    folder = tmp_path_factory.mktemp("bootstrap")
    made = folder / "one.tar", folder / "two.tar"
    # At once, as two tasks of one worker would: neither may take the other's folder for a leftover.
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda target: Mmdebstrap().bootstrap(REQUEST, target, print), made))
    return made


def test_the_same_package_state_gives_the_same_bytes(roots: tuple[Path, Path]) -> None:
    same = subprocess.run(["cmp", *map(str, roots)], check=False, capture_output=True, text=True)
    assert same.returncode == 0, same.stdout


def test_nothing_of_the_worker_and_of_the_run_is_inside(roots: tuple[Path, Path]) -> None:
    with tarfile.open(roots[0]) as archive:
        members = {member.name: member for member in archive}

        def text(name: str) -> str:
            content = archive.extractfile(name)
            assert content is not None
            return content.read().decode()

        assert text("./etc/hostname") == "localhost\n"
        assert text("./etc/resolv.conf") == ""
        assert "signed-by=" in text("./etc/apt/sources.list")
        assert {line.split()[3] for line in text("./etc/apt/sources.list").splitlines() if line} == {
            "bookworm",
            "bookworm-updates",
            "bookworm-security",
        }
    files = [name for name, member in members.items() if member.isfile()]
    assert not [name for name in files if name.startswith(("./var/log/", "./tmp/", "./run/"))]
    # mmdebstrap leaves an empty lock file in each.
    assert {Path(n).name for n in files if n.startswith(("./var/lib/apt/lists/", "./var/cache/apt/"))} <= {
        "lock"
    }
    assert not [name for name in members if "__pycache__" in name]
    assert not [name for name, member in members.items() if member.isdev()]
    assert max(member.mtime for member in members.values()) <= EPOCH
    assert members["./dev"].isdir()


def test_the_worker_is_as_it_was(lists_before: set[str], roots: tuple[Path, Path]) -> None:
    # mmdebstrap cleans with apt: misled, it would clean the worker's own lists.
    assert lists_before <= {path.name for path in APT_LISTS.iterdir()}
