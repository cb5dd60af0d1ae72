"""Which matcher it is: what an answer depends on, beside the SBOM and the database."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

import golden_images.core

_LIBRARIES = ("cvss", "packageurl-python", "packaging", "semver")


@cache
def version() -> str:
    root = Path(golden_images.core.__file__).parent
    files = [root / "inventory.py", *(root / "osv").glob("*.py"), *(root / "versions").glob("*.py")]
    read = hashlib.sha256()
    for path in sorted(files):
        read.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for library in _LIBRARIES:
        read.update(f"{library} {metadata.version(library)}\0".encode())
    return f"{metadata.version('golden-images')}+{read.hexdigest()[:12]}"
