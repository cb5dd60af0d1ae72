"""Debian's ``docker-registry`` on a free port, by default of the loopback interface, its storage in a
temporary folder."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.services.certificates import Certificate

BINARY = "docker-registry"
LOGIN, PASSWORD = "builder", "open sesame"
#: bcrypt of PASSWORD, which is all that htpasswd files may hold and Python cannot compute.
HTPASSWD = f"{LOGIN}:$2b$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW\n"


def free_port(address: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


@dataclass
class RegistryService:
    """One registry process; it can be stopped, garbage-collected and started again on the same port."""

    folder: Path
    #: The ``auth`` section of the configuration.
    auth: Mapping[str, object] = field(default_factory=dict)
    #: Serves TLS with it.
    certificate: Certificate | None = None
    #: Of this machine. Engines take loopback for insecure: they ask it for no certificate.
    address: str = "127.0.0.1"
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.port = self.port or free_port(self.address)

    @property
    def host(self) -> str:
        return f"{self.address}:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "registry.log"

    def start(self) -> None:
        binary = shutil.which(BINARY)
        if binary is None:
            pytest.fail(f"{BINARY} is not installed (Debian package docker-registry)")
        for _ in range(3):
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    [binary, "serve", str(self._configuration())],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            if self._ready(self._process):
                return
            # Somebody may have taken the port since it was found free.
            self.stop()
            self.port = free_port(self.address)
        pytest.fail(f"{BINARY} did not start:\n{self.log.read_text()}")

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
        http: dict[str, object] = {"addr": self.host, "secret": "only-for-tests"}
        if self.certificate:
            files = {"certificate": self.certificate.certificate, "key": self.certificate.key}
            http["tls"] = {name: str(path) for name, path in files.items()}
        configuration: dict[str, object] = {
            "version": "0.1",
            "log": {"level": "info"},
            "storage": {
                "filesystem": {"rootdirectory": str(self.folder / "data")},
                "delete": {"enabled": True},
            },
            "http": http,
        }
        if self.auth:
            configuration["auth"] = self.auth
        path = self.folder / "config.yml"
        # JSON is YAML.
        path.write_text(json.dumps(configuration))
        return path

    def _ready(self, process: subprocess.Popen[bytes]) -> bool:
        end = time.monotonic() + 30
        while time.monotonic() < end and process.poll() is None:
            try:
                socket.create_connection((self.address, self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return process.poll() is None
        return False


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
    folder = tmp_path_factory.mktemp("registry-basic")
    htpasswd = folder / "htpasswd"
    htpasswd.write_text(HTPASSWD)
    service = RegistryService(folder, {"htpasswd": {"realm": "tests", "path": str(htpasswd)}})
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
