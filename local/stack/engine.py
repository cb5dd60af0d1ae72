"""Docker Engine: the one that answers, else one of ours."""

from __future__ import annotations

import grp
import os
import subprocess
from pathlib import Path

from local import debian
from local.console import LocalError, Step
from local.stack.processes import Processes
from local.stack.state import State
from local.stack.waiting import until

NAME = "dockerd"
#: On every container and image of ours; golden_images.core.names says the same.
LABEL = "io.golden-images.build-id"
#: dockerd's own default: its check of this file is what keeps two from running on one machine.
_PIDFILE = Path("/var/run/docker.pid")


def ensure(state: State, progress: Step) -> str:
    """The engine's endpoint. Starts ``dockerd`` only if nothing answers there."""
    endpoint = debian.engine_endpoint()
    if debian.engine_answers(endpoint):
        ours = Processes(state).find(NAME) is not None
        progress.note = f"{endpoint}, {'started here' if ours else 'already running'}"
        return endpoint
    if os.environ.get("DOCKER_HOST"):
        raise LocalError(
            "Docker Engine does not answer",
            cause=f"nothing answers at DOCKER_HOST={endpoint}",
            remedy="start it, or unset DOCKER_HOST to have one started here",
        )
    prefix = debian.root_prefix()
    if _refused():
        raise LocalError(
            "Docker Engine runs, but this user may not speak to it",
            cause=f"permission denied at {endpoint}",
            remedy="sudo usermod --append --groups docker $USER, log in again",
        )
    if prefix is None:
        raise LocalError(
            "Docker Engine does not answer, and starting it needs root",
            cause=f"nothing answers at {endpoint}, and sudo asks for a password",
            remedy="start it (sudo systemctl start docker), or run this as root",
        )
    _start(state, prefix)
    until(
        lambda: debian.engine_answers(endpoint),
        component=NAME,
        seconds=60,
        state=state,
        progress=progress,
        alive=not prefix,
    )
    if _PIDFILE.exists():
        # Through sudo the process started is sudo; the one to stop is the daemon itself.
        Processes(state).remember(NAME, int(_PIDFILE.read_text()), prefix)
    progress.note = f"{endpoint}, started here"
    return endpoint


def stop(state: State) -> list[str]:
    return Processes(state).stop(NAME, grace=30)


def remove_ours(registry: str) -> int:
    """Removes containers and images that carry our label and come from ``registry`` (``host:port``):
    those of another stack on the same engine stay. How many there were."""
    docker = debian.which("docker")
    if not docker or not debian.engine_answers():
        return 0
    removed = 0
    for kind, image, remove in (("ps", "{{.Image}}", "rm"), ("images", "{{.Repository}}/", "rmi")):
        wanted = ["--filter", f"label={LABEL}", "--format", "{{.ID}} " + image]
        listed = subprocess.run(
            [docker, kind, "--all", "--no-trunc", *wanted],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        lines = [line.split(maxsplit=1) for line in listed.stdout.splitlines()]
        ids = sorted({line[0] for line in lines if line[-1].startswith(f"{registry}/")})
        if ids:
            subprocess.run([docker, remove, "--force", *ids], capture_output=True, check=False, timeout=300)
            removed += len(ids)
    return removed


def _start(state: State, prefix: list[str]) -> None:
    dockerd = debian.which("dockerd")
    if not dockerd:
        raise LocalError("there is no dockerd", cause="Docker Engine is not installed", remedy="make setup")
    environment = {
        **os.environ,
        "PATH": os.environ.get("PATH", "") + os.pathsep + debian.SYSTEM_PATH,
    }
    command = [
        dockerd,
        "--host",
        f"unix://{debian.DEFAULT_SOCKET}",
        "--group",
        grp.getgrgid(os.getgid()).gr_name,
    ]
    data = _data_root(state)
    if data:
        command += ["--data-root", str(data)]
    Processes(state).start(NAME, command, environment=environment, cwd=state.folder, prefix=prefix)


def _data_root(state: State) -> Path | None:
    """Our own, so that the user's images are not touched and ``make clean`` takes all; the default
    where the state lies on an overlay, on which no overlay can be mounted."""
    kind = subprocess.run(
        ["stat", "--file-system", "--format=%T", str(state.folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    return None if kind.stdout.strip().startswith("overlay") else state.folder / "docker"


def _refused() -> bool:
    return Path(debian.DEFAULT_SOCKET).exists() and not os.access(debian.DEFAULT_SOCKET, os.W_OK)
