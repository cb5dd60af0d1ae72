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


def place(package: Package, system: str) -> Place | None:
    """None for a kind of package that no ecosystem here is about. ``system``: the operating system of the
    SBOM, where the package says of none."""
    of_distribution = (package.kind, package.namespace)
    name = _OF_KIND.get(of_distribution) or _OF_KIND.get((package.kind, ""))
    if name is None:
        return None
    known = ECOSYSTEMS[name]
    if known.release is None:
        full = f"{package.namespace}/{package.name}" if package.namespace else package.name
        return Place(name, "", known.spelling(full), package.version)
    distribution, _, words = (package.distribution or system).rpartition("-")
    about = distribution in ("", package.namespace)
    release = known.release(words) if about and words else ""
    return Place(name, release, package.source, package.source_version)


def system(at: Place) -> str:
    """``debian-12``, as an SBOM names it; empty where the ecosystem is one for all distributions."""
    if ECOSYSTEMS[at.ecosystem].release is None or not at.release:
        return ""
    return f"{at.ecosystem.lower()}-{at.release.removeprefix('v')}"


def purl(at: Place) -> str:
    """The package URL that is looked up at ``at``; of a distribution, a binary package with the name and
    the version of its source."""
    from packageurl import PackageURL

    kind, namespace = next(words for words, name in _OF_KIND.items() if name == at.ecosystem)
    if namespace:
        qualifiers = {"arch": "x86_64" if kind == "apk" else "amd64", "distro": system(at)}
        return PackageURL(kind, namespace, at.name, at.version, qualifiers).to_string()
    parent, _, name = at.name.rpartition("/")
    return PackageURL(kind, parent or None, name, at.version).to_string()
