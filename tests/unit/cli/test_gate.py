"""``golden-images gate``: one release, or all that are current."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from golden_images.cli import main
from tests.golden import shop as shops
from tests.golden.shop import Shop

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    made = shops.build(tmp_path)
    (tmp_path / "include" / "images" / "broken.yaml").unlink()
    shops.release_all(made)
    (tmp_path / "tomorrow.yaml").write_text(
        "schema: 1\nname: tomorrow\nstages: [test]\npackages: [{deny: [base-files]}]\n"
    )
    return made


def test_one_release_by_the_rules_of_now(shop: Shop, capsys: Capture) -> None:
    assert main(["gate", "child"], shop.services()) == 0
    out = capsys.readouterr().out
    assert out.startswith("child 2026.11.23-")
    assert out.endswith("passes by its stages alone\n")


def test_one_release_by_the_policy_of_a_file(shop: Shop, capsys: Capture) -> None:
    assert main(["gate", "child", "--policy", "tomorrow.yaml"], shop.services()) == 1
    first, *more = capsys.readouterr().out.splitlines()
    assert first.endswith("fails by the policy tomorrow")
    assert more == [
        "  fail: no package base-files: 1 of 1 package",
        "    base-files 12.4+deb12u5 may not be there",
        "  pass: test has passed: it has",
        "",
        "What to do, what matters most first",
        "  1. take base-files out: package:base-files",
    ]


def test_all_that_runs(shop: Shop, capsys: Capture) -> None:
    assert main(["gate", "--policy", "tomorrow.yaml"], shop.services()) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["IMAGE", "root", "child", "2"]
    assert lines[-1] == "2 releases, 2 would not pass"
    assert main(["gate", "--json"], shop.services()) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(one["image"], one["passed"], one["policy"]) for one in found] == [
        ("root", True, None),
        ("child", True, None),
    ]


def test_what_was_never_released_and_what_is_no_policy(shop: Shop, capsys: Capture) -> None:
    assert main(["gate", "fresh"], shop.services()) == 1
    assert "fresh was never released" in capsys.readouterr().err
    (shop.root / "tomorrow.yaml").write_text("schema: 1\nname: tomorrow\nstages: [tset]\n")
    assert main(["gate", "--policy", "tomorrow.yaml"], shop.services()) == 1
    assert "tomorrow.yaml:3:10: stages[0]: the pipeline has no stage 'tset'" in capsys.readouterr().err
