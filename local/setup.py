"""Set-up on a bare Debian machine: ``python3 -m local.setup [--tests]`` (standard library only)."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Airflow's range, kept equal to ``requires-python``.
PYTHONS = ((3, 11), (3, 12), (3, 13))


def state_folder() -> Path:
    return Path(os.environ.get("GOLDEN_IMAGES_STATE") or ROOT / ".state").resolve()


def _other_python() -> str | None:
    """A supported Python under another name, when this one is not."""
    for major, minor in PYTHONS:
        found = shutil.which(f"python{major}.{minor}")
        if found and not subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode:
            return found
    return None


def setup() -> int:
    from local import debian, venv
    from local.console import LocalError, say, step

    state, tests = state_folder(), "--tests" in sys.argv[1:]
    if sys.prefix == sys.base_prefix and sys.version_info[:2] not in PYTHONS:
        version = ".".join(map(str, sys.version_info[:2]))
        raise LocalError(
            f"Python {version} is not supported",
            cause="Airflow runs on 3.11, 3.12 and 3.13",
            remedy="install python3.11 to python3.13, or name one: make PYTHON=/path/to/python3.13 demo",
        )
    prepared = venv.ready(ROOT)
    need_pip = not prepared and venv.find_uv(state / "uv") is None
    needs = debian.missing(tests=tests, need_pip=need_pip)
    if needs:
        with step("Debian packages") as progress:
            debian.install(needs, state / "log/setup.log", progress)
        importlib.invalidate_caches()
    else:
        say("[ok] Debian packages: nothing is missing")
    if prepared:
        say("[ok] Python packages: as requirements.lock says")
    else:
        with step("Python packages, as requirements.lock says") as progress:
            venv.make(ROOT, state, progress)
    return 0


if __name__ == "__main__":
    if sys.version_info[:2] not in PYTHONS:
        other = _other_python()
        if other:
            os.execv(other, [other, "-m", "local.setup", *sys.argv[1:]])  # noqa: S606 - the same program, another Python
    from local.console import main

    main(setup)
