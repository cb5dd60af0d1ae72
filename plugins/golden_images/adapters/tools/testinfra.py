"""ports.TestRunner by pytest-testinfra's docker backend, in a process of its own.

The suite is code of the image's authors: it sees neither the worker's environment nor this
project's pytest configuration and plugins, and it runs on a copy, so that it leaves nothing behind.
The copy lies where the suite lies in its project, so that what pytest says names the true files.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from golden_images.adapters import process
from golden_images.errors import InputError, ToolError
from golden_images.ports import Log, TestReport

#: pytest's exit codes that come with a report: passed, failed, no test collected.
_REPORTED = (0, 1, 5)
#: Not ours to repeat: collection errors and wrong options stay what they are.
_FINAL = (2, 4)
_CONFIGURATION = "[pytest]\n"
#: testinfra's own fixture is a parameter, and would write the container into every test's name.
_HOST = """\
import pytest
import testinfra


@pytest.fixture(scope="module")
def host():
    return testinfra.get_host({address!r})
"""
_COLUMNS = 80
_DEBIANS_DOCKER = Path("/usr/bin/docker")


class Testinfra:
    __test__ = False

    def run(
        self,
        suite: Path,
        container: str,
        endpoint: str,
        log: Log,
        timeout_seconds: int,
        *,
        origin: PurePosixPath,
    ) -> TestReport:
        if not suite.is_dir():
            raise InputError(f"there is no test suite {origin}")
        tool = f"pytest-testinfra {version('pytest-testinfra')}"
        with tempfile.TemporaryDirectory(prefix="golden-images-test-") as name:
            folder = Path(name).resolve()
            shutil.copytree(suite, folder / origin, ignore=shutil.ignore_patterns("__pycache__"))
            (folder / "pytest.ini").write_text(_CONFIGURATION)
            address = f"docker://{container}"
            (folder / "conftest.py").write_text(_HOST.format(address=address))
            report = folder / "junit.xml"
            argv = [
                sys.executable,
                "-m",
                "pytest",
                f"-c={folder / 'pytest.ini'}",
                f"--rootdir={folder}",
                "-pno:cacheprovider",
                "-ptestinfra.plugin",
                f"--hosts={address}",
                f"--junitxml={report}",
                "--verbose",
                "--tb=short",
                "--color=no",
                str(origin),
            ]

            def told(line: str) -> None:
                line = line.replace(f"{folder}/", "")
                # The verdict stands behind the name: the folder, the same in all, would push it away.
                log(line.removeprefix(f"{origin}/") if "::" in line else line)

            outcome = process.run(
                argv,
                timeout_seconds=timeout_seconds,
                log=told,
                env=_environment(endpoint, columns=len(f"{origin}/") + _COLUMNS),
                cwd=folder,
            )
            if outcome.code not in _REPORTED:
                error = process.crashed(
                    "pytest",
                    f"the tests in {origin} could not run",
                    outcome,
                    "mend the suite: it must be collected without an error",
                )
                error.retryable = outcome.code not in _FINAL
                raise error
            return TestReport(_read(report).replace(f"{folder}/".encode(), b""), tool)


def _environment(endpoint: str, columns: int) -> dict[str, str]:
    environment = process.environment(
        DOCKER_HOST=endpoint,
        COLUMNS=str(columns),
        PYTHONUNBUFFERED="1",
        PYTHONDONTWRITEBYTECODE="1",
        # Plugins installed for other purposes would change what a suite means.
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
    )
    path = environment.get("PATH", "")
    if _DEBIANS_DOCKER.exists():
        # A newer client found first on PATH may refuse an older engine.
        path = f"{_DEBIANS_DOCKER.parent}:{path}"
    if shutil.which("docker", path=path) is None:
        raise ToolError(
            "there is no docker client on this worker",
            endpoint="docker",
            cause="testinfra's docker backend runs `docker exec`",
            remedy="install the Debian package docker.io (docker-cli from Debian 13 on)",
            retryable=False,
        )
    environment["PATH"] = path
    return environment


def _read(report: Path) -> bytes:
    """Raises ToolError unless the report is there and is XML."""
    try:
        content = report.read_bytes()
        ElementTree.fromstring(content)  # noqa: S314 - written by pytest a moment ago
    except (OSError, ElementTree.ParseError) as error:
        raise ToolError("pytest left no readable report", endpoint="pytest", cause=str(error)) from error
    return content
