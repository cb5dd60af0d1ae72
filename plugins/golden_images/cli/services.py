"""What commands are handed: the project, the ports, the clock. Tests hand them others."""

from __future__ import annotations

import atexit
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from golden_images.core.organisation import Organisation
    from golden_images.ports import Ports
    from golden_images.project import Project
    from golden_images.scheduling.backfill import Backfills


class Wire(Protocol):
    """The ports of an organisation; ``quick`` as in :func:`golden_images.wiring.ports`."""

    def __call__(self, organisation: Organisation, /, *, quick: bool) -> Ports: ...


def _wired(organisation: Organisation, /, *, quick: bool) -> Ports:
    _no_airflow_of_its_own()
    # Airflow logs to what standard output is when it is loaded; that one is for results.
    with redirect_stdout(sys.stderr):
        import airflow.settings  # noqa: F401
    from golden_images.wiring import ports

    return ports(organisation, quick=quick)


def _airflow() -> Backfills:
    from golden_images.scheduling.backfill import AirflowBackfills

    return AirflowBackfills()


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    ports: Wire = _wired
    now: Callable[[], datetime] = _utc_now
    #: Airflow's backfills; asked only after :meth:`connect`.
    backfills: Callable[[], Backfills] = _airflow

    def project(self, root: Path | None) -> Project:
        from golden_images.project import load

        return load(self.root(root))

    def root(self, root: Path | None) -> Path:
        """``root`` as given, else the project that the working directory lies in."""
        from golden_images.project import find

        return root or find(Path.cwd())

    def connect(self, project: Project, env_file: Path | None, *, quick: bool = False) -> Ports:
        """The ports, after the local stack's environment was taken over (see :func:`load_environment`)."""
        load_environment(project.root, env_file)
        return self.ports(project.organisation, quick=quick)


def load_environment(root: Path, env_file: Path | None) -> None:
    """Takes over the variables of the local stack (``make demo`` writes them), so that a command finds
    its Connections. Variables that are set stay.

    The file is ``env_file``; else ``airflow.env`` in the folder of GOLDEN_IMAGES_STATE, by default
    ``.state`` of the project. Without ``env_file`` nothing is read where AIRFLOW_HOME is set: that
    shell already belongs to an Airflow. Raises UsageError if ``env_file`` cannot be read.
    """
    from golden_images.errors import UsageError

    path = env_file
    if path is None:
        if os.environ.get("AIRFLOW_HOME"):
            return
        path = Path(os.environ.get("GOLDEN_IMAGES_STATE") or root / ".state") / "airflow.env"
        if not path.is_file():
            return
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise UsageError(f"{path} cannot be read", cause=str(error.strerror)) from None
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not equals or name.startswith("#"):
            continue
        os.environ.setdefault(name.strip(), _unquoted(value, path))


def _unquoted(value: str, path: Path) -> str:
    from golden_images.errors import UsageError

    if value[:1] not in ("'", '"'):
        return value
    try:
        return "".join(shlex.split(value))
    except ValueError as error:
        raise UsageError(f"{path} cannot be read", cause=f"{value[:1]}…: {error}") from None


def _no_airflow_of_its_own() -> None:
    """Where there is no Airflow, the one that is only imported for its Connections leaves nothing: it
    would make a folder of settings and an empty database in the user's home."""
    if os.environ.get("AIRFLOW_HOME") or Path("~/airflow").expanduser().exists():
        return
    folder = tempfile.mkdtemp(prefix="golden-images-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["AIRFLOW_HOME"] = folder
