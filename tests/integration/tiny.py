"""A project of tiny images on a private stack: seconds a run, and every service the test's own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker

from golden_images.adapters.registry import client_from
from golden_images.core.digest import Digest
from golden_images.job import LABEL_OWNER
from local.stack.stack import Stack
from tests.services.airflow_stack import copy_project, private_stack, wait_for_dags
from tests.services.engine import client as engine_client
from tests.services.registry import RegistryService

#: One Debian package, so that there is something for an SBOM to list.
FILES = {
    "greeting": "hello\n",
    "os-release": 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nNAME="Debian GNU/Linux"\n',
    "status": (
        "Package: tiny-greeting\nStatus: install ok installed\nMaintainer: tests\n"
        "Architecture: amd64\nVersion: 1.0-1\nDescription: a greeting\n\n"
    ),
}
DOCKERFILE = """ARG BASE
FROM ${BASE}
COPY greeting /greeting
COPY os-release /etc/os-release
COPY status /var/lib/dpkg/status
"""
SUITE = """
def test_greeting(host):
    assert host.run("cat /greeting").stdout == "hello\\n"


def test_root_is_read_only(host):
    assert host.run("touch /new").rc != 0
"""
#: Its package is in no archive of Debian's, and busybox is in no list of anybody's.
SCAN = {"scan": {"scanners": ["osv"], "leave_out": ["generic"]}}
ORGANISATION = """
schema: 1
registry: {connection: golden_images_registry, namespace: golden}
engine: {connection: golden_images_engine}
catalog: {connection: golden_images_catalog}
channels: [{name: dev, automatic: true}]
defaults: {nightly: null, retries: 2, retry_delay_seconds: 1}
"""


@dataclass
class Tiny:
    """The stack, its registry, and the folder whose definitions it runs."""

    stack: Stack
    service: RegistryService
    project: Path
    base: str

    @property
    def registry(self) -> Any:
        return client_from(self.service.host)

    def image(
        self,
        name: str,
        *,
        dockerfile: str = DOCKERFILE,
        suite: str = SUITE,
        base: str = "",
        watched: bool = True,
        platforms: Sequence[str] = ("linux/amd64",),
    ) -> str:
        """Writes a definition with its context; the DAG's id. Not ``watched``: it runs when asked to."""
        context = self.project / "include" / "contexts" / name
        (context / "tests").mkdir(parents=True, exist_ok=True)
        (context / "Dockerfile").write_text(dockerfile)
        for file, content in FILES.items():
            (context / file).write_text(content)
        (context / "tests" / "test_it.py").write_text(suite)
        (self.project / "include" / "images" / f"{name}.yaml").write_text(
            f"schema: 1\nname: {name}\ndescription: A tiny image.\nowner: tests\n"
            f"base: {base or f'{{reference: {self.base}}}'}\n"
            f"schedule: {{on_base_change: {str(watched).lower()}}}\n"
            f"build: {{platforms: [{', '.join(platforms)}]}}\n"
            f"stages: {json.dumps(SCAN)}\n"
        )
        return f"golden_images.{name}"

    def run(self, name: str, timeout: float = 600, **conf: Any) -> dict[str, Any]:
        dag = f"golden_images.{name}"
        return self.stack.client.wait(dag, self.stack.client.trigger(dag, conf), timeout)

    def states(self, run: dict[str, Any]) -> dict[str, str]:
        return self.stack.client.task_states(run["dag_id"], run["dag_run_id"])

    def log(self, run: dict[str, Any], task: str, try_number: int = 1) -> str:
        lines = self.stack.client.task_log(run["dag_id"], run["dag_run_id"], task, try_number)
        return "\n".join(lines)

    def tags(self, name: str) -> list[str]:
        return list(self.registry.tags(f"golden/{name}"))

    def digest(self, name: str, tag: str) -> Digest:
        found = self.registry.resolve(f"golden/{name}", tag)
        assert found is not None, f"{name}:{tag} is not there"
        return Digest(found.digest)


def containers_of(client: docker.APIClient, dag: str, run_id: str) -> list[str]:
    """Names of the containers that tasks of this run own."""
    found = client.containers(all=True, filters={"label": LABEL_OWNER})
    return [
        name
        for container in found
        for name in container["Names"]
        if container["Labels"][LABEL_OWNER].startswith(f"{dag}/{run_id}/")
    ]


@contextmanager
def tiny_project(
    folder: Path,
    service: RegistryService,
    shell_image: str,
    organisation: str = ORGANISATION,
    prepare: Callable[[Tiny], object] = lambda tiny: None,
) -> Iterator[Tiny]:
    """Starts the stack beside ``service``, whose ``base/shell:1`` every image is built on.

    ``prepare`` is called before Airflow starts: an image that it defines has its DAG at once, a later
    one when the dag-processor looks again, half a minute after its last look.
    """
    engine = engine_client()
    base = f"{service.host}/base/shell"
    engine.tag(shell_image, base, "1")
    for line in engine.push(base, tag="1", stream=True, decode=True):
        assert "error" not in line, line
    engine.remove_image(f"{base}:1")
    project = copy_project(folder / "project")
    for path in (project / "include" / "images").glob("*.yaml"):
        path.unlink()
    (project / "include" / "golden_images.yaml").write_text(organisation)
    tiny = Tiny(Stack(folder / "state", project), service, project, f"{base}:1")
    prepare(tiny)
    os.environ["GOLDEN_IMAGES_REGISTRY"] = service.host
    try:
        with private_stack(project, folder / "state") as tiny.stack:
            yield tiny
    finally:
        del os.environ["GOLDEN_IMAGES_REGISTRY"]
        engine.close()


def wait_for(tiny: Tiny, *names: str) -> None:
    wait_for_dags(tiny.stack, {f"golden_images.{name}" for name in names})
