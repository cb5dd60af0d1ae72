"""Package URLs: what a package was built from.

A distribution lists vulnerabilities by source package; an image holds the binary packages of it. Tools
name now one, now the other.
"""

from __future__ import annotations

from golden_images.core.inventory import package


def source(purl: str) -> str:
    """``pkg:deb/debian/openssl@3.0.14-1`` for ``pkg:deb/debian/libssl3@3.0.14-1?…&upstream=openssl``: the
    source package where the qualifiers name one, else the package, in either case without qualifiers.
    What is no package URL is returned as it is."""
    # As late as this: only what reads a scan's answer needs it.
    from packageurl import PackageURL

    read = package(purl)
    if read is None:
        return purl
    namespace, version = read.namespace or None, read.source_version or None
    return PackageURL(read.kind, namespace, read.source, version).to_string()
