"""``make interop``: build the strangers, start a registry that has the referrers API, run the tests.

The tools are pinned in ``go.mod`` and built once into the user's cache. Without a Go toolchain there is
nothing to run, which one line says.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "golden-images" / "interop"
TOOLS = (
    "github.com/google/go-containerregistry/cmd/crane",
    "oras.land/oras/cmd/oras",
    "./registry",
)


def find_go() -> str | None:
    """On PATH, else where Go's own archive is unpacked to."""
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")


def build(go: str) -> Path:
    """The folder of the built tools; made anew when a pin, the registry's source or Go changed."""
    version = subprocess.run([go, "version"], check=True, capture_output=True, timeout=60).stdout
    sources = [HERE / "go.mod", HERE / "go.sum", HERE / "registry" / "main.go"]
    key = hashlib.sha256(version + b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    target = CACHE / key
    if target.is_dir():
        return target
    print("interop: building crane, oras and a registry (once; some minutes)", file=sys.stderr, flush=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        made = Path(folder) / "bin"
        made.mkdir()
        command = [go, "build", "-trimpath", "-mod=readonly", "-o", f"{made}/", *TOOLS]
        subprocess.run(command, cwd=HERE, check=True, timeout=1800)
        try:
            # Whole or not at all; another run may have been first.
            made.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    return target


def main() -> int:
    go = find_go()
    if go is None:
        print("interop: no Go toolchain found, so crane, oras and the referrers API were not tried")
        return 0
    tools = build(go)
    with subprocess.Popen([tools / "registry"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as registry:
        assert registry.stdin is not None
        assert registry.stdout is not None
        environment = os.environ | {
            "GOLDEN_IMAGES_INTEROP_REGISTRY": registry.stdout.readline().decode().strip(),
            "GOLDEN_IMAGES_INTEROP_TOOLS": str(tools),
        }
        suites = ["tests/contract/test_registry_contract.py", "tests/interop"]
        command = [sys.executable, "-m", "pytest", "-k", "interop", *suites, *sys.argv[1:]]
        status = subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=1800).returncode
        registry.stdin.close()
    return status


if __name__ == "__main__":
    raise SystemExit(main())
