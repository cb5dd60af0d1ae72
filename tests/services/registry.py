"""Debian's ``docker-registry`` on a free port of the loopback interface, storage in a temporary folder."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

BINARY = "docker-registry"
LOGIN, PASSWORD = "builder", "open sesame"
#: bcrypt of PASSWORD, which is all that htpasswd files may hold and Python cannot compute.
HTPASSWD = f"{LOGIN}:$2b$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class RegistryService:
    """One registry process; it can be stopped, garbage-collected and started again on the same port."""

    folder: Path
    authenticated: bool = False
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "registry.log"

    def start(self) -> None:
        binary = shutil.which(BINARY)
        if binary is None:
            pytest.fail(f"{BINARY} is not installed (Debian package docker-registry)")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [binary, "serve", str(self._configuration())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    def collect_garbage(self) -> str:
        """``garbage-collect -m``: untagged manifests go, too. The registry must be stopped."""
        assert self._process is None, "garbage collection beside a running registry loses uploads"
        return subprocess.run(
            [BINARY, "garbage-collect", "-m", str(self._configuration())],
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        ).stdout

    def _configuration(self) -> Path:
        # JSON is YAML.
        configuration: dict[str, object] = {
            "version": "0.1",
            "log": {"level": "info"},
            "storage": {
                "filesystem": {"rootdirectory": str(self.folder / "data")},
                "delete": {"enabled": True},
            },
            "http": {"addr": self.host, "secret": "only-for-tests"},
        }
        if self.authenticated:
            htpasswd = self.folder / "htpasswd"
            htpasswd.write_text(HTPASSWD)
            configuration["auth"] = {"htpasswd": {"realm": "tests", "path": str(htpasswd)}}
        path = self.folder / "config.yml"
        path.write_text(json.dumps(configuration))
        return path

    def _wait(self) -> None:
        assert self._process is not None
        end = time.monotonic() + 30
        with httpx.Client(trust_env=False) as client:
            while time.monotonic() < end and self._process.poll() is None:
                try:
                    if client.get(f"http://{self.host}/v2/").status_code in (200, 401):
                        return
                except httpx.TransportError:
                    time.sleep(0.02)
        pytest.fail(f"{BINARY} did not start on {self.host}:\n{self.log.read_text()}")


@pytest.fixture(scope="session")
def registry_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryService]:
    """A registry without authentication, shared by the session: use a repository of your own."""
    service = RegistryService(tmp_path_factory.mktemp("registry"))
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def basic_auth_registry_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryService]:
    """A registry that wants a login (``LOGIN``, ``PASSWORD``) by basic authentication."""
    service = RegistryService(tmp_path_factory.mktemp("registry-basic"), authenticated=True)
    service.start()
    yield service
    service.stop()


@pytest.fixture
def own_registry_service(tmp_path: Path) -> Iterator[RegistryService]:
    """A registry of the test's own, to stop, collect and start."""
    service = RegistryService(tmp_path)
    service.start()
    yield service
    service.stop()
