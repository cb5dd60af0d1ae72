"""airflow-settings.md says what the local stack sets: all of it, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from airflow.configuration import conf

from local.stack.airflow import settings
from local.stack.state import State

ROOT = Path(__file__).parents[3]
ROW = re.compile(r"\| `\[(\w+)\] (\w+)` \| (?:`(.*?)`)? ?\| (default|its own|`(.*?)`) \| \S.* \|")

Option = tuple[str, str]
#: Default and local value by option; a default that is not told is empty.
Rows = dict[Option, tuple[str, str]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    found = {}
    for line in (ROOT / "airflow-settings.md").read_text().splitlines():
        if line.startswith("| `"):
            match = ROW.fullmatch(line)
            assert match, line
            found[match[1], match[2]] = (match[3] or "", match[5] or match[4])
    return found


@pytest.fixture
def stack(tmp_path: Path) -> dict[Option, str]:
    values = settings(State(tmp_path), ROOT, registry="127.0.0.1:5000", engine="unix:///var/run/docker.sock")
    named = (name.removeprefix("AIRFLOW__").split("__") for name in values if name.startswith("AIRFLOW__"))
    return {
        (section.lower(), option.lower()): values[f"AIRFLOW__{section}__{option}"]
        for section, option in named
    }


def test_all_that_the_stack_sets_is_told(rows: Rows, stack: dict[Option, str]) -> None:
    assert {option for option, (_, local) in rows.items() if local != "default"} == set(stack)
    told = {option: local for option, (_, local) in rows.items() if local not in ("default", "its own")}
    assert told == {option: stack[option] for option in told}


def test_options_and_defaults_are_airflows(rows: Rows) -> None:
    known = conf.configuration_description
    for (section, option), (default, _) in rows.items():
        assert option in known[section]["options"], (section, option)
        if default:
            assert conf.get_default_value(section, option) == default
