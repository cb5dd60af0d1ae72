"""Import: a file or a folder of this machine becomes a database of ours."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from golden_images.advisories.formats import found
from golden_images.advisories.store import Store, Stored
from golden_images.core.note import tidy
from golden_images.errors import InputError


def import_(
    store: Store,
    path: Path,
    *,
    name: str = "",
    ecosystem: str = "",
    older: bool = False,
    alone: bool = False,
    source: str = "",
    version: str = "",
) -> Stored:
    """``name`` and ``ecosystem`` as in :func:`golden_images.advisories.formats.found.read`, ``older`` and
    ``alone`` as in :meth:`Store.put`; ``source`` tells where it came from, by default the file's name;
    ``version`` replaces its own."""
    if not path.exists():
        raise InputError(f"{path} does not exist")
    with tempfile.TemporaryDirectory(prefix="golden-images-advisories-") as work:
        content = found.read(path, Path(work), name, ecosystem)
        if version:
            content = replace(content, version=version)
        return store.put(content, source or tidy(path.resolve().name), older=older, alone=alone)
