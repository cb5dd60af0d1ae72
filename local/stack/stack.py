"""The whole stack of one state folder: start what is missing, stop what was started."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from local import debian, for_show
from local.console import LocalError, Step, step
from local.stack import airflow, database, engine, registry
from local.stack.processes import Processes
from local.stack.state import State

if TYPE_CHECKING:
    from local.stack.rest import Airflow

ROOT = Path(__file__).resolve().parents[2]
#: Slots of pools that the pipeline's table names without saying how many.
_SLOTS = {"golden_images_build": 2}
_DEFAULT_SLOTS = 4


@dataclass
class Stack:
    """``project`` has the folders dags, plugins and include; ``folder`` keeps the state; ``settings``
    of Airflow replace those of ``airflow.settings``."""

    folder: Path
    project: Path = ROOT
    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state = State(self.folder)
        self.project = self.project.resolve()
        self._client: Airflow | None = None

    @property
    def client(self) -> Airflow:
        """One client for as long as the address stays; ``stop`` closes it."""
        if self._client is None or self._client.url != self.url:
            self._close()
            self._client = airflow.client(self.state)
        return self._client

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    @property
    def url(self) -> str:
        return airflow.url(self.state)

    def start(self) -> bool:
        """Everything, reusing what runs; whether anything of Airflow had to be started.

        Raises LocalError with the last log lines of the component that failed.
        """
        self.state.prepare()
        with self.state.locked():
            return self._start()

    def _start(self) -> bool:
        with step("Docker Engine") as progress:
            endpoint = engine.ensure(self.state, progress)
        with step("OCI registry") as progress:
            host = registry.ensure(self.state, progress)
        with step("PostgreSQL") as progress:
            database.ensure(self.state, progress)
        airflow.choose_port(self.state)
        values = airflow.settings(self.state, self.project, registry=host, engine=endpoint)
        values |= self.settings
        changed = airflow.write_settings(self.state, values)
        code = {"code": airflow.fingerprint(self.project / "dags", self.project / "plugins")}
        if changed or self.state.read("code.json") != code:
            # Components read settings and plugins once: with others, they have to start anew.
            airflow.stop(self.state)
        with step("Database tables") as progress:
            airflow.migrate(self.state, self.project, progress)
        with step("Advisories, for show") as progress:
            self._advisories(host, progress)
        with step("Airflow: api-server, scheduler, dag-processor, triggerer") as progress:
            started = airflow.start(self.state, self.project)
            self.state.write("code.json", code)
            airflow.wait(self.state, progress)
        from golden_images.pipeline import pools

        for name in pools():
            self.client.pool(
                name, _SLOTS.get(name, _DEFAULT_SLOTS), "Golden images: work at one time on this engine"
            )
        return started

    def _advisories(self, host: str, progress: Step) -> None:
        from golden_images.adapters.catalog import SqlCatalog
        from golden_images.adapters.registry import client_from
        from golden_images.advisories.store import Store
        from golden_images.errors import InputError
        from golden_images.project import load_organisation

        try:
            organisation = load_organisation(self.project)
        except InputError as error:
            # Airflow shows what is wrong with it, once it runs.
            progress.note = error.what
            return
        catalog = SqlCatalog.from_url(database.url(self.state, "golden_images"))
        store = Store(organisation, client_from(host), catalog, lambda: datetime.now(UTC), lambda _: None)
        for_show.ensure(store, progress)

    def login(self) -> str:
        """Where the UI is, and who may enter. The password is shown once; then the file has it."""
        shown = self.state.read("login.json").get("shown")
        secret = f"in {self.folder}/secrets.json" if shown else self.state.secrets()["admin_password"]
        self.state.write("login.json", {"shown": True})
        once = "" if shown else "   (shown once)"
        return f"{self.url}   user {airflow.USER}   password {secret}{once}"

    def stop(self) -> list[str]:
        """Names of what was running and is stopped; nothing else is touched."""
        self._close()
        if not self.folder.exists():
            return []
        with self.state.locked():
            return self._stop()

    def _stop(self) -> list[str]:
        stopped = airflow.stop(self.state)
        # Task processes first: they still use database, registry and engine.
        left = Processes(self.state).sweep()
        for part in (database, registry, engine):
            stopped += part.stop(self.state)
        if left:
            raise LocalError(
                f"{left} processes of the stack could not be ended", remedy="look at them with ps"
            )
        return stopped

    def remove(self) -> None:
        """The state folder; call ``stop`` before. Files of a dockerd of ours belong to root."""
        docker = self.state.folder / "docker"
        if docker.exists():
            prefix = debian.root_prefix()
            if prefix is None:
                raise LocalError(f"{docker} belongs to root", remedy=f"sudo rm -rf {docker}")
            subprocess.run([*prefix, "rm", "-rf", str(docker)], check=True)
        shutil.rmtree(self.state.folder, ignore_errors=True)


def stacks(folder: Path) -> list[Stack]:
    """The stack of ``folder`` and those of tests below it, the innermost first: they may use the
    engine of the outer one."""
    records = ("*/run/*.json", "*/*/run/*.json", "*/stack.json", "*/*/stack.json")
    found = {path for pattern in records for path in folder.glob(pattern)}
    folders = {folder} | {path.parents[path.name != "stack.json"] for path in found}
    return [Stack(path) for path in sorted(folders, key=lambda path: (-len(path.parts), path))]
