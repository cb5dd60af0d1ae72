"""Which archives serve a suite: the worker's own, so that none is named in the project."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from golden_images.adapters import process
from golden_images.core import debian
from golden_images.errors import InputError, ToolError
from golden_images.files import cache_folder, write_atomically

#: Signs Debian's Release files; shipped by the package debian-archive-keyring, in images, too.
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_UNSTABLE = ("sid", "unstable", "experimental")
_CODE_NAMES = ("bullseye", "bookworm", "trixie", "forky", "oldstable", "stable", "testing", *_UNSTABLE)
#: Where apt keeps what its answer depends on.
_APT = ("/etc/apt", "/etc/apt/sources.list.d", "/etc/apt/apt.conf.d", "/var/lib/apt/lists")
#: Names a worker's own configuration of apt: apt.conf(5).
_APT_CONFIG = "APT_CONFIG"
_FORMAT = "$(IDENTIFIER)|$(ORIGIN)|$(LABEL)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)"


@dataclass(frozen=True, slots=True)
class Archive:
    """``release`` is the folder below ``dists``, such as ``bookworm-security``."""

    uri: str
    release: str

    def line(self, components: Sequence[str]) -> str:
        """For a sources.list; the same key ring path holds inside the image."""
        refuse(debian.first_fault(debian.component, *components))
        return f"deb [signed-by={KEYRING}] {self.uri} {self.release} {' '.join(components)}"


@dataclass(frozen=True, slots=True)
class _Target:
    origin: str
    label: str
    release: str
    component: str
    uri: str


def archives(suite: str, mirror: str = "") -> tuple[Archive, ...]:
    """The suite, its updates and its security, in this order; the suite alone for unstable.

    ``mirror`` is the address of the ``debian`` archive; ``debian-security`` is expected beside it.
    Without it both are what the worker's apt uses. Raises ToolError if apt knows no Debian archive,
    InputError for what could be more than a suite and an address in a sources.list or in a request.
    """
    refuse(debian.suite(suite) or (debian.mirror(mirror) if mirror else ""))
    if mirror:
        main, security = mirror.rstrip("/"), _beside(mirror.rstrip("/"))
    else:
        main, security = _of_apt(suite)
    if suite in _UNSTABLE:
        return (Archive(main, suite),)
    return (
        Archive(main, suite),
        Archive(main, f"{suite}-updates"),
        Archive(security, f"{suite}-security"),
    )


def refuse(fault: str) -> None:
    """Raises InputError for a fault of :mod:`golden_images.core.debian`. The schema tells the author the
    same; here it holds for whoever calls."""
    if fault:
        raise InputError(
            "this cannot be asked of a package archive", cause=fault, remedy="correct base.bootstrap"
        )


def _beside(main: str) -> str:
    """The security archive beside ``main``, also where a snapshot's date follows."""
    head, found, tail = main.rpartition("/debian")
    return f"{head}/debian-security{tail}" if found and tail[:1] in ("", "/") else f"{main}-security"


def _of_apt(suite: str) -> tuple[str, str]:
    main, security = _sorted(_targets(), lambda row: row.origin == "Debian")
    if not main:
        # Before the first `apt-get update` nobody's origin is known: go by the names.
        known = {suite, *_CODE_NAMES}
        main, security = _sorted(
            _targets("--no-release-info"),
            lambda row: row.release.split("-")[0] in known and row.component == "main",
        )
    if not main:
        raise ToolError(
            f"no package archive is known for {suite}",
            endpoint="apt-get",
            cause="this worker's apt has no Debian archive among its sources",
            remedy="name one in the definition: base.bootstrap.mirror",
            retryable=False,
        )
    first_main = main.get(suite) or next(iter(main.values()))
    first_security = security.get(f"{suite}-security") or next(iter(security.values()), "")
    return first_main, first_security or _beside(first_main)


def _targets(*options: str) -> list[_Target]:
    apt = process.find("apt-get", "apt, or name a mirror in the definition (base.bootstrap.mirror)")
    rows = [row.split("|") for row in _listed(apt, *options).splitlines()]
    return [_Target(*row[1:]) for row in rows if row[0] == "Packages"]


def _listed(apt: str, *options: str) -> str:
    if _APT_CONFIG in os.environ:
        # Then its sources may be anywhere, and nothing tells when they changed.
        return _list(apt, *options)
    kept = cache_folder("sources") / _fingerprint(apt, *options)
    try:
        return kept.read_text()
    except OSError:
        listed = _list(apt, *options)
        write_atomically(kept, listed.encode())
        return listed


def _list(apt: str, *options: str) -> str:
    """What apt says; it costs a second of CPU, more than all else that a night's look needs."""
    own = {_APT_CONFIG: os.environ[_APT_CONFIG]} if _APT_CONFIG in os.environ else {}
    try:
        return subprocess.run(
            [apt, "indextargets", *options, "--format", _FORMAT],
            capture_output=True, text=True, timeout=30, check=True, env=process.environment(**own),
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolError("apt could not list its archives", endpoint="apt-get", cause=str(error)) from error


def _fingerprint(apt: str, *options: str) -> str:
    """Changes with apt's configuration, its sources and the lists that it has fetched."""
    state = [apt, *options]
    for folder in _APT:
        with suppress(OSError):
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                if entry.is_file():
                    status = entry.stat()
                    state.append(f"{entry.path} {status.st_mtime_ns} {status.st_size}")
    return hashlib.sha256("\n".join(state).encode()).hexdigest()


def _sorted(
    targets: Sequence[_Target], wanted: Callable[[_Target], bool]
) -> tuple[dict[str, str], dict[str, str]]:
    """Addresses of the main and of the security archive, by release."""
    main: dict[str, str] = {}
    security: dict[str, str] = {}
    for row in filter(wanted, targets):
        secure = row.label == "Debian-Security" or row.release.endswith("-security")
        (security if secure else main).setdefault(row.release, row.uri.rstrip("/"))
    return main, security
