"""The virtual environment, exactly as ``requirements.lock`` says; uv is bootstrapped if absent."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local.console import LocalError, Step, run

#: pip's settings and what uv calls them. uv reads none of pip's on its own, and a machine that
#: reaches its index only through them would find nothing.
_PIP_TO_UV = {
    "global.index-url": "UV_DEFAULT_INDEX",
    "global.extra-index-url": "UV_INDEX",
    "global.cert": "SSL_CERT_FILE",
}


def stamp_of(root: Path) -> str:
    """Changes whenever the environment would."""
    content = hashlib.sha256(str(root).encode())
    for name in ("requirements.lock", "pyproject.toml"):
        content.update((root / name).read_bytes())
    return content.hexdigest()


def ready(root: Path) -> bool:
    stamp = root / ".venv" / ".golden-images"
    try:
        return stamp.read_text() == stamp_of(root) and os.access(root / ".venv/bin/python", os.X_OK)
    except OSError:
        return False


def find_uv(tools: Path) -> str | None:
    """A uv that really runs (a version manager's stand-in may not), the private one last."""
    for candidate in (shutil.which("uv"), str(tools / "bin/uv")):
        if not candidate:
            continue
        try:
            done = subprocess.run([candidate, "--version"], capture_output=True, check=False, timeout=60)
        except OSError:
            continue
        if done.returncode == 0:
            return candidate
    return None


def uv_of(state: Path, progress: Step) -> str:
    """A uv that runs: the user's or the private one, which is made where there is neither."""
    tools = state / "uv"
    return find_uv(tools) or bootstrap_uv(tools, state / "log/setup.log", progress)


def bootstrap_uv(tools: Path, log: Path, progress: Step) -> str:
    """uv in an environment of its own; the user's Python is not touched."""
    progress.note = "uv"
    shutil.rmtree(tools, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(tools)], log=log, timeout=300)
    run(
        [
            str(tools / "bin/python"),
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--retries",
            "5",
            "uv",
        ],
        log=log,
        timeout=900,
    )
    uv = find_uv(tools)
    if uv is None:
        raise LocalError("uv was installed but does not run", cause=f"{tools}/bin/uv", remedy=f"see {log}")
    return uv


def uv_environment(environment: Mapping[str, str], pip_settings: Mapping[str, str]) -> dict[str, str]:
    """The environment for uv: the caller's, filled up with what pip was told.

    What uv or the user was told directly wins. ``pip_settings`` is keyed as ``pip config list``
    prints it.
    """
    result = dict(environment)
    result.setdefault("UV_HTTP_TIMEOUT", "120")
    for name in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON", "PYTHONHOME", "PYTHONPATH"):
        result.pop(name, None)
    if not ({"UV_INDEX_URL", "UV_INDEX", "UV_DEFAULT_INDEX"} & set(environment)):
        for key in ("global.index-url", "global.extra-index-url"):
            if pip_settings.get(key):
                result[_PIP_TO_UV[key]] = pip_settings[key]
    if pip_settings.get("global.cert"):
        result.setdefault("SSL_CERT_FILE", pip_settings["global.cert"])
    return result


def pip_settings() -> dict[str, str]:
    """pip's configuration files and variables, merged (variables win, as in pip itself)."""
    found: dict[str, str] = {}
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    for line in done.stdout.splitlines():
        key, equals, value = line.partition("=")
        if equals and key.startswith(("global.", "install.")):
            found[key.replace("install.", "global.")] = value.strip("'\"")
    for name in ("index-url", "extra-index-url", "cert"):
        variable = os.environ.get("PIP_" + name.upper().replace("-", "_"))
        if variable:
            found[f"global.{name}"] = variable
    return found


def make(root: Path, state: Path, progress: Step) -> None:
    log, venv = state / "log/setup.log", root / ".venv"
    uv = uv_of(state, progress)
    environment = uv_environment(os.environ, pip_settings())

    def show(line: str) -> None:
        progress.note = line

    (venv / ".golden-images").unlink(missing_ok=True)
    if not _usable(venv):
        run(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(venv)],
            log=log,
            environment=environment,
            cwd=root,
        )
    python = ["--python", str(venv / "bin/python")]
    run(
        [uv, "pip", "sync", *python, "--require-hashes", "requirements.lock"],
        log=log,
        environment=environment,
        cwd=root,
        on_line=show,
    )
    # The lock file holds the build tools, too, so that nothing unpinned is fetched for this.
    run(
        [uv, "pip", "install", *python, "--no-deps", "--no-build-isolation", "--editable", "."],
        log=log,
        environment=environment,
        cwd=root,
        on_line=show,
    )
    (venv / ".golden-images").write_text(stamp_of(root))
    count = sum(1 for _ in venv.glob("lib/python*/site-packages/*.dist-info"))
    progress.note = f"{count} packages"


def _usable(venv: Path) -> bool:
    """Whether there is an environment whose Python still runs and is supported; it is then kept."""
    question = "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))"
    try:
        done = subprocess.run(
            [str(venv / "bin/python"), "-c", question], capture_output=True, check=False, timeout=60
        )
    except OSError:
        return False
    return done.returncode == 0
