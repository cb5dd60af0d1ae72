"""``make interop``: build the strangers, start a registry that has the referrers API, run the tests.

The tools are pinned in ``go.mod`` and built once into the user's cache. Without a Go toolchain there is
nothing to run, which one line says.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.interop.building import build, find_go

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOOLS = (
    "github.com/google/go-containerregistry/cmd/crane",
    "oras.land/oras/cmd/oras",
    "./registry",
)


def main() -> int:
    go = find_go()
    if go is None:
        print("interop: no Go toolchain found, so crane, oras and the referrers API were not tried")
        return 0
    tools = build(go, HERE, TOOLS)
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
