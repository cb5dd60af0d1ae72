"""The real pytest-testinfra when it crashes, hangs or has nothing to say, on suites without a container."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pytest

from golden_images.adapters.tools import testinfra
from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.core.judging import Case
from golden_images.core.organisation import Organisation
from golden_images.errors import InputError, ToolError
from golden_images.stages import options
from golden_images.stages import test as suite_stage

ORIGIN = PurePosixPath("include/contexts/web/tests")


def run(folder: Path, source: str, timeout_seconds: int = 60) -> tuple[ElementTree.Element, list[str]]:
    suite = folder / "tests"
    suite.mkdir(exist_ok=True)
    (suite / "test_it.py").write_text(source)
    lines: list[str] = []
    report = testinfra.Testinfra().run(
        suite, "none", "unix:///none.sock", lines.append, timeout_seconds, origin=ORIGIN
    )
    return ElementTree.fromstring(report.junit), lines


def test_a_suite_without_tests_is_a_report_of_none(tmp_path: Path) -> None:
    report, _ = run(tmp_path, "")
    assert list(report.iter("testcase")) == []


def test_a_suite_that_cannot_be_imported_is_an_error_that_no_retry_mends(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="could not run") as caught:
        run(tmp_path, "import absent_module\n")
    assert "absent_module" in caught.value.cause
    assert not caught.value.retryable


def test_a_suite_that_hangs_is_ended(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="did not finish within 5 seconds"):
        run(tmp_path, "import time\n\ndef test_hangs():\n    time.sleep(1000)\n", timeout_seconds=5)


def test_a_suite_that_kills_its_runner_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="could not run"):
        run(tmp_path, "import os\n\ndef test_dies():\n    os._exit(3)\n")


def test_a_suite_sees_neither_secrets_nor_this_projects_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "secret")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only")
    source = (
        "import os, warnings\n\n"
        "def test_env(request):\n"
        "    assert not [name for name in os.environ if name.startswith('AIRFLOW')]\n"
        "    assert os.environ['DOCKER_HOST'] == 'unix:///none.sock'\n"
        "    warnings.warn('no error here, as it would be in this project')\n"
        "    assert str(request.config.inipath).endswith('pytest.ini')\n"
        "    assert os.getcwd() == str(request.config.rootpath)\n"
        f"    assert os.getcwd() != {str(tmp_path)!r}\n"
    )
    report, _ = run(tmp_path, source)
    cases = list(report.iter("testcase"))
    assert len(cases) == 1
    assert cases[0].find("failure") is None, ElementTree.tostring(cases[0])


def test_names_tell_of_neither_the_container_nor_the_copy(tmp_path: Path) -> None:
    source = (
        "import pytest\n\n"
        "@pytest.mark.parametrize('path', ['/a', '/b'])\n"
        "def test_path(host, path):\n    pass\n"
    )
    report, lines = run(tmp_path, source)
    assert [(case.get("classname"), case.get("name")) for case in report.iter("testcase")] == [
        ("include.contexts.web.tests.test_it", "test_path[/a]"),
        ("include.contexts.web.tests.test_it", "test_path[/b]"),
    ]
    told = [line for line in lines if "::" in line]
    assert [line.split(" PASSED")[0] for line in told] == [
        "test_it.py::test_path[/a]",
        "test_it.py::test_path[/b]",
    ]
    assert max(map(len, told)) <= 80


def test_a_suite_may_have_a_host_of_its_own(tmp_path: Path) -> None:
    source = (
        "import pytest\n\n@pytest.fixture\ndef host(host):\n    return host.backend.name\n\n"
        "def test_host(host):\n    assert host == 'none'\n"
    )
    report, _ = run(tmp_path, source)
    (case,) = report.iter("testcase")
    assert (case.get("name"), list(case)) == ("test_host", [])


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "def test_it():\n    assert 1 == 2, 'not equal'\n",
            "include/contexts/web/tests/test_it.py:2: test_it: AssertionError: not equal",
        ),
        (
            "import pytest\n\n@pytest.fixture\ndef port():\n    raise OSError('no port')\n\n"
            "def test_it(port):\n    pass\n",
            "include/contexts/web/tests/test_it.py:5: test_it: in its setup: OSError: no port",
        ),
        (
            "def test_it(prot):\n    pass\n",
            "test_it: in its setup: fixture 'prot' not found",
        ),
        (
            "import pytest\n\n@pytest.fixture\ndef port():\n    yield\n    raise OSError('gone')\n\n"
            "def test_it(port):\n    pass\n",
            "include/contexts/web/tests/test_it.py:6: test_it: in its teardown: OSError: gone",
        ),
    ],
)
def test_a_failure_is_told_with_its_true_place(tmp_path: Path, source: str, told: str) -> None:
    report, _ = run(tmp_path, source)
    content = ElementTree.tostring(report)
    case = Case(Digest.of(b""), datetime.now(UTC), Organisation(schema=1), options.Test())
    verdict = suite_stage.judge(case, {media.JUNIT: content})
    assert told in verdict.told()
    assert b"golden-images-test-" not in content


def test_a_missing_folder_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        testinfra.Testinfra().run(tmp_path / "absent", "none", "unix:///none.sock", print, 10, origin=ORIGIN)


def test_a_missing_docker_client_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testinfra, "_DEBIANS_DOCKER", tmp_path / "absent")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    with pytest.raises(ToolError, match="no docker client") as caught:
        run(tmp_path, "")
    assert "docker.io" in caught.value.remedy
