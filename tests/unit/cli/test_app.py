"""How a run of the command ends: exit codes, streams, no trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import pytest

from golden_images.cli import main
from golden_images.cli.services import Services, Wire
from golden_images.core.organisation import Organisation
from golden_images.errors import CatalogError, GoldenImagesError, InputError, IntegrityError, UsageError
from tests.fakes.catalog import FakeCatalog
from tests.golden import shop as shops
from tests.golden.shop import Shop

ROOT = Path(__file__).parents[3]

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.delenv("GOLDEN_IMAGES_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)
    return shops.build(tmp_path)


def failing(error: BaseException) -> Wire:
    def ports(_: Organisation, /, *, quick: bool) -> NoReturn:
        raise error

    return ports


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("what", cause="why", remedy="how"), 1),
        (IntegrityError("what", cause="why", remedy="how"), 1),
        (UsageError("what", cause="why", remedy="how"), 2),
        (CatalogError("what", cause="why", remedy="how"), 3),
    ],
)
def test_errors_of_ours_say_cause_and_remedy(
    shop: Shop, capsys: Capture, error: GoldenImagesError, code: int
) -> None:
    assert main(["list"], Services(ports=failing(error))) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "error: what\n  cause:  why\n  remedy: how\n"


@pytest.mark.parametrize(
    ("error", "code", "where"),
    [
        (InputError("what", cause="why", remedy="how"), 1, None),
        (CatalogError("what", endpoint="db:5432", cause="why", remedy="how"), 3, "db:5432"),
    ],
)
def test_errors_under_json_are_json(
    shop: Shop, capsys: Capture, error: GoldenImagesError, code: int, where: str | None
) -> None:
    assert main(["list", "--json"], Services(ports=failing(error))) == code
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "error": {
            "type": type(error).__name__,
            "message": "what",
            "cause": "why",
            "remedy": "how",
            "where": where,
            "exit_code": code,
        }
    }
    assert captured.err == ""


def test_wrong_usage_a_mistake_and_an_interruption_are_json_too(shop: Shop, capsys: Capture) -> None:
    for services, arguments, code, kind in (
        (shop.services(), ["plan", "rot", "--json"], 2, "UsageError"),
        (shop.services(), ["list", "--colour", "--json"], 2, "NoSuchOption"),
        (Services(ports=failing(RuntimeError("boom"))), ["list", "--json"], 1, "RuntimeError"),
        (Services(ports=failing(KeyboardInterrupt())), ["list", "--json"], 130, "Abort"),
    ):
        assert main(arguments, services) == code
        assert json.loads(capsys.readouterr().out)["error"]["type"] == kind


def test_a_broken_definition_under_json_has_its_problems(shop: Shop, capsys: Capture) -> None:
    assert main(["plan", "broken", "--json"], shop.services()) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    first = error["problems"][0]
    assert (first["path"], first["field"]) == ("include/images/broken.yaml", "description")


def test_the_version_is_the_packages(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"golden-images {version('golden-images')}\n"


@pytest.mark.parametrize(("setting", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_is_for_a_terminal(
    shop: Shop, tmp_path: Path, setting: dict[str, str], coloured: bool
) -> None:
    reader, terminal = os.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    command = [sys.executable, "-m", "golden_images.cli", "check", "--project", str(tmp_path)]
    subprocess.run(
        command,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        check=False,
        cwd=ROOT / "plugins",
        env=environment | setting,
        timeout=60,
    )
    os.close(terminal)
    written = os.read(reader, 65536)
    os.close(reader)
    assert b"description: is missing" in written
    assert (b"\x1b[31m" in written) is coloured


def test_a_service_that_does_not_answer_is_exit_code_3(shop: Shop, capsys: Capture) -> None:
    assert isinstance(shop.world.catalog, FakeCatalog)
    shop.world.catalog.down = True
    for arguments in (["list"], ["show", "root"], ["plan", "root"], ["catalog", "migrate"]):
        assert main(arguments, shop.services()) == 3
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "fake://catalog" in captured.err


def test_a_mistake_of_ours_is_one_line_and_the_trace_is_for_those_who_ask(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = Services(ports=failing(RuntimeError("boom")))
    assert main(["list"], services) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: unexpected RuntimeError: boom\n")
    assert "GOLDEN_IMAGES_DEBUG=1" in err
    assert "Traceback" not in err
    monkeypatch.setenv("GOLDEN_IMAGES_DEBUG", "1")
    assert main(["list"], services) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupted_run_is_130(shop: Shop, capsys: Capture) -> None:
    assert main(["list"], Services(ports=failing(KeyboardInterrupt()))) == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["plan"],
        ["plan", "rot"],
        ["check", "missing"],
        ["check", "include/contexts"],
        ["list", "--colour"],
        ["list", "--project", "missing"],
        ["list", "--env-file", "missing"],
    ],
)
def test_wrong_usage_is_exit_code_2(shop: Shop, capsys: Capture, arguments: list[str]) -> None:
    assert main(arguments, shop.services()) == 2
    assert capsys.readouterr().out == ""


def test_a_slip_in_a_name_is_told(shop: Shop, capsys: Capture) -> None:
    main(["plan", "rot"], shop.services())
    assert "did you mean root?" in capsys.readouterr().err
    assert main(["show", "chld"], shop.services()) == 1
    assert "did you mean child?" in capsys.readouterr().err


def test_the_plan_of_a_broken_definition_is_its_problems(shop: Shop, capsys: Capture) -> None:
    assert main(["plan", "broken"], shop.services()) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("include/images/broken.yaml:1:1: description: is missing\n")


def test_outside_of_a_project_the_remedy_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 1
    assert "--project" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"set -o pipefail; {sys.executable} -m golden_images.cli schema | true"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT / "plugins", timeout=60
    )
    assert done.returncode == 141
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["check", str(ROOT)], ["schema"]])
def test_what_needs_no_service_imports_none_of_their_libraries(arguments: list[str]) -> None:
    heavy = {"airflow", "sqlalchemy", "httpx", "docker", "boto3"}
    code = (
        "import sys; from golden_images.cli import main\n"
        f"main({arguments!r})\n"
        f"print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT / "plugins",
        timeout=60,
    )
    assert done.stderr.splitlines()[-1] == "[]"
