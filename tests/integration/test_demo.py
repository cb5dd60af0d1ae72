"""The demo as a person runs it: every image released, pulled by strangers; run again, unchanged."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from local.setup import ROOT
from tests.services.airflow_stack import state_folder

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]

IMAGES = ("debian-base", "nginx", "python-runtime", "python-web")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A state folder of this test's own; whatever the demo left running is stopped at the end."""
    own = {"GOLDEN_IMAGES_STATE": str(state_folder("demo", tmp_path_factory))}
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")}
    yield inherited | own
    local("local.down", inherited | own, "--clean")


def local(module: str, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )


def cli(environment: dict[str, str], *arguments: str) -> list[dict[str, object]]:
    command = [str(Path(sys.executable).parent / "golden-images"), *arguments, "--json"]
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


def test_one_triggered_dag_releases_every_image(
    environment: dict[str, str], engine_client: docker.APIClient
) -> None:
    first = local("local.demo", environment)
    assert first.returncode == 0, first.stdout[-6000:] + first.stderr[-2000:]
    for image in IMAGES:
        assert re.search(
            rf"^{image} +\d{{4}}\.\d\d\.\d\d-[0-9a-f]{{8}} +sha256:\S+ +new ", first.stdout, re.M
        )
    reference = re.search(r"docker pull (\S+)", first.stdout)
    assert reference is not None
    name, _, version = reference[1].rpartition(":")
    engine_client.pull(name, tag=version)
    pulled = engine_client.inspect_image(reference[1])
    engine_client.remove_image(reference[1], force=True)
    shown = subprocess.run(
        ["skopeo", "inspect", "--tls-verify=false", f"docker://{reference[1]}"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    inspected = json.loads(shown.stdout)
    assert f"{name}@{inspected['Digest']}" in pulled["RepoDigests"]

    second = local("local.demo", environment)
    assert second.returncode == 0, second.stdout[-6000:]
    for image in IMAGES:
        assert re.search(rf"^{image} .*unchanged", second.stdout, re.M), second.stdout[-3000:]
    before = cli(environment, "list")
    assert {entry["image"] for entry in before if entry["version"]} == set(IMAGES)
    cli(environment, "catalog", "rebuild")
    assert cli(environment, "list") == before, "the registry alone tells the same"
    assert "(shown once)" in first.stdout
    assert "(shown once)" not in second.stdout
