"""README is executed, not remembered.

In a copy of the project, from top to bottom: a block with ``file=`` is written, the ``row`` goes into
the pipeline's table as the text beside it says, and each ``sh`` block is run. ``console`` blocks need
the running demo or a service of the reader's: their commands are checked to exist. ``make demo``,
``make test`` and ``make down`` are run by the continuous integration itself.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from golden_images.cli.app import cli
from golden_images.core.organisation import Organisation
from golden_images.core.policy.model import Choice, Policy
from golden_images.core.policy.stricter import looser
from golden_images.core.waivers.model import WaiverFile
from golden_images.factory.beside import is_project_dag
from golden_images.pipeline import PIPELINE, policy_table
from golden_images.project import load_organisation
from tests.fakes.world import definition
from tests.services.readme import BLOCKS, ROOT, TEXT, insert_row

BIN = Path(sys.executable).parent

#: Loads the copy's DAGs and prints, by DAG, each task with its downstream tasks.
GRAPH = """
import json
from pathlib import Path
from golden_images.factory import golden_images_dags
dags = golden_images_dags(Path("dags/golden_images.py").resolve())
print(json.dumps({
    dag_id: {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}
    for dag_id, dag in dags.items()
}))
"""

#: The example stage's judgement on a report of 3 MB with a budget of 3 and of 2, and on foreign ones.
JUDGE = """
import json
from datetime import UTC, datetime
from golden_images.core.organisation import Organisation
from golden_images.core.policy.model import Choice, Policy
from golden_images.core.policy.stricter import looser
from golden_images.core.waivers.model import WaiverFile
from golden_images.core.digest import Digest
from golden_images.core.judging import Demand
from golden_images.pipeline import stage
from golden_images.stages.size import SIZE, Options
ours, other = Digest.of(b"ours"), Digest.of(b"other")
def verdict(options, subject, reports):
    demand = Demand("size", stage("size").evidence, options)
    return demand.verdict(reports, subject, datetime.now(UTC), Organisation(schema=1)).told()
report = {SIZE: json.dumps({"subject": ours, "bytes": 3_000_000}).encode()}
print(json.dumps([verdict(Options(megabytes=3), ours, report), verdict(Options(megabytes=2), ours, report),
                  verdict(Options(), other, report), verdict(Options(), ours, {SIZE: b"{}"}),
                  verdict(Options(), ours, {})]))
"""


#: The page without its blocks: paths in backticks are promises.
PROSE = re.sub(r"^```.*?^```$", "", TEXT, flags=re.M | re.S)
INLINE = re.findall(r"`([^`\n]+)`", PROSE)
COMMANDS = [*INLINE, *re.findall(r"^\$ (.*)$", TEXT, re.M)]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a reader has it who followed the whole page."""
    folder = tmp_path_factory.mktemp("readme")
    for part in ("include", "dags", "plugins"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for block in BLOCKS:
        if block.file:
            target = folder / block.file
            assert not target.exists(), f"{block.file} of the example is in the project already"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text)
        elif block.note == "row":
            insert_row(folder, block.text)
        elif block.language == "sh":
            _run(folder, "sh", "-euc", block.text)
    return folder


def _run(folder: Path, *command: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")}
    environment |= {
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        # Before the project that the environment was installed from.
        "PYTHONPATH": str(folder / "plugins"),
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_examples_of_the_page_are_sound(copy: Path) -> None:
    checked = json.loads(_run(copy, "golden-images", "check", "--json"))
    assert checked["problems"] == []
    assert checked["definitions"] == len(list((ROOT / "include/images").glob("*.yaml"))) + 2


def test_the_added_image_becomes_a_dag_with_the_added_stage(copy: Path) -> None:
    dags = json.loads(_run(copy, sys.executable, "-c", GRAPH).splitlines()[-1])
    assert {"golden_images.psql", "golden_images.slim"} <= set(dags)
    for tasks in (tasks for dag, tasks in dags.items() if not is_project_dag(dag)):
        assert tasks["size"] == ["gate"]
        assert "size" in tasks["build"]


def test_the_added_stage_has_options_in_the_schema(copy: Path) -> None:
    assert '"megabytes"' in (copy / "include/schema/image.schema.json").read_text()


def test_the_added_stage_fails_closed(copy: Path) -> None:
    kept, over, foreign, unreadable, missing = json.loads(_run(copy, sys.executable, "-c", JUDGE))
    assert kept == []
    assert over == ["over-budget: 3 MB to pull, 2 MB are allowed"]
    assert foreign[0].startswith("the size report is about")
    assert unreadable[0].startswith("the size report cannot be read")
    assert missing[0].startswith("the size report cannot be read")


def test_the_examples_pass_the_projects_own_linters(copy: Path) -> None:
    python = [block.file for block in BLOCKS if block.file.endswith(".py")]
    dockerfiles = [block.file for block in BLOCKS if block.file.endswith("Dockerfile")]
    _run(copy, "ruff", "check", "--no-cache", f"--config={ROOT / 'pyproject.toml'}", *python)
    _run(copy, "hadolint", "--failure-threshold=warning", *dockerfiles)


def test_settings_shown_are_valid_and_those_of_the_project() -> None:
    shown = [yaml.safe_load(block.text) for block in BLOCKS if block.language == "yaml" and not block.note]
    assert len(shown) == 5
    for part in shown:
        Organisation.model_validate({"schema": 1, **part})
    ours = load_organisation(ROOT).model_dump()
    (whole,) = [part for part in shown if "registry" in part]
    for key in ("registry", "engine", "catalog"):
        assert whole[key] == ours[key]


def test_rules_shown_are_sound() -> None:
    """The policy is a file of the copy, and checked there. A waiver's date is of the day on which it was
    written, so that it is read by its form alone."""
    (waivers,) = [yaml.safe_load(block.text) for block in BLOCKS if block.note == "waiver"]
    assert WaiverFile.model_validate_json(json.dumps(waivers, default=str)).waivers
    shown = [yaml.safe_load(block.text) for block in BLOCKS if block.note == "definition"]
    (part,) = [one for one in shown if "policy" in one]
    for one in shown:
        definition("shown", base={"image": "root"}, **one)
    policy = yaml.safe_load(
        next(block.text for block in BLOCKS if block.file.endswith("policies/strict.yaml"))
    )
    choice = Choice.model_validate_json(json.dumps(part["policy"]))
    assert not [*looser(Policy.model_validate_json(json.dumps(policy)), choice, policy_table().options)]


@pytest.mark.parametrize("path", sorted({p for p in INLINE if re.match(r"[\w.]+/[\w./-]+$", p)}))
def test_every_path_named_exists(path: str) -> None:
    written = {block.file for block in BLOCKS if block.file}
    folders = {str(parent) for file in written for parent in Path(file).parents}
    assert (ROOT / path).exists() or path.rstrip("/") in written | folders or path.startswith(".state")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z-]+)", "\n".join(COMMANDS)))))
def test_every_make_target_named_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M)


@pytest.mark.parametrize(
    "words", sorted(set(re.findall(r"\bgolden-images((?: [a-z]+){1,2})", "\n".join([*COMMANDS, TEXT]))))
)
def test_every_command_named_exists(words: str) -> None:
    first, *rest = words.split()
    assert first in cli.commands
    command = cli.commands[first]
    if isinstance(command, click.Group):
        assert rest
        assert rest[0] in command.commands


def test_every_command_is_in_the_table() -> None:
    listed = set(re.findall(r"^\| `golden-images ([a-z]+)", TEXT, re.M))
    assert listed == set(cli.commands)


def test_every_make_target_is_named() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.M))
    assert targets - set(re.findall(r"\bmake ([a-z-]+)", "\n".join(COMMANDS))) == set()


def test_the_layout_names_every_part_of_the_package() -> None:
    layout = TEXT.split("\n## Layout\n", 1)[1].split("\n## ", 1)[0]
    package = ROOT / "plugins" / "golden_images"
    parts = [path.relative_to(ROOT) for path in package.iterdir() if any(path.glob("*.*"))]
    assert parts
    assert [part for part in parts if part.name != "__pycache__" and f"`{part}`" not in layout] == []


def test_the_picture_shows_every_stage() -> None:
    picture = TEXT.split("```text", 1)[1].split("```", 1)[0]
    assert [row.name for row in PIPELINE if row.name not in picture] == []


def test_every_marker_named_exists() -> None:
    markers = re.findall(r'^  "(\w+): ', (ROOT / "pyproject.toml").read_text(), re.M)
    assert markers
    for marker in markers:
        assert f"`{marker}`" in TEXT
