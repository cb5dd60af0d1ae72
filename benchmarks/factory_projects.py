"""The same DAGs twice: as definitions of ours, and as dag-factory's YAML."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from golden_images.pipeline import PIPELINE
from local.stack.stack import ROOT

#: How many images stand on one base; the tree is as deep as real ones are.
_CHILDREN = 10
#: From how many definitions on the README advises another copy of the DAG file.
_A_FILE = 1000


def name(number: int) -> str:
    return f"image-{number:05}"


def ours(folder: Path, count: int) -> list[Path]:
    """A project of ``count`` definitions without contexts; its DAG files."""
    images = folder / "include" / "images"
    images.mkdir(parents=True)
    shutil.copy(ROOT / "include/golden_images.yaml", folder / "include")
    shutil.copytree(ROOT / "dags", folder / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    for number in range(count):
        reference = f"registry.example.com/base/{number:05}:stable"
        parent = name((number - 1) // _CHILDREN)
        base = f"image: {parent}" if number % 4 else f"reference: {reference}"
        (images / f"{name(number)}.yaml").write_text(
            f"schema: 1\nname: {name(number)}\ndescription: Image number {number} of the benchmark.\n"
            f"owner: team-{number % 20}\ntags: [python]\nbase:\n  {base}\n"
            "stages:\n  lint:\n    fail_on: warning\n  test:\n    minimum: 12\n"
        )
    first = folder / "dags" / "golden_images.py"
    files = [first]
    while len(files) * _A_FILE < count:
        files.append(Path(shutil.copy(first, first.with_stem(f"{first.stem}_{len(files) + 1}"))))
    return files


def dag_factory(folder: Path, count: int) -> Path:
    """The same tasks with the same edges, as operators that do nothing; one file a DAG."""
    (folder / "yaml").mkdir(parents=True)
    (folder / "dags").mkdir()
    tasks = [
        {"task_id": "resolve", "operator": _EMPTY},
        *({"task_id": row.name, "operator": _EMPTY, "dependencies": list(row.needs)} for row in PIPELINE),
    ]
    for number in range(count):
        dag = {
            "description": f"Image number {number} of the benchmark.",
            "doc_md": f"# {name(number)}\n\nImage number {number} of the benchmark.\n",
            "schedule": "0 2 * * *",
            "start_date": "2026-01-01",
            "catchup": False,
            "max_active_runs": 1,
            "tags": ["golden-image", "python"],
            "default_args": {"owner": f"team-{number % 20}", "retries": 2, "retry_delay_sec": 10},
            "tasks": tasks,
        }
        # JSON is YAML, and the quickest to read of all YAML.
        (folder / "yaml" / f"{name(number)}.yaml").write_text(json.dumps({name(number): dag}))
    file = folder / "dags" / "dags.py"
    file.write_text(
        "# airflow dag\nfrom pathlib import Path\n\nfrom dagfactory import load_yaml_dags\n\n"
        'load_yaml_dags(globals(), dags_folder=str(Path(__file__).parents[1] / "yaml"))\n'
    )
    return file


_EMPTY = "airflow.providers.standard.operators.empty.EmptyOperator"
