"""Images on external bases under the real watch: what is pushed, and which runs come of it.

An image's context does not exist: a run ends in resolve, which is all that is asked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from golden_images.adapters.registry import client_from
from golden_images.core.digest import Digest
from golden_images.core.partition import PartitionKey
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
    """``proxies``: by image. Each leads to the registry, and under its address is another to the watch."""

    stack: Stack
    project: Path
    service: RegistryService
    proxies: dict[str, FaultyProxy]
    #: By image, what it has to have been run for, each once and in this order.
    expected: dict[str, list[Digest]] = field(default_factory=dict)

    def base(self, name: str) -> str:
        """The reference that the base of this name has for the watch."""
        return f"{self.proxies.get(name, self.service).host}/team/{name}:1"

    def define(self, name: str, base: str) -> None:
        """An image on the base of that name."""
        self._write(name, DEFINITION.format(name=name, base=self.base(base)))

    def remove(self, name: str) -> None:
        self._definition(name).unlink()

    def rename(self, name: str, new: str) -> None:
        self._write(new, self._definition(name).read_text().replace(f"name: {name}\n", f"name: {new}\n"))
        self.remove(name)

    def push(self, base: str, content: str = "") -> Digest:
        """Straight to the registry, also while the proxy does as it likes."""
        return push_image(client_from(self.service.host), f"team/{base}", content.encode(), tag="1")

    def keys(self, name: str) -> list[PartitionKey]:
        """What the image's runs are about, oldest first; also when its DAG is gone, or not there yet."""
        # A run that the watch itself starts holds its key in its id: Airflow drops a task's keys.
        query = (
            "SELECT coalesce(partition_key, replace(run_id, 'base_change__', '')) FROM dag_run"
            f" WHERE dag_id = 'golden_images.{name}' ORDER BY id"
        )
        return [PartitionKey.parse(key) for (key,) in rows(self.stack, AIRFLOW, query)]

    def digests(self, name: str) -> list[Digest | None]:
        return [key.digest for key in self.keys(name)]

    def woken(self, **digests: Digest) -> None:
        """Waits until each of these images has a run for its digest, after all that it had before."""
        for name, digest in digests.items():
            self.expected.setdefault(name, []).append(digest)
        eventually(
            lambda: all(len(self.keys(name)) >= len(self.expected[name]) for name in digests),
            f"woken: {', '.join(digests)}",
        )
        self.check()

    def check(self) -> None:
        """Every image was run for what it had to be, and for nothing else."""
        assert {name: self.digests(name) for name in self.expected} == self.expected

    def sound(self) -> None:
        """At the end: nothing came later, and nothing of the watch failed or is left over."""
        self.idle()
        defined = {path.stem for path in (self.project / "include" / "images").glob("*.yaml")}
        dags = {WATCH, *(f"golden_images.{name}" for name in defined)}
        eventually(lambda: self.stack.client.dags().keys() == dags, "the DAGs are those of the definitions")
        self.check()
        ledger = rows(self.stack, CATALOG, "SELECT at, digest FROM golden_images_base_versions")
        versions = {PartitionKey(at, Digest(digest)) for at, digest in ledger}
        assert versions.issuperset(key for name in self.expected for key in self.keys(name))
        assert {run["state"] for run in self.stack.client.runs(WATCH)} == {"success"}
        assert self.stack.client.import_errors() == []

    def ended(self, dag: str) -> bool:
        return all(run["state"] in FINISHED for run in self.stack.client.runs(dag))

    def idle(self) -> set[str]:
        """Waits until the watch has nothing to do, nor a run to come; the ids of its runs."""
        # Airflow makes the run of a later event when the one before it has ended.
        heard = f"SELECT count(*) FROM asset_dag_run_queue WHERE target_dag_id = '{WATCH}'"
        eventually(
            lambda: rows(self.stack, AIRFLOW, heard) == [(0,)] and self.ended(WATCH), "the watch's runs end"
        )
        return {run["dag_run_id"] for run in self.stack.client.runs(WATCH)}

    def announced(self, before: set[str]) -> None:
        """Waits until the watch has a run that is not one of ``before``."""
        runs = self.stack.client.runs
        eventually(lambda: {run["dag_run_id"] for run in runs(WATCH)} - before, "the watch runs")

    def newest(self) -> str:
        """The id of the watch's newest run: the only one that may not have ended."""
        return str(self.stack.client.runs(WATCH)[0]["dag_run_id"])

    def settled(self, base: str, digest: Digest) -> bool:
        """Whether the ledger has it, and the watch waits only for its images to be woken."""
        query = f"SELECT settled IS NOT NULL FROM golden_images_watched_bases WHERE digest = '{digest}'"
        return rows(self.stack, CATALOG, f"{query} AND base = '{self.base(base)}'") == [(True,)]

    def owner(self) -> int | None:
        """The job of the triggerer that runs the watch."""
        found = rows(self.stack, AIRFLOW, "SELECT triggerer_id FROM trigger")
        return int(found[0][0]) if len(found) == 1 and found[0][0] else None

    def _write(self, name: str, text: str) -> None:
        partial = self._definition(name).with_suffix(".partial")
        partial.write_text(text)
        partial.replace(self._definition(name))

    def _definition(self, name: str) -> Path:
        return self.project / "include" / "images" / f"{name}.yaml"


@contextmanager
def watched_project(
    folder: Path, state: Path, direct: Sequence[str], proxied: Sequence[str]
) -> Iterator[Watched]:
    """A stack of images by these names, each on a base of its own name.

    Each image has had its first run: it is woken for a base that it was never built on.
    """
    project = copy_project(folder / "project")
    for path in (project / "include" / "images").glob("*.yaml"):
        path.unlink()
    (project / "include" / "golden_images.yaml").write_text(ORGANISATION)
    (folder / "registry").mkdir()
    service = RegistryService(folder / "registry")
    service.start()
    with ExitStack() as services:
        services.callback(service.stop)
        proxies = {name: services.enter_context(faulty(service.host)) for name in proxied}
        watched = Watched(Stack(state), project, service, proxies)
        first = {name: watched.push(name) for name in (*direct, *proxied)}
        for name in first:
            watched.define(name, name)
        watched.stack = services.enter_context(private_stack(project, state, SETTINGS))
        wait_for_dags(watched.stack, {WATCH, *(f"golden_images.{name}" for name in first)})
        watched.woken(**first)
        yield watched
