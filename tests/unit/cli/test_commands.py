"""What the commands do, beyond how it looks (that is in tests/golden)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from golden_images.cli import main
from golden_images.cli.app import cli
from golden_images.cli.services import Services
from golden_images.core.organisation import Organisation
from golden_images.ports import Ports
from tests.golden import shop as shops
from tests.golden.shop import Shop

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return shops.build(tmp_path)


def test_check_is_quiet_on_success(shop: Shop, capsys: Capture) -> None:
    (shop.root / "include" / "images" / "broken.yaml").unlink()
    assert main(["check"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("3 definitions, no problems\n", "")


@pytest.mark.parametrize(
    ("paths", "checked", "code"),
    [
        (["include/images/root.yaml"], 1, 0),
        (["include/images/root.yaml", "include/images/broken.yaml"], 2, 1),
        (["include/images"], 4, 1),
        (["include/images/root.yaml", "include"], 4, 1),
        (["include/golden_images.yaml"], 0, 0),
        (["."], 4, 1),
    ],
)
def test_check_of_paths(shop: Shop, capsys: Capture, paths: list[str], checked: int, code: int) -> None:
    assert main(["check", "--json", *paths]) == code
    assert json.loads(capsys.readouterr().out)["definitions"] == checked


def test_check_from_elsewhere(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert main(["check", "--project", str(shop.root)]) == 1
    assert capsys.readouterr().out.startswith(f"{shop.root}/include/images/broken.yaml:1:1: ")


def test_plan_writes_nothing(shop: Shop) -> None:
    before = dict(vars(shop.world.registry))
    assert main(["plan", "root"], shop.services()) == 0
    assert shop.world.catalog.decisions("root") == []
    assert shop.world.registry.tags("golden/root") == []
    assert vars(shop.world.registry).keys() == before.keys()


def test_plan_of_a_child_whose_base_was_never_released_is_an_input_error(shop: Shop, capsys: Capture) -> None:
    assert main(["plan", "child"], shop.services()) == 1
    assert "remedy" in capsys.readouterr().err


def test_show_finds_versions_and_cut_digests(shop: Shop, capsys: Capture) -> None:
    shops.fill(shop)
    for what in (shops.CHILD_OLD, shops.CHILD_OLD.short, "2026.10.24-0000001e"):
        assert main(["show", "--json", what], shop.services()) == 0
        shown = json.loads(capsys.readouterr().out)
        assert (shown["image"], shown["release"]["digest"]) == ("child", shops.CHILD_OLD)


def test_show_refuses_what_means_two_things(shop: Shop, capsys: Capture) -> None:
    shops.fill(shop)
    assert main(["show", "2026.11.24-00000001"], shop.services()) == 1
    assert "means more than one release" in capsys.readouterr().err
    assert main(["show", "abc12"], shop.services()) == 1


def test_images_without_definition_are_listed(shop: Shop, capsys: Capture) -> None:
    shops.fill(shop)
    (shop.root / "include" / "images" / "root.yaml").unlink()
    assert main(["list", "--json"], shop.services()) == 0
    states = {image["image"]: image["definition"] for image in json.loads(capsys.readouterr().out)}
    assert states == {"broken": "broken", "child": "broken", "fresh": "sound", "root": "undefined"}


def test_the_catalog_comes_back_from_the_registry(shop: Shop, capsys: Capture) -> None:
    shops.release_all(shop)
    before = {name: shop.world.catalog.current(name) for name in ("root", "child")}
    shop.world.catalog = shop.world.lost_catalog()
    assert main(["catalog", "rebuild"], shop.services()) == 0
    assert {name: shop.world.catalog.current(name) for name in before} == before
    assert "2 images, 2 releases," in capsys.readouterr().out


def test_migrate_may_be_repeated(shop: Shop) -> None:
    assert [main(["catalog", "migrate"], shop.services()) for _ in range(2)] == [0, 0]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_command(shell: str, capsys: Capture) -> None:
    assert main(["completion", shell]) == 0
    assert "_GOLDEN_IMAGES_COMPLETE" in capsys.readouterr().out


def test_names_of_images_are_completed(shop: Shop) -> None:
    complete = ShellComplete(cli, {}, "golden-images", "_GOLDEN_IMAGES_COMPLETE")
    assert [item.value for item in complete.get_completions(["plan"], "r")] == ["root"]
    assert [item.value for item in complete.get_completions([], "che")] == ["check"]


def test_only_a_plan_is_told_at_once_that_a_registry_is_down(shop: Shop) -> None:
    asked: list[bool] = []

    def ports(_: Organisation, /, *, quick: bool) -> Ports:
        asked.append(quick)
        return shop.world.ports()

    services = Services(ports=ports, now=shop.services().now)
    assert main(["plan", "root"], services) == 0
    assert main(["catalog", "rebuild"], services) == 0
    assert asked == [True, False]
