"""The state folder: ports, secrets and settings that survive from one start to the next."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import shlex
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.console import say

#: The ports of one stack, all on loopback.
PORTS = ("api", "registry", "database")


class State:
    """One stack's folder. Nothing of the stack is outside, and nothing in it is for other users."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def prepare(self) -> None:
        for path in (self.folder, self.logs, self.records, self.airflow):
            path.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One start or stop at a time; the lock goes with the process that holds it."""
        with (self.folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"[..] another command starts or stops {self.folder}; waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def records(self) -> Path:
        return self.folder / "run"

    @property
    def airflow(self) -> Path:
        return self.folder / "airflow"

    @property
    def environment_file(self) -> Path:
        return self.folder / "airflow.env"

    def log(self, component: str) -> Path:
        return self.logs / f"{component}.log"

    def read(self, name: str) -> dict[str, Any]:
        """A JSON file of the folder; empty if there is none or a crash left it unreadable."""
        try:
            content = json.loads((self.folder / name).read_text())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def write(self, name: str, content: dict[str, Any]) -> None:
        write_private(self.folder / name, json.dumps(content, indent=2) + "\n")

    def port(self, name: str) -> int:
        """The remembered port, else a free one, from now on remembered."""
        ports = self.read("ports.json")
        if name not in ports:
            return self.new_port(name)
        return int(ports[name])

    def new_port(self, name: str) -> int:
        """Another free port, for when a stranger took the remembered one."""
        ports = self.read("ports.json")
        taken = {int(port) for port in ports.values()}
        port = free_port()
        while port in taken:
            port = free_port()
        self.write("ports.json", {**ports, name: port})
        return port

    def secrets(self) -> dict[str, str]:
        """Generated once: admin password, database password, keys of Airflow. 0600."""
        known = self.read("secrets.json")
        fresh = {
            "admin_password": secrets.token_urlsafe(12),
            "database_password": secrets.token_urlsafe(24),
            "jwt_secret": secrets.token_urlsafe(48),
            "api_secret_key": secrets.token_urlsafe(48),
            "registry_secret": secrets.token_urlsafe(24),
            "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        }
        merged = {**fresh, **{key: str(value) for key, value in known.items()}}
        if merged != known:
            self.write("secrets.json", merged)
        return merged

    def environment(self) -> dict[str, str]:
        """``airflow.env`` as a mapping; empty before the first start."""
        try:
            lines = self.environment_file.read_text().splitlines()
        except OSError:
            return {}
        pairs = (line.removeprefix("export ").partition("=") for line in lines if not line.startswith("#"))
        try:
            return {key: "".join(shlex.split(value)) for key, equals, value in pairs if equals}
        except ValueError:
            # Of an earlier version, which quoted nothing.
            return {}


def write_private(path: Path, text: str) -> None:
    """Atomically, readable by nobody else at any moment."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
