"""Package URLs: what a package was built from.

A distribution lists vulnerabilities by source package; an image holds the binary packages of it. Tools
name now one, now the other.

Source: the package URL specification (purl-spec), its type ``deb``; ``upstream`` is syft's qualifier.
"""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=65536)
def source(purl: str) -> str:
    """``pkg:deb/debian/openssl@3.0.14-1`` for ``pkg:deb/debian/libssl3@3.0.14-1?…&upstream=openssl``: the
    source package where the qualifiers name one, else the package, in either case without qualifiers.
    What is no package URL is returned as it is."""
    # As late as this: only what reads a scan's answer needs it.
    from packageurl import PackageURL

    try:
        package = PackageURL.from_string(purl)
    except ValueError:
        return purl
    qualifiers = package.qualifiers if isinstance(package.qualifiers, dict) else {}
    name, _, version = str(qualifiers.get("upstream", "")).partition("@")
    built_from = PackageURL(
        package.type, package.namespace, name or package.name, version or package.version or None
    )
    return built_from.to_string()
