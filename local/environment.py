"""The environment that everything started here gets: the caller's, made predictable."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from local.debian import SYSTEM_PATH


def child_environment(caller: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The caller's proxies, certificates and locale stay; settings of another Airflow do not."""
    kept = {key: value for key, value in caller.items() if not key.startswith("AIRFLOW")}
    # Airflow's components import thousands of modules: compiled once, each starts twice as fast.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    kept.pop("PYTHONHOME", None)
    direct = kept.get("no_proxy") or kept.get("NO_PROXY")
    direct = f"{direct},127.0.0.1,localhost" if direct else "127.0.0.1,localhost"
    # The tools that come as wheels (syft, hadolint) are beside the interpreter.
    path = os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", ""), SYSTEM_PATH))
    return {**kept, "PATH": path, "NO_PROXY": direct, "no_proxy": direct}
