"""How this machine reaches its package registries, for a root that has to reach them, too."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local.console import LocalError

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_SOURCES = ("etc/apt/sources.list", "etc/apt/sources.list.d/*.list", "etc/apt/sources.list.d/*.sources")
#: Of apt's settings those that say how files come; a program that looks for a proxy is not in the root.
_REACH = re.compile(r"Acquire::(Check-|Retries|https?::(?!Proxy-Auto-Detect))")
#: Of the environment what says how packages come, and how a terminal is written to.
_KEPT = re.compile(
    r"(https?|all|no)_proxy|PIP_((EXTRA_)?INDEX_URL|TRUSTED_HOST|DEFAULT_TIMEOUT|CERT)|"
    r"UV_(DEFAULT_INDEX|INDEX(_URL)?|HTTP_TIMEOUT)|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|TERM",
    re.IGNORECASE,
)
_FILES_OF_PIP = ("etc/pip.conf", "root/.config/pip/pip.conf", "root/.pip/pip.conf")


def sources(suite: str, machine: Path = Path("/")) -> list[str]:
    """Lines of apt for ``suite``, from the mirrors that the machine itself uses."""
    archive, security = mirrors(machine)
    return [
        f"deb {archive} {suite} main",
        f"deb {archive} {suite}-updates main",
        f"deb {security} {suite}-security main",
    ]


def mirrors(machine: Path = Path("/")) -> tuple[str, str]:
    """Addresses of Debian's archive and of its security archive. Raises LocalError where apt has none."""
    text = "\n".join(
        path.read_text(errors="replace") for name in _SOURCES for path in sorted(machine.glob(name))
    )
    text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found = [
        re.search(rf"https?://\S+/{last}(?=/?\s|/?$)", text, re.M) for last in ("debian", "debian-security")
    ]
    archive, security = (match[0] if match else "" for match in found)
    if not archive:
        raise LocalError(
            "this machine's apt names no archive of Debian, so none is known for the root",
            cause=f"none of {', '.join(_SOURCES)} has an address that ends in /debian",
            remedy="name one there",
        )
    return archive, security or f"{archive}-security"


def apt_settings(dump: str) -> list[str]:
    """Of what ``apt-config dump`` says, how files come (proxies, certificates, checks of dates)."""
    return [line for line in dump.splitlines() if _REACH.match(line)]


def apt_dump() -> str:
    return subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout


def environment(caller: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a command in the root gets. A file of certificates is the root's own, which is a copy."""
    kept = {name: value for name, value in caller.items() if _KEPT.fullmatch(name)}
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"):
        if name in kept:
            kept[name] = CERTIFICATES
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {**kept, "PATH": path, "HOME": "/root", "LANG": "C.UTF-8"}


def settle(root: Path, machine: Path = Path("/")) -> None:
    """Copies certificates and the settings of apt and pip into ``root``, never into what is cached."""
    (root / "etc/apt/apt.conf.d/90machine").write_text("\n".join([*apt_settings(apt_dump()), ""]))
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    # The network's own name server, which asks the machine's (slirp4netns(1)).
    (root / "etc/resolv.conf").write_text("nameserver 10.0.2.3\n")
    (root / "etc/hostname").write_text("bare\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n127.0.1.1 bare\n")
    for name in (CERTIFICATES.lstrip("/"), *_FILES_OF_PIP):
        if (machine / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(machine / name, root / name)
