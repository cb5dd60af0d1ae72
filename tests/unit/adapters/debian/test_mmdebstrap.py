"""The bootstrapper around a stand-in for mmdebstrap."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from golden_images.adapters.debian import mmdebstrap, user_namespace
from golden_images.errors import InputError, ToolError
from golden_images.ports import BootstrapRequest
from tests.unit.adapters.tool import Install, install

__all__ = ["install"]

ROOT = Path(__file__).parents[3]
REQUEST = BootstrapRequest(
    "bookworm",
    components=("main", "contrib"),
    packages=("curl", "jq"),
    mirror="http://mirror.test/debian",
    source_date_epoch=1_700_000_000,
    timeout_seconds=30,
)
#: A root of one file, which holds what it was told.
HONEST = """
printf '%s\\n' "$@" "epoch=$SOURCE_DATE_EPOCH" "tmp=$TMPDIR" > "$TMPDIR/told"
tar -C "$TMPDIR" -c told
"""


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Temporary folders of the test's own, and a key ring wherever the test runs."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    (tmp_path / "keyring.gpg").touch()
    monkeypatch.setattr(mmdebstrap, "KEYRING", tmp_path / "keyring.gpg")
    monkeypatch.setattr(user_namespace, "available", lambda: False)
    return folder


def eventually(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "this never came true"
        time.sleep(0.02)


def read(target: Path) -> list[str]:
    with tarfile.open(target) as archive:
        assert archive.getnames() == ["told"]
        content = archive.extractfile("told")
        assert content is not None
        return content.read().decode().splitlines()


def test_it_works_in_a_folder_that_is_open_to_it(install: Install, tmp_path: Path) -> None:
    """The worker's own is closed where the local stack's state is: the namespace's root is another user."""
    install("mmdebstrap", 'pwd -P > "$TMPDIR/told"; tar -C "$TMPDIR" -c told')
    target = tmp_path / "root.tar"
    mmdebstrap.Mmdebstrap().bootstrap(REQUEST, target, lambda line: None)
    (where,) = read(target)
    assert Path(where).name.startswith("golden-images-bootstrap.")


def test_mmdebstrap_is_told_everything_and_nothing_stays(
    install: Install, tmp_path: Path, own_folders: Path
) -> None:
    install("mmdebstrap", HONEST)
    target = tmp_path / "root.tar"
    mmdebstrap.Mmdebstrap().bootstrap(REQUEST, target, print)
    told = read(target)
    assert "--variant=minbase" in told
    assert "--architectures=amd64" in told
    assert "--include=curl,jq" in told
    assert "epoch=1700000000" in told
    assert told.index("--") == told.index("bookworm") - 1
    sources = [line.partition("] ")[2] for line in told if line.startswith("deb ")]
    assert sources == [
        "http://mirror.test/debian bookworm main contrib",
        "http://mirror.test/debian bookworm-updates main contrib",
        "http://mirror.test/debian-security bookworm-security main contrib",
    ]
    assert any(line.startswith(f"tmp={own_folders}/golden-images-bootstrap.") for line in told)
    assert list(own_folders.iterdir()) == []
    assert [path.name for path in tmp_path.glob("*root.tar*")] == ["root.tar"]


def test_slim_is_asked_for_with_files_of_ours(install: Install, tmp_path: Path) -> None:
    install("mmdebstrap", 'cat "$TMPDIR/slim" >&2;' + HONEST)
    lines: list[str] = []
    made = tmp_path / "root.tar"
    mmdebstrap.Mmdebstrap().bootstrap(replace(REQUEST, slim=True), made, lines.append)
    options = [word.partition("=")[0] for word in read(made) if word.startswith("--")]
    assert {"--dpkgopt", "--hook-dir"} <= set(options)
    assert "path-include=/usr/share/doc/*/copyright" in lines
    install("mmdebstrap", HONEST)
    mmdebstrap.Mmdebstrap().bootstrap(REQUEST, made, print)
    assert not [word for word in read(made) if word.startswith(("--dpkgopt", "--hook-dir"))]


@pytest.mark.parametrize("setuid", [True, False])
def test_set_user_id_programs_are_kept_only_where_asked(
    install: Install, tmp_path: Path, setuid: bool
) -> None:
    install("mmdebstrap", 'cat "$TMPDIR/finish" >&2;' + HONEST)
    lines: list[str] = []
    request = replace(REQUEST, setuid=setuid)
    mmdebstrap.Mmdebstrap().bootstrap(request, tmp_path / "root.tar", lines.append)
    assert any("dpkg-statoverride" in line for line in lines) is not setuid


@pytest.mark.parametrize("available", [True, False])
def test_root_gives_up_its_rights_where_it_can(
    install: Install, tmp_path: Path, own_folders: Path, monkeypatch: pytest.MonkeyPatch, available: bool
) -> None:
    owned: list[int] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, user, group: owned.append(user))
    monkeypatch.setattr(user_namespace, "available", lambda: available)
    monkeypatch.setattr(user_namespace, "inside", lambda: ["env", "INSIDE=yes"])
    install("mmdebstrap", 'echo "inside: $INSIDE" >&2;' + HONEST)
    lines: list[str] = []
    mmdebstrap.Mmdebstrap().bootstrap(REQUEST, tmp_path / "root.tar", lines.append)
    assert ("inside: yes" in lines) is available
    assert ("--mode=unshare" in read(tmp_path / "root.tar")) is available
    assert owned == ([user_namespace.FIRST_ID] if available else [])
    assert any("as root of this worker" in line for line in lines) is not available


@pytest.mark.parametrize(
    "change",
    [
        {"packages": ("-oDPkg::Pre-Invoke::=id",)},
        {"packages": ("curl,--customize-hook=id",)},
        {"components": ("main\ndeb http://evil.test x main",)},
        {"mirror": "http://mirror.test/debian x main\ndeb http://evil.test"},
        {"suite": "--customize-hook=id"},
        {"variant": "minbase --mode=root"},
        {"architecture": "amd64,-x"},
    ],
)
def test_mmdebstrap_is_not_called_with_what_it_could_read_otherwise(
    install: Install, tmp_path: Path, change: dict[str, Any]
) -> None:
    install("mmdebstrap", f"touch {tmp_path}/called")
    with pytest.raises(InputError):
        mmdebstrap.Mmdebstrap().bootstrap(replace(REQUEST, **change), tmp_path / "root.tar", print)
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize(
    ("says", "remedy"),
    [
        ("E: Unable to locate package absent", "base.bootstrap.packages"),
        ("E: failed to unshare the user namespace", "/etc/subuid"),
        ("tar: write error: No space left on device", "free space"),
        ("E: Failed to fetch http://mirror.test/", "reachable"),
        ("chroot: Exec format error", "qemu-user-static"),
    ],
)
def test_a_failure_says_what_to_do(
    install: Install, tmp_path: Path, own_folders: Path, says: str, remedy: str
) -> None:
    install("mmdebstrap", f"echo '{says}' >&2; {HONEST} exit 25")
    with pytest.raises(ToolError, match="bootstrap of bookworm failed") as caught:
        mmdebstrap.Mmdebstrap().bootstrap(REQUEST, tmp_path / "root.tar", print)
    assert says in caught.value.cause
    assert remedy in caught.value.remedy
    assert list(own_folders.iterdir()) == []
    assert list(tmp_path.glob("*root.tar*")) == []


def test_a_missing_mmdebstrap_is_named(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(ToolError, match="mmdebstrap is not installed") as caught:
        mmdebstrap.Mmdebstrap().bootstrap(REQUEST, tmp_path / "root.tar", print)
    assert "Debian package mmdebstrap" in caught.value.remedy


def test_missing_keys_are_named(install: Install, tmp_path: Path) -> None:
    install("mmdebstrap", HONEST)
    (tmp_path / "keyring.gpg").unlink()
    with pytest.raises(ToolError, match="archive keys") as caught:
        mmdebstrap.Mmdebstrap().bootstrap(REQUEST, tmp_path / "root.tar", print)
    assert "debian-archive-keyring" in caught.value.remedy


def test_a_hung_bootstrap_is_ended(install: Install, tmp_path: Path, own_folders: Path) -> None:
    install("mmdebstrap", "sleep 1000")
    request = BootstrapRequest("bookworm", mirror="http://mirror.test/debian", timeout_seconds=1)
    with pytest.raises(ToolError, match="did not finish within 1 seconds"):
        mmdebstrap.Mmdebstrap().bootstrap(request, tmp_path / "root.tar", print)
    assert list(own_folders.iterdir()) == []


def test_the_next_call_removes_what_a_killed_one_left_but_nothing_in_use(
    install: Install, tmp_path: Path, own_folders: Path
) -> None:
    tool = install("mmdebstrap", 'mkdir "$TMPDIR/root"; echo ready >&2; exec sleep 1000')
    script = (
        "import sys, tempfile\n"
        "from pathlib import Path\n"
        "from golden_images.adapters.debian import mmdebstrap\n"
        "from golden_images.ports import BootstrapRequest\n"
        "tempfile.tempdir, sys.executable = sys.argv[1], sys.argv[2]\n"
        "mmdebstrap.KEYRING = Path(sys.argv[3])\n"
        "mmdebstrap.user_namespace.available = lambda: False\n"
        "mmdebstrap.Mmdebstrap().bootstrap(BootstrapRequest('bookworm', mirror='http://mirror.test/debian'),\n"
        "    Path(sys.argv[4]), lambda line: print(line, flush=True))\n"
    )
    arguments = [own_folders, tool.with_name("python"), tmp_path / "keyring.gpg", tmp_path / "killed.tar"]
    killed = subprocess.Popen(
        [getattr(sys, "_base_executable", sys.executable), "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "plugins"), *sys.path])},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout is not None
    assert "ready\n" in killed.stdout
    (left,) = own_folders.iterdir()

    install("mmdebstrap", HONEST)
    mmdebstrap.Mmdebstrap().bootstrap(REQUEST, tmp_path / "one.tar", print)
    assert left.exists(), "it was in use"

    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()
    assert left.exists()

    def cleaned() -> bool:
        mmdebstrap.Mmdebstrap().bootstrap(REQUEST, tmp_path / "two.tar", print)
        return not left.exists()

    # The kernel ends the orphan in its own time; until then its folder is not touched.
    eventually(cleaned)
    assert list(own_folders.iterdir()) == []
