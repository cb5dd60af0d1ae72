"""Which archives serve a suite: the worker's own, so that none is named in the project."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from golden_images.adapters import process
from golden_images.errors import ToolError

#: Signs Debian's Release files; shipped by the package debian-archive-keyring, in images, too.
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_UNSTABLE = ("sid", "unstable", "experimental")
_FORMAT = "$(IDENTIFIER)|$(ORIGIN)|$(LABEL)|$(RELEASE)|$(REPO_URI)|$(SIGNED_BY)"


@dataclass(frozen=True, slots=True)
class Archive:
    """``release`` is the folder below ``dists``, such as ``bookworm-security``."""

    uri: str
    release: str

    def line(self, components: Sequence[str]) -> str:
        """For a sources.list; the same key ring path holds inside the image."""
        return f"deb [signed-by={KEYRING}] {self.uri} {self.release} {' '.join(components)}"


def archives(suite: str, mirror: str = "") -> tuple[Archive, ...]:
    """The suite, its updates and its security, in this order; the suite alone for unstable.

    ``mirror`` is the address of the ``debian`` archive; ``debian-security`` is expected beside it.
    Without it both are what the worker's apt uses. Raises ToolError if apt knows no Debian archive.
    """
    if mirror:
        main = mirror.rstrip("/")
        security = re.sub(r"/debian(?=/|$)(?!.*/debian(?:/|$))", "/debian-security", main)
        if security == main:
            security = f"{main}-security"
    else:
        main, security = _of_apt(suite)
    if suite in _UNSTABLE:
        return (Archive(main, suite),)
    return (
        Archive(main, suite),
        Archive(main, f"{suite}-updates"),
        Archive(security, f"{suite}-security"),
    )


def _of_apt(suite: str) -> tuple[str, str]:
    apt = process.find("apt-get", "apt, or name a mirror in the definition (base.bootstrap.mirror)")
    try:
        listed = subprocess.run(
            [apt, "indextargets", "--format", _FORMAT],
            capture_output=True, text=True, timeout=30, check=True, env=process.environment(),
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolError("apt could not list its archives", endpoint="apt-get", cause=str(error)) from error
    main: dict[str, str] = {}
    security: dict[str, str] = {}
    for row in listed.splitlines():
        identifier, origin, label, release, uri, signed = [*row.split("|"), "", "", "", "", ""][:6]
        # Origin is known once lists were fetched; before, the key ring tells.
        debian = origin == "Debian" or (origin in ("", "$(ORIGIN)") and "debian-archive" in signed)
        if identifier != "Packages" or not (debian or release.split("-")[0] == suite):
            continue
        found = security if label == "Debian-Security" or release.endswith("-security") else main
        found.setdefault(release, uri.rstrip("/"))
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
    return first_main, first_security or archives(suite, first_main)[-1].uri
