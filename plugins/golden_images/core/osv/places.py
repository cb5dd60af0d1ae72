"""Where a package of an SBOM is looked up: ecosystem, release and name in OSV's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from golden_images.core.inventory import Package
from golden_images.core.versions import order
from golden_images.core.versions.order import Order

_DEBIAN_RELEASES = {"buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14"}
_PYPI_SEPARATORS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Place:
    """``release`` is empty where the ecosystem has none, or nobody says which it is."""

    ecosystem: str
    release: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Ecosystem:
    #: Of a package's name, so that two spellings of one name are found.
    spelling: Callable[[str], str]
    order: Order
    #: The same, of what an image says that it holds.
    installed: Order
    #: Of ``12.5`` in ``debian-12.5``; None where an ecosystem is one for all distributions.
    release: Callable[[str], str] | None = None


def _debian(words: str) -> str:
    return _DEBIAN_RELEASES.get(words) or words.partition(".")[0]


def _ubuntu(words: str) -> str:
    return words.removesuffix(":LTS")


def _alpine(words: str) -> str:
    numbers = words.removeprefix("v").split(".")
    return "v" + ".".join(numbers[:2]) if numbers[0].isdecimal() else words


def _same(name: str) -> str:
    return name


def pypi_name(name: str) -> str:
    return _PYPI_SEPARATORS.sub("-", name).lower()


ECOSYSTEMS: Mapping[str, Ecosystem] = {
    "Debian": Ecosystem(_same, order.deb, order.installed_deb, _debian),
    "Ubuntu": Ecosystem(_same, order.deb, order.installed_deb, _ubuntu),
    "Alpine": Ecosystem(_same, order.apk, order.apk, _alpine),
    "PyPI": Ecosystem(pypi_name, order.pypi, order.pypi),
    "npm": Ecosystem(_same, order.semver, order.semver),
    # A package URL's own specification has module paths in lower case, Go has not.
    "Go": Ecosystem(str.lower, order.semver, order.semver),
}
_OF_KIND = {
    ("deb", "debian"): "Debian",
    ("deb", "ubuntu"): "Ubuntu",
    ("apk", "alpine"): "Alpine",
    ("pypi", ""): "PyPI",
    ("npm", ""): "npm",
    ("golang", ""): "Go",
}


def split(ecosystem: str) -> tuple[str, str]:
    """``Debian:12`` → ``Debian``, ``12``, in the words of :class:`Place`."""
    name, _, release = ecosystem.partition(":")
    known = ECOSYSTEMS.get(name)
    return name, known.release(release) if known and known.release and release else release


def ecosystem(kind: str, namespace: str, distribution: str) -> tuple[str, str] | None:
    """Its name and its release, for packages of a type; None for one that no ecosystem here is about.
    ``distribution``: ``debian-12``; of another one than the ``namespace`` no release is known."""
    name = _OF_KIND.get((kind, namespace)) or _OF_KIND.get((kind, ""))
    if name is None:
        return None
    known = ECOSYSTEMS[name]
    if known.release is None:
        return name, ""
    of, _, words = distribution.rpartition("-")
    return name, known.release(words) if of in ("", namespace) and words else ""


def place(package: Package, system: str) -> Place | None:
    """None for a kind of package that no ecosystem here is about. ``system``: the operating system of the
    SBOM, where the package says of none."""
    found = ecosystem(package.kind, package.namespace, package.distribution or system)
    if found is None:
        return None
    name, release = found
    if ECOSYSTEMS[name].release is not None:
        return Place(name, release, package.source, package.source_version)
    full = f"{package.namespace}/{package.name}" if package.namespace else package.name
    return Place(name, "", ECOSYSTEMS[name].spelling(full), package.version)
