"""Go programs of pinned modules, built once into the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "golden-images" / "interop"


def find_go() -> str | None:
    """On PATH, else where Go's own archive is unpacked to."""
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")


def build(
    go: str,
    module: Path,
    packages: Sequence[str],
    *,
    ldflags: str = "",
    environment: Mapping[str, str] | None = None,
    minutes: int = 30,
) -> Path:
    """The folder of the built ``packages``; made anew when a pin, a source, Go or its call changed."""
    own = dict(environment or {})
    version = subprocess.run([go, "version"], check=True, capture_output=True, timeout=60).stdout
    own_sources = (module / package for package in packages if package.startswith("./"))
    sources = [module / "go.mod", module / "go.sum"]
    sources += [path for folder in own_sources for path in sorted(folder.glob("*.go"))]
    call = repr((packages, ldflags, sorted(own.items()))).encode()
    content = b"".join(path.read_bytes() for path in sources)
    target = CACHE / hashlib.sha256(version + call + content).hexdigest()[:16]
    if target.is_dir():
        return target
    names = ", ".join(package.rpartition("/")[2] for package in packages)
    print(f"interop: building {names} of {module.name} (once; some minutes)", file=sys.stderr, flush=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        made = Path(folder) / "bin"
        made.mkdir()
        command = [
            go,
            "build",
            "-trimpath",
            "-mod=readonly",
            f"-ldflags={ldflags}",
            "-o",
            f"{made}/",
            *packages,
        ]
        subprocess.run(command, cwd=module, env=os.environ | own, check=True, timeout=60 * minutes)
        try:
            # Whole or not at all; another run may have been first.
            made.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    return target
