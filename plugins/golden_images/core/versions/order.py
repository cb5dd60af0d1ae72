"""The orders by name, as keys for sorting. Each raises ValueError for what is no version of its kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from golden_images.core.versions import alpine, debian

Order = Callable[[str], Any]


def installed_deb(version: str) -> Any:
    """As strict as the manual about what an image says that it holds; an advisory is read as dpkg would."""
    if not debian.readable(version):
        raise ValueError(f"{version!r} is no version of Debian's")
    return debian.key(version)


deb: Order = debian.key


@lru_cache(maxsize=1 << 16)
def pypi(version: str) -> Any:
    from packaging.version import Version

    return Version(version)


@lru_cache(maxsize=1 << 16)
def semver(version: str) -> Any:
    """``1.2`` is ``1.2.0``, ``v1.2.3`` is ``1.2.3``, and what stands behind a plus sign says nothing."""
    from semver import Version

    return Version.parse(version.removeprefix("v"), optional_minor_and_patch=True)


apk: Order = alpine.key
