from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from local import console, debian, venv
from local.console import LocalError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with no program at all, and no engine."""
    monkeypatch.setattr(debian, "which", lambda name: None)
    monkeypatch.setattr(debian, "engine_answers", lambda *_: False)
    monkeypatch.delenv("GOLDEN_IMAGES_REGISTRY", raising=False)


def packages(**options: bool) -> set[str]:
    return {need.package for need in debian.missing(**{"tests": False, "need_pip": False, **options})}


def test_a_bare_machine_needs_everything(bare) -> None:
    assert {"docker.io", "iptables", "docker-registry", "mmdebstrap", "gpgv"} <= packages()


def test_an_engine_that_answers_is_not_doubled(bare, monkeypatch) -> None:
    monkeypatch.setattr(debian, "engine_answers", lambda *_: True)
    monkeypatch.setattr(debian, "which", lambda name: "/usr/bin/docker" if name == "docker" else None)

    assert not {"docker.io", "iptables"} & packages()


def test_a_registry_that_is_named_is_not_doubled(bare, monkeypatch) -> None:
    monkeypatch.setenv("GOLDEN_IMAGES_REGISTRY", "registry.example:5000")

    assert "docker-registry" not in packages()


@pytest.mark.parametrize(
    ("release", "package"),
    [
        ({"ID": "debian", "VERSION_ID": "12"}, "docker.io"),
        ({"ID": "debian", "VERSION_ID": "13"}, "docker-cli"),
        ({"ID": "debian"}, "docker-cli"),
        ({"ID": "ubuntu", "VERSION_ID": "24.04"}, "docker.io"),
    ],
)
def test_the_docker_command_is_found_before_apt_knows_any_package(
    bare, monkeypatch, release: dict[str, str], package: str
) -> None:
    monkeypatch.setattr(debian.platform, "freedesktop_os_release", lambda: release)
    monkeypatch.setattr(debian, "engine_answers", lambda *_: True)

    assert package in packages()
    assert not ({"docker.io", "docker-cli"} - {package}) & packages()


def test_some_programs_are_for_the_tests_alone(bare) -> None:
    assert not {"skopeo", "chromium"} & packages()
    assert {"skopeo", "chromium"} <= packages(tests=True)


def test_without_root_the_command_to_run_is_named(bare, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(debian, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(debian.os, "geteuid", lambda: 1000)
    needs = [debian.Need("mmdebstrap", "makes the root base"), debian.Need("gpgv", "checks signatures")]

    with pytest.raises(LocalError) as caught:
        debian.install(needs, tmp_path / "log", console.Step("packages"))

    assert "apt-get install --yes --no-install-recommends gpgv mmdebstrap" in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_uv_of_our_own_is_made_where_there_is_none(monkeypatch, tmp_path) -> None:
    """Also beside an environment that stands: the dag-factory benchmark makes a second one."""
    made = tmp_path / "uv/bin/uv"

    def run(command, **_) -> None:
        if "pip" in command:
            made.parent.mkdir(parents=True)
            made.write_text("#!/bin/sh\n")
            made.chmod(0o755)

    monkeypatch.setattr(venv.shutil, "which", lambda name: None)
    monkeypatch.setattr(venv, "run", run)
    assert venv.uv_of(tmp_path, console.Step("dag-factory")) == str(made)
    monkeypatch.setattr(venv, "run", lambda *_, **__: pytest.fail("made twice"))
    assert venv.uv_of(tmp_path, console.Step("dag-factory")) == str(made)


def test_uv_learns_what_pip_was_told() -> None:
    told = {"global.index-url": "https://mirror.example/simple", "global.cert": "/etc/ca.pem"}

    environment = venv.uv_environment({"PYTHONPATH": "/x"}, told)

    assert environment["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert environment["SSL_CERT_FILE"] == "/etc/ca.pem"
    assert "PYTHONPATH" not in environment


def test_what_uv_was_told_itself_wins() -> None:
    told = {"global.index-url": "https://mirror.example/simple", "global.cert": "/etc/ca.pem"}

    environment = venv.uv_environment(
        {"UV_DEFAULT_INDEX": "https://own.example", "SSL_CERT_FILE": "/own"}, told
    )

    assert environment["UV_DEFAULT_INDEX"] == "https://own.example"
    assert environment["SSL_CERT_FILE"] == "/own"


def test_the_environment_is_ready_until_the_lock_file_changes(tmp_path) -> None:
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text("one")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    assert not venv.ready(tmp_path)
    (tmp_path / ".venv/.golden-images").write_text(venv.stamp_of(tmp_path))
    assert venv.ready(tmp_path)

    (tmp_path / "requirements.lock").write_text("two")

    assert not venv.ready(tmp_path)


def test_set_up_and_stopping_need_the_standard_library_alone() -> None:
    """``-S`` leaves site-packages out, as on a machine where there are none yet."""
    modules = "local.setup, local.debian, local.venv, local.down, local.stack.stack"
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import {modules}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_a_failed_command_shows_its_last_words(tmp_path) -> None:
    with pytest.raises(LocalError) as caught:
        console.run(["sh", "-c", "echo no space left; exit 7"], log=tmp_path / "log")

    assert "exit code 7" in str(caught.value)
    assert "no space left" in str(caught.value)


def test_a_command_that_hangs_is_ended(tmp_path) -> None:
    with pytest.raises(LocalError, match="failed"):
        console.run(["sleep", "600"], log=tmp_path / "log", timeout=0.2)
