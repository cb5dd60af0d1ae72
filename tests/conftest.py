"""Fixtures of real services, one module each."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

# Airflow reads its settings when it is first imported, by whichever test: none may see a user's own.
# Tests of real components start processes with settings of theirs.
_home = tempfile.mkdtemp(prefix="golden-images-airflow-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
for name in [name for name in os.environ if name.startswith("AIRFLOW_")]:
    del os.environ[name]
os.environ |= {
    "AIRFLOW_HOME": _home,
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_home}/airflow.db",
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(Path(__file__).parents[1] / "plugins"),
}

# Hundreds of tests start programs of ours: compiled once, each starts in half the time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

pytest_plugins = [
    "tests.golden.compare",
    "tests.services.airflow_stack",
    "tests.services.archive",
    "tests.services.engine",
    "tests.services.postgres",
    "tests.services.registry",
]

# Fixtures hold the suites of images; interop needs tools that only `make interop` builds, and is run by it.
collect_ignore = ["fixtures", *([] if os.environ.get("GOLDEN_IMAGES_INTEROP_TOOLS") else ["interop"])]
