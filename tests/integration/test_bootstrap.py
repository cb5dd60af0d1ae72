"""A real bootstrap from the worker's own archive: the same twice, clean, and usable."""

from __future__ import annotations

import os
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from golden_images.adapters.debian import user_namespace
from golden_images.adapters.debian.mmdebstrap import Mmdebstrap
from golden_images.ports import BootstrapRequest

EPOCH = 1_700_000_000
#: The smallest variant that children can be built on.
REQUEST = BootstrapRequest("bookworm", variant="apt", slim=True, source_date_epoch=EPOCH)
APT_LISTS = Path("/var/lib/apt/lists")


@pytest.fixture(scope="module")
def lists_before() -> set[str]:
    return {path.name for path in APT_LISTS.iterdir()}


@pytest.fixture(scope="module")
def roots(lists_before: set[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Three bootstraps; the last has no user namespace, as in a chroot. A minute on idle cores."""
    if os.geteuid() != 0:
        pytest.fail("this test bootstraps as root; run the tests as root")
    folder = tmp_path_factory.mktemp("bootstrap")
    made = folder / "one.tar", folder / "two.tar", folder / "three.tar"
    # At once, as two tasks of one worker would: neither may take the other's folder for a leftover.
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda target: Mmdebstrap().bootstrap(REQUEST, target, print), made[:2]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(user_namespace, "available", lambda: False)
        Mmdebstrap().bootstrap(REQUEST, made[2], print)
    return made


def test_the_same_package_state_gives_the_same_bytes(roots: tuple[Path, Path, Path]) -> None:
    """Whatever rights the worker gave up for it."""
    for other in roots[1:]:
        same = subprocess.run(["cmp", roots[0], other], check=False, capture_output=True, text=True)
        assert same.returncode == 0, same.stdout


def test_it_is_fit_for_containers_and_slim(roots: tuple[Path, Path, Path]) -> None:
    with tarfile.open(roots[0]) as archive:
        members = archive.getmembers()
        overrides = archive.extractfile("./var/lib/dpkg/statoverride")
        assert overrides is not None
        told = overrides.read().decode()
    names = {member.name for member in members}
    assert {"./etc/apt/apt.conf.d/90container", "./etc/dpkg/dpkg.cfg.d/90slim"} <= names
    assert not [member.name for member in members if member.isfile() and member.mode & 0o6000]
    assert "root root 755 /usr/bin/su\n" in told
    assert "./usr/share/doc/bash/copyright" in names
    files = [member.name for member in members if not member.isdir()]
    assert not [name for name in files if name.startswith(("./usr/share/man/", "./usr/share/info/"))]
    assert not [
        name for name in names if name.startswith("./usr/share/doc/bash/") and "copyright" not in name
    ]
    assert "./usr/bin/perl" in names
    assert not [name for name in names if name.startswith("./usr/share/perl/5")], "perl-base is enough"


def test_nothing_of_the_worker_and_of_the_run_is_inside(roots: tuple[Path, Path, Path]) -> None:
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


def test_the_worker_is_as_it_was(lists_before: set[str], roots: tuple[Path, Path, Path]) -> None:
    # mmdebstrap cleans with apt: misled, it would clean the worker's own lists.
    assert lists_before <= {path.name for path in APT_LISTS.iterdir()}
