"""Tiny images whose build takes packages from a small archive, night by night, on a private stack."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import docker
import pytest

from golden_images.core import media, names
from golden_images.core.digest import Digest
from golden_images.images.image import only_layer
from golden_images.planning import packages
from tests.integration.past import Past
from tests.integration.ticks import tick
from tests.integration.tiny import FILES, Tiny, tiny_project
from tests.services.archive import KEYRING, ArchiveService, serving
from tests.services.engine import bridge_address
from tests.services.registry import RegistryService

#: The step that takes the packages says the same every night.
DOCKERFILE = """ARG BASE
FROM ${{BASE}}
COPY root install held /
RUN sh /install {archive}
COPY greeting /
"""
#: What apt-get does, in small. A third package is held back; nothing in the layer tells when it was made.
INSTALL = """set -e
busybox mkdir -p /var/lib/dpkg
busybox wget -q -O /run/Packages.xz "$1/dists/bookworm/main/binary-amd64/Packages.xz"
busybox unxz /run/Packages.xz
busybox awk -v RS= '$2 == "tiny-greeting" || $2 == "tiny-parting" {
  sub(/\\n/, "\\nStatus: install ok installed\\nMaintainer: tests\\n"); print $0 "\\n"
}' /run/Packages > /var/lib/dpkg/status
cat /held >> /var/lib/dpkg/status
busybox rm /run/Packages
touch -d @0 /run /var /var/lib /var/lib/dpkg /var/lib/dpkg/status
"""
SUITE = """
def test_packages(host):
    assert "Package: tiny-greeting" in host.run("cat /var/lib/dpkg/status").stdout
"""
#: A worker's apt that knows the tests' archive alone.
_APT = """Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "{folder}/lists";
"""
_KEYRING = 'KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")'


@dataclass
class Nights:
    """``asked``: the archive as ``resolve`` asks it; ``served``: the same archive, as builds reach it."""

    tiny: Tiny
    asked: ArchiveService
    served: ArchiveService
    cache: Path

    def image(self, name: str) -> str:
        """An image that is built at night alone; the DAG's id."""
        dag = self.tiny.image(
            name, dockerfile=DOCKERFILE.format(archive=self.served.mirror), suite=SUITE, watched=False
        )
        context = self.tiny.project / "include" / "contexts" / name
        held = FILES["status"].replace("tiny-greeting", "tiny-held")
        files = {"install": INSTALL, "held": held, "root/etc/os-release": FILES["os-release"]}
        # The engine mounts over these two; made by it, they would have the time of the build.
        for file, content in {**files, "root/etc/hosts": "", "root/etc/resolv.conf": ""}.items():
            (context / file).parent.mkdir(parents=True, exist_ok=True)
            (context / file).write_text(content)
        self._at(name, "0 2 * * *", "UTC")
        return dag

    def scheduled(self, name: str, nightly: str, timezone: str) -> str:
        """An image whose runs end in ``resolve``, for its base has no release; the DAG's id."""
        self.tiny.image("unreleased", watched=False)
        dag = self.tiny.image(name, base="{image: unreleased}", watched=False)
        self._at(name, nightly, timezone)
        return dag

    def _at(self, name: str, nightly: str, timezone: str) -> None:
        definition = self.tiny.project / "include" / "images" / f"{name}.yaml"
        text = definition.read_text()
        assert "schedule: {" in text
        definition.write_text(
            text.replace("schedule: {", f'schedule: {{nightly: "{nightly}", timezone: {timezone}, ')
        )

    def step(self, name: str, more: str) -> None:
        """The image's script ends with ``more``, before the step that runs it."""
        (self.tiny.project / "include" / "contexts" / name / "install").write_text(INSTALL + more)

    def falls(self, night: int) -> None:
        """The archive is as in that night, and what the worker knows of it is a day old."""
        for service in (self.asked, self.served):
            service.night = night
            service.answers.clear()
        yesterday = time.time() - timedelta(days=1).total_seconds()
        for path in (self.cache / "golden-images" / "archive" / "releases").glob("*.json"):
            os.utime(path, (yesterday, yesterday))

    def tick(self, *images: str) -> list[dict[str, Any]]:
        """The next nightly run of each, when it has ended."""
        runs = tick(self.tiny.stack, *(f"golden_images.{name}" for name in images))
        return [self.tiny.stack.client.wait(run["dag_id"], run["dag_run_id"]) for run in runs]

    def reason(self, run: dict[str, Any]) -> str:
        found = self.tiny.stack.client.xcom(run["dag_id"], run["dag_run_id"], "resolve")
        return str(found["reason"])

    def plan(self, name: str) -> str:
        """What ``golden-images plan`` says."""
        return Past(self.tiny).command("golden_images.cli", "plan", name).stdout

    def released(self, run: dict[str, Any]) -> dict[str, str]:
        found = self.tiny.stack.client.xcom(run["dag_id"], run["dag_run_id"], "release")
        return dict(found)

    def executed(self, run: dict[str, Any]) -> list[str]:
        """The tasks that a worker began."""
        tasks = self.tiny.stack.client.tasks(run["dag_id"], run["dag_run_id"])
        return [task["task_id"] for task in tasks if task["pid"]]

    def versions(self, name: str) -> list[str]:
        return sorted(tag for tag in self.tiny.tags(name) if names.is_version(tag))

    def packages(self, name: str, digest: str) -> dict[str, str]:
        """What the release's SBOM says is installed."""
        registry, repository = self.tiny.registry, f"golden/{name}"
        (sbom,) = registry.referrers(repository, Digest(digest), media.CYCLONEDX)
        found = packages.installed(only_layer(registry, repository, sbom.digest))
        assert found is not None
        return dict(found.versions)


@contextmanager
def nightly_project(
    folder: Path, service: RegistryService, shell_image: str, engine: docker.APIClient
) -> Iterator[Nights]:
    """The stack with an archive of its own, which its workers' apt names and whose key they believe."""
    gateway = bridge_address(engine)
    with ExitStack() as stack:
        asked = stack.enter_context(serving())
        # A build's steps have a network of their own and reach this machine at its gateway.
        served = stack.enter_context(serving(gateway))
        apt = folder / "apt"
        apt.mkdir()
        (apt / "sources.list").write_text(
            "".join(f"deb {asked.mirror}{part} main\n" for part in (" bookworm", " bookworm-updates"))
            + f"deb {asked.mirror}-security bookworm-security main\n"
        )
        (apt / "apt.conf").write_text(_APT.format(folder=apt))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("APT_CONFIG", str(apt / "apt.conf"))
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        tiny = stack.enter_context(
            tiny_project(folder, service, shell_image, prepare=lambda tiny: _believe(tiny.project))
        )
        yield Nights(tiny, asked, served, folder / "cache")


def _believe(project: Path) -> None:
    """The copy of the project takes the tests' key for Debian's."""
    path = project / "plugins" / "golden_images" / "adapters" / "debian" / "sources.py"
    text = path.read_text()
    assert _KEYRING in text
    path.write_text(text.replace(_KEYRING, f'KEYRING = Path("{KEYRING}")'))
