"""What the commands print, for people and as JSON, over fakes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from golden_images.cli import main
from tests.golden import shop as shops
from tests.golden.compare import Golden
from tests.golden.shop import Shop
from tests.golden.test_problems import write_project

FORMATS = pytest.mark.parametrize("suffix", ["txt", "json"])

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    # Only what a test sets up may be seen, not the state of a stack that runs here.
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return shops.build(tmp_path)


def run(shop: Shop, capsys: Capture, suffix: str, *arguments: str) -> str:
    """The command's standard output; it has to end well."""
    as_json = ["--json"] if suffix == "json" else []
    capsys.readouterr()
    assert main([*arguments, *as_json], shop.services()) == 0
    return capsys.readouterr().out


def stable(text: str) -> str:
    """Digests, build ids and versions, which change with all that is hashed, as 111…, 222…, …"""
    known: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        whole = next((one for one in known if one.startswith(match[0])), match[0])
        return known.setdefault(whole, f"{len(known) + 1:x}" * 64)[: len(match[0])]

    text = re.sub(r"\b[0-9a-f]{64}\b", number, text)
    return re.sub(r"(?<=\d{4}\.\d\d\.\d\d-)[0-9a-f]{8}\b", number, text)


@FORMATS
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("list", ("list",)),
        ("show-root", ("show", "root")),
        ("show-child", ("show", "child")),
        ("show-fresh", ("show", "fresh")),
        ("show-broken", ("show", "broken")),
        ("show-backfill", ("show", shops.CHILD_OLD.short)),
    ],
)
def test_catalog(
    shop: Shop, golden: Golden, capsys: Capture, name: str, arguments: tuple[str, ...], suffix: str
) -> None:
    shops.fill(shop)
    golden(f"cli/{name}.{suffix}", run(shop, capsys, suffix, *arguments))


@FORMATS
def test_plan_of_a_new_image(shop: Shop, golden: Golden, capsys: Capture, suffix: str) -> None:
    golden(f"cli/plan-new.{suffix}", stable(run(shop, capsys, suffix, "plan", "root")))


@FORMATS
def test_plan_of_an_unchanged_image(shop: Shop, golden: Golden, capsys: Capture, suffix: str) -> None:
    shops.release_all(shop)
    golden(f"cli/plan-unchanged.{suffix}", stable(run(shop, capsys, suffix, "plan", "child")))
    golden(f"cli/plan-forced.{suffix}", stable(run(shop, capsys, suffix, "plan", "child", "--force")))


@FORMATS
def test_plan_of_other_demands_names_them(shop: Shop, golden: Golden, capsys: Capture, suffix: str) -> None:
    shops.release_all(shop)
    definition = shop.root / "include" / "images" / "child.yaml"
    definition.write_text(shops.CHILD + "stages: {lint: {fail_on: warning}}\n")
    golden(f"cli/plan-demands-changed.{suffix}", stable(run(shop, capsys, suffix, "plan", "child")))


@FORMATS
def test_plan_on_a_new_base_names_old_and_new(
    shop: Shop, golden: Golden, capsys: Capture, suffix: str
) -> None:
    again = shops.release_all(shop)
    definition = shop.root / "include" / "images" / "root.yaml"
    definition.write_text(shops.ROOT + "labels: {colour: red}\n")
    again("root")
    golden(f"cli/plan-base-changed.{suffix}", stable(run(shop, capsys, suffix, "plan", "child")))


@FORMATS
def test_check_of_a_broken_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: Golden, capsys: Capture, suffix: str
) -> None:
    write_project(tmp_path)
    kept = {"sound.yaml", "child-of-broken.yaml", "unknown-base.yaml", "unknown-keys.yaml"}
    for path in (tmp_path / "include" / "images").iterdir():
        if path.name not in kept:
            path.unlink()
    monkeypatch.chdir(tmp_path)
    assert main(["check", *(["--json"] if suffix == "json" else [])]) == 1
    captured = capsys.readouterr()
    golden(f"cli/check.{suffix}", captured.out)
    if suffix == "txt":
        assert captured.err == "note: child-of-broken is right, but its base unknown-base is broken\n"


@pytest.mark.parametrize("what", ["image", "organisation", "policy", "waiver"])
def test_schema_of_editors_is_that_of_the_models(what: str, capsys: Capture) -> None:
    """After a change: ``golden-images schema image > include/schema/image.schema.json``."""
    assert main(["schema", what]) == 0
    committed = Path(__file__).parents[2] / "include" / "schema" / f"{what}.schema.json"
    assert capsys.readouterr().out == committed.read_text()
