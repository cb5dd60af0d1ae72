"""Airflow's real components, each a process of its own, from one file of settings."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local.console import LocalError, Step, run, tail
from local.environment import child_environment
from local.stack import database
from local.stack.processes import Processes
from local.stack.state import State, port_open, write_private
from local.stack.waiting import until

if TYPE_CHECKING:
    from local.stack.rest import Airflow

#: Component and the arguments of ``airflow``. Task logs are files of the same machine: nobody
#: needs the servers that scheduler and triggerer would open for them.
COMPONENTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
#: Tasks report to the api-server until their end, so it is the last to go.
_STOP_FIRST = ("scheduler", "dag-processor", "triggerer")
USER = "admin"
#: The address comes on standard input, where no process list shows it.
_MIGRATE_CATALOG = """
import sys
from golden_images.adapters.catalog import SqlCatalog
SqlCatalog.from_url(sys.stdin.readline().strip()).migrate()
"""


def url(state: State) -> str:
    return f"http://127.0.0.1:{state.port('api')}"


def client(state: State) -> Airflow:
    # Stopping has to work where the environment with httpx is gone.
    from local.stack.rest import Airflow

    return Airflow(url(state), USER, state.secrets()["admin_password"])


def settings(state: State, project: Path, *, registry: str, engine: str) -> dict[str, str]:
    """What ``airflow.env`` holds; ``project`` has the folders dags, plugins and include."""
    secret, api = state.secrets(), state.port("api")
    connection = {
        "conn_type": "postgres", "host": "127.0.0.1", "port": state.port("database"),
        "login": database.USER, "password": secret["database_password"], "schema": "golden_images",
    }  # fmt: skip
    host, _, port = registry.rpartition(":")
    loopback = host in ("127.0.0.1", "localhost")
    return {
        "AIRFLOW_HOME": str(state.airflow),
        "AIRFLOW__CORE__DAGS_FOLDER": str(project / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(project / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(max(4, 2 * (os.cpu_count() or 2))),
        # A DAG that waits for its parent's asset has to be awake.
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        # Airflow 3.3 reads plugins/.airflowignore through a class that its library deprecates, and says so
        # in the log of every task; its task processes heed no other syntax, whatever is configured.
        "PYTHONWARNINGS": "ignore:GitWildMatchPattern:DeprecationWarning",
        "AIRFLOW__CORE__FERNET_KEY": secret["fernet_key"],
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{api}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(state.folder / "passwords.json"),
        # With psycopg the pages of assets and dependencies are empty: PostgreSQL refuses their query.
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database.url(state, "airflow", "psycopg2"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": database.url(state, "airflow"),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(api),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{api}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secret["api_secret_key"],
        "AIRFLOW__API_AUTH__JWT_SECRET": secret["jwt_secret"],
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "30",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(state.airflow / "logs"),
        "AIRFLOW_CONN_GOLDEN_IMAGES_REGISTRY": json.dumps(
            {"conn_type": "docker", "host": host, "port": int(port), "extra": {"insecure": loopback}}
        ),
        "AIRFLOW_CONN_GOLDEN_IMAGES_ENGINE": json.dumps({"conn_type": "docker", "host": engine}),
        "AIRFLOW_CONN_GOLDEN_IMAGES_CATALOG": json.dumps(connection),
    }


def process_environment(state: State, project: Path) -> dict[str, str]:
    return {**child_environment(), **state.environment(), "PYTHONPATH": str(project / "plugins")}


def migrate(state: State, project: Path, progress: Step) -> None:
    """Both databases' tables; each migration is a no-op where it was done."""
    environment = process_environment(state, project)
    done = {"airflow": _version(), "catalog": fingerprint(project / "plugins/golden_images/adapters/catalog")}
    if state.read("migrated.json") == done:
        progress.note = "up to date"
        return
    progress.note = "airflow"
    run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        log=state.log("migrate"),
        environment=environment,
        cwd=state.folder,
        timeout=600,
    )
    progress.note = "catalog"
    _run_script(_MIGRATE_CATALOG, database.url(state, "golden_images"), state, environment, project)
    state.write("migrated.json", done)
    progress.note = "airflow and catalog"


def start(state: State, project: Path) -> bool:
    """All missing components at once; False if all were running."""
    processes = Processes(state)
    missing = [name for name in COMPONENTS if processes.find(name) is None]
    environment = process_environment(state, project)
    for name in missing:
        processes.start(
            name,
            [sys.executable, "-m", "airflow", *COMPONENTS[name]],
            environment=environment,
            cwd=state.folder,
            marked=True,
        )
    return bool(missing)


def choose_port(state: State) -> None:
    if Processes(state).find("api-server") is None and port_open(state.port("api")):
        state.new_port("api")


def fingerprint(*folders: Path) -> str:
    """Changes with any Python file below ``folders``."""
    content = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        content.update(f"{path}\0".encode() + path.read_bytes())
    return content.hexdigest()


def write_settings(state: State, values: dict[str, str]) -> bool:
    """``airflow.env`` and the password file; whether the settings differ from the last start's."""
    write_private(
        state.folder / "passwords.json", json.dumps({USER: state.secrets()["admin_password"]}) + "\n"
    )
    changed = state.environment() != values
    text = "# Written at every start; any shell reads it: Airflow's settings, our Connections.\n"
    lines = (f"export {key}={shlex.quote(value)}\n" for key, value in sorted(values.items()))
    write_private(state.environment_file, text + "".join(lines))
    return changed


def wait(state: State, progress: Step, seconds: float = 240) -> None:
    """Until every component reports health."""
    from local.stack.rest import NoAnswer

    airflow = client(state)

    def healthy(component: str) -> bool:
        _all_alive(state)
        try:
            return airflow.health().get(component) == "healthy"
        except NoAnswer:
            return False

    keys = {
        "api-server": "metadatabase",
        "scheduler": "scheduler",
        "dag-processor": "dag_processor",
        "triggerer": "triggerer",
    }
    try:
        for name, key in keys.items():
            up = functools.partial(healthy, key)
            until(up, component=name, seconds=seconds, state=state, progress=progress)
    finally:
        airflow.close()
    progress.note = url(state)


def _all_alive(state: State) -> None:
    """Raises LocalError for any component that died, not only the one being waited for."""
    for name in COMPONENTS:
        if Processes(state).find(name) is None:
            until(lambda: False, component=name, seconds=0, state=state)


def stop(state: State) -> list[str]:
    """The components that were running, in the order they were stopped."""
    processes = Processes(state)
    return [*processes.stop(*_STOP_FIRST, grace=25), *processes.stop("api-server", grace=15)]


def _version() -> str:
    import importlib.metadata

    return importlib.metadata.version("apache-airflow")


def _run_script(script: str, line: str, state: State, environment: dict[str, str], project: Path) -> None:
    """Runs Python with one line on standard input."""
    import subprocess

    if not (project / "plugins/golden_images/adapters/catalog").exists():
        return
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=line,
        text=True,
        capture_output=True,
        env=environment,
        cwd=state.folder,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise LocalError(
            "the catalog's tables could not be made",
            cause=done.stderr.strip()[-2000:],
            remedy="make clean starts from nothing",
        )


def last_words(state: State, component: str) -> str:
    return tail(state.log(component), 20) or "(nothing)"


def registry_host(state: State) -> str:
    """``host:port`` of the registry that the Connection names; empty before the first start."""
    text = state.environment().get("AIRFLOW_CONN_GOLDEN_IMAGES_REGISTRY")
    if not text:
        return ""
    connection = json.loads(text)
    return f"{connection['host']}:{connection['port']}"
