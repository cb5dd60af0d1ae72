"""A benchmark's output: people read a table, machines the last line."""

from __future__ import annotations

import io
import json

from benchmarks.report import conclude, table


def test_last_line_is_one_json_object_and_only_a_goal_that_holds_is_success() -> None:
    for holds in (True, False):
        out = io.StringIO()
        table(("what", "seconds"), [("cold", 1.234), ("unchanged", None)], stream=out)
        code = conclude(
            "overhead",
            measured={"cold": 1.23456},
            baseline={"cold": 1.0},
            ratio={"cold": 1.23456},
            goal={"cold": "<= 1.3"},
            holds=holds,
            stream=out,
        )
        assert code == (0 if holds else 1)
        assert json.loads(out.getvalue().splitlines()[-1]) == {
            "benchmark": "overhead",
            "measured": {"cold": 1.2346},
            "baseline": {"cold": 1.0},
            "ratio": {"cold": 1.2346},
            "goal": {"cold": "<= 1.3"},
            "holds": holds,
        }


def test_columns_of_the_table_stand_below_each_other() -> None:
    out = io.StringIO()
    table(("what", "seconds", "each"), [("cold", 101.5, "1 2"), ("unchanged", None, "3")], stream=out)
    assert out.getvalue().splitlines() == [
        "what       seconds  each",
        "---------  -------  ----",
        "cold        101.50   1 2",
        "unchanged        -     3",
    ]
