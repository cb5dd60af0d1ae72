"""What a run says of itself in Airflow's UI, and who hears that it failed; on real Airflow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import docker
import pytest

from golden_images.adapters.catalog import SqlCatalog
from local.stack import database
from tests.integration.tiny import DOCKERFILE, ORGANISATION, Tiny, tiny_project, wait_for
from tests.services.registry import RegistryService
from tests.services.stack_faults import eventually

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]

RECORDER = '''"""No DAG here; a notifier of Airflow's that a test reads."""
from pathlib import Path

from airflow.sdk import BaseNotifier


class Recorder(BaseNotifier):
    template_fields = ("text",)

    def __init__(self, text, path):
        super().__init__()
        self.text, self.path = text, path

    def notify(self, context):
        with Path(self.path).open("a") as file:
            file.write(self.text + "\\n")
'''


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("told") / "alerts.txt"


@pytest.fixture(scope="module")
def tiny(
    tmp_path_factory: pytest.TempPathFactory, shell_image: str, engine_client: docker.APIClient, told: Path
) -> Iterator[Tiny]:
    def define(tiny: Tiny) -> None:
        (tiny.project / "dags" / "recorder.py").write_text(RECORDER)
        tiny.image("good", watched=False)
        tiny.image("bad", watched=False, dockerfile=DOCKERFILE + "RUN exit 3\n")

    alerts = f"alerts: [{{notifier: recorder.Recorder, args: {{text: '{{{{ alert }}}}', path: {told}}}}}]\n"
    service = RegistryService(tmp_path_factory.mktemp("runs-registry"))
    service.start()
    try:
        folder = tmp_path_factory.mktemp("runs")
        with tiny_project(folder, service, shell_image, ORGANISATION + alerts, prepare=define) as made:
            wait_for(made, "good", "bad")
            yield made
    finally:
        service.stop()


def catalog(tiny: Tiny) -> SqlCatalog:
    return SqlCatalog.from_url(database.url(tiny.stack.state, "golden_images"))


def lines(told: Path) -> list[str]:
    return told.read_text().splitlines() if told.exists() else []


def test_a_run_says_what_it_released_and_who_asked(tiny: Tiny) -> None:
    run = tiny.run("good", reason="a key was lost")
    assert run["state"] == "success", tiny.states(run)
    release = catalog(tiny).current("good")
    assert release is not None
    assert run["note"].startswith(f"**Released `{release.version}`**: new")
    assert str(release.digest) in run["note"]
    assert f"Asked by {run['triggering_user_name']}: a key was lost" in run["note"]
    assert (release.note, release.actor) == ("a key was lost", run["triggering_user_name"])


def test_an_unchanged_run_says_why_nothing_was_built(tiny: Tiny) -> None:
    run = tiny.run("good")
    assert run["note"].startswith("**Nothing built**: unchanged: ")
    assert tiny.states(run).pop("resolve") == "success"
    log = tiny.log(run, "resolve").splitlines()
    said = next(index for index, line in enumerate(log) if "nothing is built: unchanged" in line)
    after = [index for index, line in enumerate(log) if "Post Execute" in line]
    assert not after or said < after[0], "not in the group that the UI folds away"


def test_a_failure_is_told_once_and_known_until_a_run_ends_well(tiny: Tiny, told: Path) -> None:
    run = tiny.run("bad")
    assert run["state"] == "failed"
    page = f"{tiny.stack.url}/dags/golden_images.bad/runs/{quote(run['dag_run_id'], safe='')}/tasks/build"
    assert run["note"].startswith(f"**Failed in [build]({page}).**")
    assert "exit code: 3" in run["note"]
    eventually(lambda: bool(lines(told)), "somebody is told")
    (line,) = lines(told)
    assert line.startswith(f"bad: the run {run['dag_run_id']} failed in build: ")
    assert "exit code: 3" in line
    assert line.endswith(f" {page}")
    failure = catalog(tiny).failures(["bad", "good"])
    assert {name: (one.run_id, one.stage) for name, one in failure.items()} == {
        "bad": (run["dag_run_id"], "build")
    }


def test_a_definition_that_becomes_invalid_is_told_once_a_change(tiny: Tiny, told: Path) -> None:
    path = tiny.project / "include" / "images" / "good.yaml"
    sound, before = path.read_text(), len(lines(told))

    def runs() -> list[str]:
        return [
            run["dag_run_id"]
            for run in tiny.stack.client.runs("golden_images.good")
            if "_invalid-" in run["dag_run_id"] and run["state"] == "failed"
        ]

    def parsed() -> str:
        return str(tiny.stack.client.dags()["golden_images.good"]["last_parsed_time"])

    def parsed_since(seen: str) -> Callable[[], bool]:
        return lambda: parsed() != seen

    path.write_text(sound + "colour: red\n")
    eventually(lambda: len(lines(told)) > before, "somebody is told")
    path.touch()
    path.with_name("bad.yaml").touch()
    for _ in range(2):  # the first may have begun before the touch
        eventually(parsed_since(parsed()), "the dag-processor looks again")
    assert len(runs()) == 1
    (line,) = lines(told)[before:]
    assert line.startswith(f"good: the run {runs()[0]} failed in definition: ")
    assert "colour" in line
    path.write_text(sound + "colour: red\nsize: 3\n")
    eventually(lambda: len(lines(told)) == before + 2, "the change is told")
    path.write_text(sound)
    eventually(lambda: tiny.run("good")["state"] == "success", "the mended definition runs")
