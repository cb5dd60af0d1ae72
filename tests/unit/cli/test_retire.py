"""An image whose definition is gone leaves the list, and nothing else happens to it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from golden_images.cli import main
from golden_images.core.reason import Why
from tests.fakes.world import NOW
from tests.golden import shop as shops
from tests.golden.shop import Shop

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("LOGNAME", "alice")
    monkeypatch.chdir(tmp_path)
    made = shops.build(tmp_path)
    shops.fill(made)
    return made


def remove(shop: Shop, *names: str) -> None:
    for name in names:
        (shop.root / "include" / "images" / f"{name}.yaml").unlink()


def listed(shop: Shop, capsys: Capture, *arguments: str) -> dict[str, str]:
    """The state of each definition by image."""
    capsys.readouterr()
    assert main(["list", "--json", *arguments], shop.services()) == 0
    return {image["image"]: image["definition"] for image in json.loads(capsys.readouterr().out)}


def test_a_retired_image_leaves_the_list_and_comes_back(shop: Shop, capsys: Capture) -> None:
    remove(shop, "child")
    assert listed(shop, capsys)["child"] == "undefined"
    channels, releases = shop.world.catalog.channels("child"), shop.world.catalog.releases("child")
    assert main(["retire", "child", "--reason", "nobody pulls it"], shop.services()) == 0
    assert capsys.readouterr().out == "child is retired\n"
    assert "child" not in listed(shop, capsys)
    assert listed(shop, capsys, "--all")["child"] == "retired"
    decision = shop.world.catalog.decisions("child")[0]
    assert (decision.reason.why, decision.note, decision.actor) == (Why.RETIRED, "nobody pulls it", "alice")
    assert shop.world.catalog.channels("child") == channels
    assert shop.world.catalog.releases("child") == releases
    later = replace(shop.services(), now=lambda: NOW + 4 * shops.DAY)
    assert main(["retire", "child", "--undo"], later) == 0
    assert listed(shop, capsys)["child"] == "undefined"


def test_twice_is_once(shop: Shop, capsys: Capture) -> None:
    remove(shop, "child")
    assert main(["retire", "child"], shop.services()) == 0
    decisions = shop.world.catalog.decisions("child")
    assert main(["retire", "child"], shop.services()) == 0
    assert "was retired by alice" in capsys.readouterr().out
    assert shop.world.catalog.decisions("child") == decisions


def test_a_definition_that_comes_back_ends_it(shop: Shop, capsys: Capture) -> None:
    path = shop.root / "include" / "images" / "child.yaml"
    text = path.read_text()
    remove(shop, "child")
    assert main(["retire", "child"], shop.services()) == 0
    path.write_text(text)
    assert listed(shop, capsys)["child"] == "sound"


@pytest.mark.parametrize(
    ("removed", "name", "told"),
    [
        ([], "child", "include/images/child.yaml"),
        ([], "root", "root is the base of child"),
        (["root"], "root", "root is the base of child"),
        (["child"], "chld", "did you mean child?"),
    ],
)
def test_what_is_still_used_or_unknown_is_refused(
    shop: Shop, capsys: Capture, removed: list[str], name: str, told: str
) -> None:
    remove(shop, *removed)
    before = shop.world.catalog.decisions(name)
    assert main(["retire", name], shop.services()) == 1
    assert told in capsys.readouterr().err
    assert shop.world.catalog.decisions(name) == before
