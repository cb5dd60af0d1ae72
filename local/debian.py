"""Debian packages: only what is really missing, in one installation."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from local.console import LocalError, Step, run

#: Debian's administrators' folders, which are not on every user's PATH.
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_POLICY = Path("/usr/sbin/policy-rc.d")
_POLICY_MARK = "golden-images"
DEFAULT_SOCKET = "/var/run/docker.sock"


@dataclass(frozen=True, slots=True)
class Need:
    """``package`` is asked for because ``reason``."""

    package: str
    reason: str


_OF_TESTS = (
    Need("skopeo", "reads what was released, as a stranger, in a test"),
    Need("chromium", "opens Airflow's pages in a test, as a person does"),
)


def which(name: str) -> str | None:
    """The program's path, looked for in PATH and in the system's folders."""
    path = os.environ.get("PATH", "") + os.pathsep + SYSTEM_PATH
    return shutil.which(name, path=path)


def engine_endpoint() -> str:
    return os.environ.get("DOCKER_HOST") or f"unix://{DEFAULT_SOCKET}"


def engine_answers(endpoint: str | None = None, timeout: float = 3.0) -> bool:
    """Whether a Docker Engine answers ``/_ping``; behind TLS, whether it accepts a connection."""
    endpoint = endpoint or engine_endpoint()
    scheme, _, rest = endpoint.partition("://")
    try:
        if scheme == "unix":
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(timeout)
            try:
                connection.connect(rest)
            except OSError:
                connection.close()
                raise
        elif scheme in ("tcp", "http", "https"):
            host, _, port = rest.strip("/").rpartition(":")
            connection = socket.create_connection((host.strip("[]"), int(port)), timeout)
            if scheme == "https" or os.environ.get("DOCKER_TLS_VERIFY"):
                connection.close()
                return True
        else:
            return False
        with connection:
            connection.sendall(b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except (OSError, ValueError):
        return False


def missing(*, tests: bool, need_pip: bool) -> list[Need]:
    """What this machine lacks, found by looking for the files themselves.

    ``need_pip``: a private pip has to be made from this Python, to bootstrap uv.
    """
    needs: list[Need] = []
    if not engine_answers():
        if not which("dockerd"):
            needs.append(Need("docker.io", f"no Docker Engine answers at {engine_endpoint()}"))
        if not which("iptables"):
            needs.append(Need("iptables", "Docker Engine makes its network with it"))
    if not which("docker"):
        needs.append(Need(_docker_cli(), "the image tests enter their container with the docker command"))
    if not which("docker-registry") and not os.environ.get("GOLDEN_IMAGES_REGISTRY"):
        needs.append(Need("docker-registry", "the local OCI registry"))
    if not which("mmdebstrap"):
        needs.append(Need("mmdebstrap", "makes the root base from Debian's archive"))
    if not which("gpgv"):
        needs.append(Need("gpgv", "checks the archive's signatures"))
    if not Path("/usr/share/keyrings/debian-archive-keyring.gpg").exists():
        needs.append(Need("debian-archive-keyring", "the archive's public keys"))
    if not Path("/etc/ssl/certs/ca-certificates.crt").exists():
        needs.append(Need("ca-certificates", "the certificates of the package registries"))
    if need_pip and not importlib.util.find_spec("ensurepip"):
        needs.append(Need("python3-venv", "uv comes through pip, and this Python has none to make one from"))
    if tests:
        needs += [need for need in _OF_TESTS if not which(need.package)]
    seen: dict[str, Need] = {}
    for need in needs:
        seen.setdefault(need.package, need)
    return list(seen.values())


def _docker_cli() -> str:
    """Debian 13 splits the command off; Debian 12, and what is made from Debian, has it in docker.io.

    apt is not asked: on a fresh machine it knows no package before its first update.
    """
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return "docker.io"
    alone = release["ID"] == "debian" and release.get("VERSION_ID") != "12"
    return "docker-cli" if alone else "docker.io"


def root_prefix() -> list[str] | None:
    """What to put before a command to run it as root: nothing for root, ``sudo -n`` where it asks
    no password; None if there is no way."""
    if os.geteuid() == 0:
        return []
    if which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False, timeout=30)
        if asked.returncode == 0:
            return ["sudo", "-n"]
    return None


def install(needs: list[Need], log: Path, progress: Step) -> None:
    """One update and one installation. Without root, raises LocalError with the command to run."""
    names = sorted(need.package for need in needs)
    by_hand = f"sudo apt-get update && sudo apt-get install --yes --no-install-recommends {' '.join(names)}"
    if not which("apt-get"):
        raise LocalError(
            "this machine has no apt-get",
            cause="only Debian is set up by itself",
            remedy=f"install what gives you {', '.join(names)}, then run this again",
        )
    prefix = root_prefix()
    if prefix is None:
        reasons = "\n".join(f"{need.package}: {need.reason}" for need in needs)
        raise LocalError(
            "Debian packages are missing, and there is neither root nor sudo without a password",
            cause=reasons,
            remedy=f"run this, then the command again:\n{by_hand}",
        )
    apt = [
        *prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--yes", "--quiet",
        "-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=60", "-o", "Acquire::https::Timeout=60",
        "-o", "DPkg::Lock::Timeout=300",
    ]  # fmt: skip

    def show(line: str) -> None:
        progress.note = line

    with _services_held_back(prefix):
        run([*apt, "update"], log=log, timeout=600, on_line=show)
        run([*apt, "install", "--no-install-recommends", *names], log=log, timeout=1800, on_line=show)
    progress.note = ", ".join(names)


class _services_held_back:  # noqa: N801 - used as a statement
    """Debian starts a service with its package: the registry would listen on every address.

    ``policy-rc.d`` is Debian's own switch for that; one that exists already is left alone.
    """

    def __init__(self, prefix: list[str]) -> None:
        self._prefix = prefix
        self._ours = not _POLICY.exists() or _POLICY_MARK in _POLICY.read_text(errors="replace")

    def __enter__(self) -> None:
        if self._ours:
            script = f"#!/bin/sh\n# {_POLICY_MARK}: set-up in progress\nexit 101\n"
            subprocess.run(
                [*self._prefix, "tee", str(_POLICY)],
                input=script,
                text=True,
                stdout=subprocess.DEVNULL,
                check=True,
            )
            subprocess.run([*self._prefix, "chmod", "755", str(_POLICY)], check=True)

    def __exit__(self, *exception: object) -> None:
        if self._ours:
            subprocess.run([*self._prefix, "rm", "-f", str(_POLICY)], check=False)
        if Path("/run/systemd/system").exists():
            # Nor should the registry come up with the next boot; ours runs from the state folder.
            subprocess.run(
                [*self._prefix, "systemctl", "disable", "docker-registry"], capture_output=True, check=False
            )
