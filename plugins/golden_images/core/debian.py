"""Debian's own grammar for what an author may say of its archive.

These texts become arguments of apt and mmdebstrap and lines of a sources.list. Both sides ask here: the
schema, to tell the author, and the adapters, that nothing else ever reaches a command line.

Source: Debian policy 5.6.1 (package names), 5.6.12 (versions); apt-get(8) and sources.list(5) for what
either reads more into a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

#: apt reads a dash at the end as "remove", and a word that begins with ``?`` or ``~`` as a pattern.
_NAME = r"[a-z0-9][a-z0-9+.-]*[a-z0-9+.]"
_VERSION = r"(?:[0-9]+:)?[0-9](?:[A-Za-z0-9.+~-]*[A-Za-z0-9.+~])?"
_PACKAGE = re.compile(rf"{_NAME}(?::[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)?(?:={_VERSION})?")
_WORD = re.compile(r"[a-z0-9]+(?:[.+-]+[a-z0-9]+)*")
#: Without a login, which would stay in the image, and without blanks, options and queries. No ``%``
#: either: apt decodes it, and a line break in an address tells its downloader which file to write.
_MIRROR = re.compile(
    r"https?://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?"
    r"(?:/[A-Za-z0-9._~+-]+)*/?"
)
_WRITTEN = re.compile(r"[0-9]+:[A-Za-z0-9][A-Za-z0-9.+:~-]*|[A-Za-z0-9][A-Za-z0-9.+~-]*")
_LONGEST = 255
#: By the number that an image tells of itself. Source: debian.org/releases.
CODE_NAMES = {"11": "bullseye", "12": "bookworm", "13": "trixie", "14": "forky"}
#: By the platforms of the OCI image specification, where Debian's name is another.
_ARCHITECTURES = {
    **{"linux/386": "i386", "linux/mips64le": "mips64el", "linux/ppc64le": "ppc64el"},
    **{"linux/arm/v5": "armel", "linux/arm/v6": "armel", "linux/arm/v7": "armhf"},
}


def architecture(platform: str) -> str:
    """Debian's name of ``os/architecture[/variant]``."""
    return _ARCHITECTURES.get(platform, platform.split("/")[1])


def package(text: str) -> str:
    """What is wrong with a package to install, such as ``curl``, ``libc6:arm64``, ``jq=1.6-2``; or
    nothing."""
    if len(text) <= _LONGEST and _PACKAGE.fullmatch(text):
        return ""
    return f"{text!r} is no Debian package (name, name:architecture or name=version)"


def version(text: str) -> str:
    """What is wrong with a version that something is said to have; or nothing. More is taken than may be
    asked for: many a version begins with a letter."""
    return "" if _WRITTEN.fullmatch(text) else f"{text!r} is no version of Debian's"


def word(text: str) -> str:
    """What is wrong with a variant or an architecture; or nothing."""
    return "" if len(text) <= _LONGEST and _WORD.fullmatch(text) else f"{text!r} is no plain word"


def component(text: str) -> str:
    """What is wrong with an archive's component, such as ``non-free-firmware``; or nothing."""
    form = "is no component of an archive (such as main, contrib or non-free-firmware)"
    return f"{text!r} {form}" if word(text) else ""


def suite(text: str) -> str:
    """What is wrong with a suite's name; or nothing."""
    return f"{text!r} is no suite (a code name, such as bookworm)" if word(text) else ""


def mirror(text: str) -> str:
    """What is wrong with an archive's address; or nothing."""
    if len(text) <= _LONGEST and _MIRROR.fullmatch(text) and ".." not in text.split("/"):
        return ""
    if _has_login(text):
        # Not shown: it is a secret.
        return "an archive's address may hold no login: it would stand in the image"
    return f"{text!r} is no address of an archive (http:// or https://, a host and a plain path)"


def first_fault(check: Callable[[str], str], *texts: str) -> str:
    """The first thing that ``check`` finds wrong among ``texts``; or nothing."""
    return next((fault for text in texts if (fault := check(text))), "")


def _has_login(text: str) -> bool:
    try:
        return "@" in urlsplit(text).netloc
    except ValueError:
        return False
