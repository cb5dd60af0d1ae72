from __future__ import annotations

import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from local.stack.airflow import settings, write_settings
from local.stack.state import State


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "state")
    state.prepare()
    return state


def test_ports_are_remembered_and_differ(state) -> None:
    ports = [state.port("api"), state.port("registry"), state.port("database")]

    assert len(set(ports)) == 3
    assert [State(state.folder).port(name) for name in ("api", "registry", "database")] == ports


def test_a_new_port_replaces_the_remembered_one(state) -> None:
    old = state.port("api")
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", old))
        stranger.listen()
        new = state.new_port("api")

    assert new != old
    assert state.port("api") == new


def test_secrets_are_made_once(state) -> None:
    assert State(state.folder).secrets() == state.secrets()


def test_no_secret_is_readable_by_others(state, tmp_path) -> None:
    write_settings(
        state, settings(state, tmp_path, registry="127.0.0.1:5000", engine="unix:///var/run/docker.sock")
    )
    secrets = state.secrets().values()

    assert stat.S_IMODE(state.folder.stat().st_mode) == 0o700
    holding = [
        path
        for path in state.folder.rglob("*")
        if path.is_file() and any(s in path.read_text() for s in secrets)
    ]
    assert {path.name for path in holding} == {"secrets.json", "passwords.json", "airflow.env"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in holding} == {0o600}


def test_settings_are_read_back_as_written_and_changes_are_seen(state, tmp_path) -> None:
    values = settings(state, tmp_path, registry="127.0.0.1:5000", engine="unix:///var/run/docker.sock")

    assert write_settings(state, values) is True
    assert state.environment() == values
    assert write_settings(state, values) is False
    assert write_settings(state, {**values, "AIRFLOW__API__PORT": "1"}) is True


def test_any_shell_reads_the_settings(state, tmp_path) -> None:
    values = settings(state, tmp_path / "it's here", registry="127.0.0.1:5000", engine="unix:///x.sock")
    write_settings(state, values)

    read = subprocess.run(
        ["sh", "-euc", '. "$1"; exec env -0', "sh", str(state.environment_file)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )

    assert values.items() <= dict(entry.split("=", 1) for entry in read.stdout.split("\0") if entry).items()


def test_settings_of_an_earlier_version_are_written_anew(state, tmp_path) -> None:
    state.environment_file.write_text('A={"it\'s": 1}\n')
    values = settings(state, tmp_path, registry="127.0.0.1:5000", engine="unix:///x.sock")

    assert write_settings(state, values) is True
    assert state.environment() == values


def test_airflows_own_database_is_reached_by_the_driver_that_all_its_pages_work_with(state, tmp_path) -> None:
    values = settings(state, tmp_path, registry="127.0.0.1:5000", engine="unix:///x.sock")

    assert values["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("postgresql+psycopg2://")
    assert values["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"].startswith("postgresql+psycopg://")


def test_everything_listens_on_loopback(state, tmp_path) -> None:
    values = settings(state, tmp_path, registry="127.0.0.1:5000", engine="unix:///var/run/docker.sock")

    assert values["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert "@127.0.0.1:" in values["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]


def test_a_crash_while_writing_leaves_the_old_content(state) -> None:
    state.write("ports.json", {"api": 1})
    (state.folder / ".ports.json.999").write_text('{"api": ')

    assert state.port("api") == 1
