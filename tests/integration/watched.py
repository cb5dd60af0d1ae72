"""Images on external bases under the real watch: what is pushed, and which runs come of it.

An image's context does not exist: a run ends in resolve, which is all that is asked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from golden_images.adapters.registry import client_from
from golden_images.core.digest import Digest
from golden_images.scheduling.partition import PartitionKey
from local.stack.rest import FINISHED
from local.stack.stack import Stack
from tests.services.airflow_stack import copy_project, private_stack, wait_for_dags
from tests.services.faults import FaultyProxy, faulty
from tests.services.images import push_image
from tests.services.registry import RegistryService
from tests.services.stack_faults import AIRFLOW, CATALOG, eventually, rows

WATCH = "golden_images_base_watch"
POLL, QUIET = 5, 2

ORGANISATION = f"""\
schema: 1
base_watch: {{poll_seconds: {POLL}, quiet_seconds: {QUIET}}}
"""
DEFINITION = """\
schema: 1
name: {name}
description: An image on an external base.
owner: team
base: {{reference: "{base}"}}
schedule: {{nightly: null}}
"""
#: A dead triggerer's work is taken over, and a changed definition seen, while a test waits.
SETTINGS = {
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "10",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
    "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD": "30",
    "AIRFLOW__SCHEDULER__PARSING_CLEANUP_INTERVAL": "5",
}


@dataclass
class Watched:
    """``proxy`` leads to the same registry, which under its address is another one to the watch."""

    stack: Stack
    project: Path
    service: RegistryService
    proxy: FaultyProxy
    #: By image, what it has to have been run for, each once and in this order.
    expected: dict[str, list[Digest]] = field(default_factory=dict)

    def base(self, repository: str, *, behind: FaultyProxy | None = None) -> str:
        return f"{(behind or self.service).host}/{repository}:1"

    def define(self, name: str, base: str) -> None:
        path = self._definition(name)
        path.with_suffix(".new").write_text(DEFINITION.format(name=name, base=base))
        path.with_suffix(".new").replace(path)

    def remove(self, name: str) -> None:
        self._definition(name).unlink()

    def rename(self, name: str, new: str) -> None:
        text = self._definition(name).read_text().replace(f"name: {name}\n", f"name: {new}\n")
        self._definition(name).write_text(text)
        self._definition(name).rename(self._definition(new))

    def push(self, repository: str, content: str = "") -> Digest:
        """Straight to the registry, also while the proxy does as it likes."""
        return push_image(client_from(self.service.host), repository, content.encode(), tag="1")

    def digests(self, name: str) -> list[Digest | None]:
        """What the image's runs are about, oldest first; also when its DAG is gone, or not there yet."""
        # A run that the watch itself starts holds its key in its id: Airflow drops a task's keys.
        query = (
            "SELECT coalesce(partition_key, replace(run_id, 'base_change__', '')) FROM dag_run"
            f" WHERE dag_id = 'golden_images.{name}' ORDER BY id"
        )
        return [PartitionKey.parse(key).digest for (key,) in rows(self.stack, AIRFLOW, query)]

    def woken(self, digest: Digest, *names: str) -> None:
        """Waits until each of the images has a run for ``digest``, after all that it had before."""
        for name in names:
            self.expected.setdefault(name, []).append(digest)
        wanted = {name: len(self.expected[name]) for name in names}
        eventually(
            lambda: all(len(self.digests(name)) >= count for name, count in wanted.items()),
            f"{', '.join(names)} is woken for {digest}",
        )
        self.check()

    def forgotten(self, name: str) -> None:
        """Waits until Airflow has noticed that the image's definition is gone."""
        eventually(lambda: f"golden_images.{name}" not in self.stack.client.dags(), f"the DAG of {name} goes")

    def check(self) -> None:
        """Every image was run for what it had to be, and for nothing else."""
        found = {name: self.digests(name) for name in self.expected}
        assert found == self.expected

    def sound(self) -> None:
        """At the end: nothing came later, and the watch itself met no trouble."""
        eventually(lambda: self.ended(WATCH), "the watch has nothing left to do")
        self.check()
        assert {run["state"] for run in self.stack.client.runs(WATCH)} == {"success"}
        assert self.stack.client.import_errors() == []

    def ended(self, dag: str) -> bool:
        return all(run["state"] in FINISHED for run in self.stack.client.runs(dag))

    def announced(self, before: set[str]) -> str:
        """The id of the first run of the watch that is not one of ``before``, once there is one."""
        eventually(lambda: not before.issuperset(self.announcements()), "the watch runs")
        return next(run for run in self.announcements() if run not in before)

    def announcements(self) -> list[str]:
        """Ids of the watch's runs, oldest first."""
        return [run["dag_run_id"] for run in self.stack.client.runs(WATCH)[::-1]]

    def settled(self, base: str, digest: Digest) -> bool:
        """Whether the ledger has it, and the watch waits only for its images to be woken."""
        query = (
            f"SELECT digest FROM golden_images_watched_bases WHERE base = '{base}' AND settled IS NOT NULL"
        )
        return rows(self.stack, CATALOG, query) == [(digest,)]

    def owner(self) -> int | None:
        """The job of the triggerer that runs the watch."""
        found = rows(self.stack, AIRFLOW, "SELECT triggerer_id FROM trigger")
        return int(found[0][0]) if len(found) == 1 and found[0][0] else None

    def _definition(self, name: str) -> Path:
        return self.project / "include" / "images" / f"{name}.yaml"


@contextmanager
def watched_project(folder: Path, state: Path, bases: dict[str, bool]) -> Iterator[Watched]:
    """One image on a base of its own for each of ``bases``, by name; True puts it behind the proxy.

    Each image has had its first run: it is woken for a base that it was never built on.
    """
    project = copy_project(folder / "project")
    for path in (project / "include" / "images").glob("*.yaml"):
        path.unlink()
    (project / "include" / "golden_images.yaml").write_text(ORGANISATION)
    (folder / "registry").mkdir()
    service = RegistryService(folder / "registry")
    service.start()
    try:
        with faulty(service.host) as proxy:
            stack = Stack(state, project, SETTINGS)
            watched = Watched(stack, project, service, proxy)
            first = {name: watched.push(f"team/{name}") for name in bases}
            for name, behind in bases.items():
                watched.define(name, watched.base(f"team/{name}", behind=proxy if behind else None))
            with private_stack(project, state, SETTINGS) as watched.stack:
                wait_for_dags(watched.stack, {WATCH, *(f"golden_images.{name}" for name in bases)})
                for name, digest in first.items():
                    watched.woken(digest, name)
                yield watched
    finally:
        service.stop()
