"""The demo as a person runs it: every image released, pulled by strangers; run again, unchanged."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import docker
import pytest

from local.setup import ROOT
from local.stack import airflow
from local.stack.state import State
from tests.services.airflow_stack import state_folder
from tests.services.browser import chromium
from tests.services.readme import commands

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


@pytest.fixture(scope="module")
def first(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The demo's first run; what it started is there for the other tests."""
    return local("local.demo", environment)


def test_one_triggered_dag_releases_every_image(
    environment: dict[str, str],
    first: subprocess.CompletedProcess[str],
    engine_client: docker.APIClient,
) -> None:
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


def shell(environment: dict[str, str], command: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    return subprocess.run(
        ["sh", "-euc", command],
        cwd=ROOT,
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_the_pages_commands_for_backfills_find_the_demo(
    environment: dict[str, str], first: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    """As written; and with a window of today, in which the demo made the base."""
    assert first.returncode == 0
    at_home = environment | {"HOME": str(tmp_path)}
    state = environment["GOLDEN_IMAGES_STATE"]
    today = (datetime.now(UTC) - timedelta(days=1)).date(), (datetime.now(UTC) + timedelta(minutes=5))
    ours = [command for command in commands("golden-images backfill") if "--dry-run" in command]
    airflows = commands("airflow backfill create")
    assert ours
    assert airflows
    for command in ours:
        asked = shell(at_home, command)
        assert asked.returncode == 0, asked.stderr
        assert "knows no version" in asked.stdout
        asked = shell(
            at_home, re.sub(r"--from \S+ --to \S+", f"--from {today[0]} --to {today[1]:%FT%TZ}", command)
        )
        assert asked.returncode == 0, asked.stderr
        assert re.search(r"^1 run: 0 to build, 1 built already|exists", asked.stdout, re.M), asked.stdout
    for command in airflows:
        dry = f"{command} --dry-run"
        for how in (f". {state}/airflow.env && {dry}", f"echo '{dry}' | SHELL=/bin/sh make --silent shell"):
            asked = shell(at_home, how)
            assert asked.returncode == 0, asked.stderr
    assert not (tmp_path / "airflow").exists()


def test_every_request_of_airflows_pages_is_answered(
    environment: dict[str, str], first: subprocess.CompletedProcess[str]
) -> None:
    assert first.returncode == 0
    state = State(Path(environment["GOLDEN_IMAGES_STATE"]))
    with closing(airflow.client(state)) as client, chromium() as browser:
        dag = "golden_images.python-web"
        run = client.runs(dag)[0]["dag_run_id"]
        assets = client._send("GET", "/api/v2/assets")["assets"]
        assert assets
        browser.cookies(client.url, {"_token": client.token()})
        # The graph, with the assets and DAGs that it depends on and that depend on it.
        browser.store(client.url, {"default_dag_view": '"graph"', f"dependencies-{dag}": '"immediate"'})
        pages = {
            "/dags": dag,
            f"/dags/{dag}": "gate",
            **{
                f"/dags/{dag}/{tab}": dag
                for tab in ("runs", "tasks", "events", "code", "details", "backfills")
            },
            f"/dags/{dag}/runs/{run}": "gate",
            f"/dags/{dag}/runs/{run}/tasks/build": "build",
            "/assets": assets[0]["name"],
            **{f"/assets/{asset['id']}": asset["name"] for asset in assets},
        }
        asked = set()
        for path, text in pages.items():
            answers, shown = browser.visit(f"{client.url}{path}")
            assert [answer for answer in answers if not 200 <= answer.status < 400] == [], path
            assert text in shown, f"{path}: {shown}"
            asked |= {urlsplit(answer.url).path for answer in answers}
    assert {"/ui/dependencies", "/ui/structure/structure_data"} <= asked
