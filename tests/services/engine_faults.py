"""For tests that hurt the engine's users: requests, what runs on this machine, and tasks to kill."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

from golden_images.ports import BuildRequest
from tests.services.engine import ENDPOINT

ROOT = Path(__file__).parents[2]

#: A task that is killed: it builds, or holds a container, until the end of time.
VICTIM = """
import sys, docker
from pathlib import Path
from golden_images.adapters.engine import DockerEngine
from golden_images.ports import BuildRequest, ContainerSpec
kind, endpoint, image, name = sys.argv[1:5]
engine = DockerEngine(lambda: docker.APIClient(base_url=endpoint, version="auto"), endpoint)
log = lambda line: print(line, flush=True)
if kind == "build":
    with Path(image).open("rb") as context:
        engine.build(BuildRequest(context, "Dockerfile", name, {}, {}), log)
else:
    with engine.container(ContainerSpec(image, name, {"victim": name})):
        log("ready")
        sys.stdin.read()
"""


def context(dockerfile: str) -> io.BytesIO:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as archive:
        member = tarfile.TarInfo("Dockerfile")
        member.size = len(dockerfile.encode())
        archive.addfile(member, io.BytesIO(dockerfile.encode()))
    content.seek(0)
    return content


def request(dockerfile: str, tag: str, timeout_seconds: int = 120) -> BuildRequest:
    return BuildRequest(context(dockerfile), "Dockerfile", tag, {}, {}, timeout_seconds=timeout_seconds)


def running(*command: str) -> bool:
    """Whether any process of this machine, containers included, was started as ``command``."""
    wanted = "\0".join(command).encode() + b"\0"
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if entry.read_bytes() == wanted:
                return True
        except OSError:
            continue
    return False


def eventually(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end, "this never came true"
        time.sleep(0.05)


def victim(kind: str, image: str, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", VICTIM, kind, ENDPOINT, image, name],
        env={**os.environ, "PYTHONPATH": str(ROOT / "plugins")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()
