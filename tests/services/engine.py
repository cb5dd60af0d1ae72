"""The machine's Docker Engine, and a base image with a shell that no registry is needed for."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path

import docker
import pytest

from golden_images.adapters.engine import DockerEngine

ENDPOINT = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")


def bridge_address(engine: docker.APIClient) -> str:
    """This machine's end of the engine's bridge. Docker 20.10 leaves it out of the first one that it makes;
    it is the network's first address."""
    (network,) = engine.inspect_network("bridge")["IPAM"]["Config"]
    return str(network.get("Gateway") or ip_network(network["Subnet"])[1])


def client() -> docker.APIClient:
    return docker.APIClient(base_url=ENDPOINT, version="auto", timeout=60)


@pytest.fixture(scope="session")
def engine_client() -> Iterator[docker.APIClient]:
    """For looking at what the engine holds; fails loudly where there is none."""
    try:
        made = client()
        made.ping()
    except Exception as error:
        pytest.fail(f"no Docker Engine answers at {ENDPOINT}; start it, or set DOCKER_HOST ({error})")
    yield made
    made.close()


@pytest.fixture
def docker_engine(engine_client: docker.APIClient) -> Iterator[DockerEngine]:
    own = client()
    yield DockerEngine(lambda: own, ENDPOINT)
    own.close()


@pytest.fixture(scope="session")
def shell_image(engine_client: docker.APIClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A local image of 2 MB with ``/bin/sh`` and a few tools, made of this machine's static busybox."""
    tag = f"golden-images-test-shell:{uuid.uuid4().hex[:12]}"
    content = io.BytesIO()
    busybox = _busybox(tmp_path_factory.mktemp("busybox"))
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for folder in ("bin", "etc", "tmp", "run", "proc", "sys", "dev"):
            member = tarfile.TarInfo(folder)
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(member)
        archive.add(busybox, "bin/busybox")
        for tool in ("sh", "sleep", "echo", "dd", "cat", "seq", "true", "false", "id", "touch", "ls", "test"):
            member = tarfile.TarInfo(f"bin/{tool}")
            member.type, member.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(member)
    name, _, version = tag.partition(":")
    engine_client.import_image_from_data(content.getvalue(), repository=name, tag=version)
    yield tag
    engine_client.remove_image(tag, force=True)


@contextmanager
def trusted(host: str, authority: Path) -> Iterator[None]:
    """The engine on this machine trusts ``authority`` for the registry ``host`` (``host:port``); it looks
    at each pull and push, so it is not started anew."""
    folder = Path("/etc/docker/certs.d") / host
    by = [] if os.access("/etc", os.W_OK) else ["sudo", "-n"]
    subprocess.run([*by, "mkdir", "-p", str(folder)], check=True)
    try:
        subprocess.run([*by, "cp", str(authority), str(folder / "ca.crt")], check=True)
        yield
    finally:
        subprocess.run([*by, "rm", "-r", str(folder)], check=True)


def _busybox(folder: Path) -> Path:
    installed = shutil.which("busybox")
    if installed and "dynamically" not in _kind(installed):
        return Path(installed)
    # Not installed: its package is fetched, but nothing on this machine is changed.
    try:
        for command in (
            ["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", "busybox-static"],
            ["sh", "-c", "dpkg-deb -x busybox-static_*.deb ."],
        ):
            subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=120)
    except subprocess.SubprocessError as error:
        detail = getattr(error, "stderr", "")
        pytest.fail(f"tests need Debian's busybox-static: install it, or let apt fetch it ({error} {detail})")
    return next(path for path in (folder / "bin/busybox", folder / "usr/bin/busybox") if path.exists())


def _kind(binary: str) -> str:
    """``dynamically …`` for a binary that asks for a loader (ELF's .interp), else empty."""
    return "dynamically linked" if b"/ld-linux" in Path(binary).read_bytes() else ""
