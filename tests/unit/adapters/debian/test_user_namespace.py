"""A real namespace where the kernel lets the tests make one; where it does not, that is what is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from golden_images.adapters import process
from golden_images.adapters.debian import user_namespace


@pytest.fixture(autouse=True)
def asked_anew() -> None:
    user_namespace.available.cache_clear()


def test_root_inside_is_nobody_outside(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "secret").write_text("roots alone")
    lines: list[str] = []
    script = f"id -u; id -G; cat /proc/self/uid_map; cat {tmp_path}/secret; exit 7"
    argv = user_namespace.inside("sh", "-c", script)
    outcome = process.run(argv, timeout_seconds=30, log=lines.append)
    if not user_namespace.available():
        assert outcome.code != 7 or os.geteuid() != 0, "it works, and is said not to"
        return
    assert outcome.code == 7
    assert lines[:2] == ["0", "0"]
    assert lines[2].split() == ["0", str(user_namespace.FIRST_ID), "65536"]
    assert "Permission denied" in lines[3]
    assert "roots alone" not in "".join(lines)


def test_who_is_not_root_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not user_namespace.available()


def test_a_worker_where_nothing_can_be_started_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(user_namespace, "inside", lambda *argv: ["/nowhere/python", *argv])
    assert not user_namespace.available()


def test_a_kernel_that_refuses_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(user_namespace, "inside", lambda *argv: ["false"])
    assert not user_namespace.available()
