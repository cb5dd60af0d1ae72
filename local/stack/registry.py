"""The OCI registry: the one named by GOLDEN_IMAGES_REGISTRY, else Debian's on loopback."""

from __future__ import annotations

import os
import urllib.error
import urllib.request

from local import debian
from local.console import LocalError, Step
from local.stack.processes import Processes
from local.stack.state import State, port_open, write_private
from local.stack.waiting import until

NAME = "registry"

_CONFIG = """\
version: 0.1
log: {{level: warn, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: {folder}}}
  cache: {{blobdescriptor: inmemory}}
  delete: {{enabled: true}}
http:
  addr: 127.0.0.1:{port}
  secret: {secret}
"""


def answers(host: str) -> bool:
    """Whether an OCI registry is there (``GET /v2/``; asking for a login is an answer)."""
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}) if host.startswith("127.") else urllib.request.ProxyHandler()
    )
    for scheme in ("http", "https"):
        try:
            with opener.open(f"{scheme}://{host}/v2/", timeout=3):
                return True
        except urllib.error.HTTPError as error:
            if error.code == 401:
                return True
        except (OSError, ValueError):
            continue
    return False


def ensure(state: State, progress: Step) -> str:
    """``host:port`` of the registry."""
    named = os.environ.get("GOLDEN_IMAGES_REGISTRY")
    if named:
        if not answers(named):
            raise LocalError(
                "the registry does not answer",
                cause=f"GOLDEN_IMAGES_REGISTRY={named}: no answer at /v2/",
                remedy="start it, or unset the variable to have one started here",
            )
        progress.note = f"{named}, as GOLDEN_IMAGES_REGISTRY says"
        return named
    processes, port = Processes(state), state.port(NAME)
    if processes.find(NAME) is None:
        program = debian.which("docker-registry")
        if not program:
            raise LocalError("there is no docker-registry", cause="it is not installed", remedy="make setup")
        if port_open(port):
            port = state.new_port(NAME)
        config = state.folder / "registry.yml"
        write_private(
            config,
            _CONFIG.format(
                folder=state.folder / "registry", port=port, secret=state.secrets()["registry_secret"]
            ),
        )
        # REGISTRY_* variables would override the file.
        environment = {key: value for key, value in os.environ.items() if not key.startswith("REGISTRY_")}
        processes.start(NAME, [program, "serve", str(config)], environment=environment, cwd=state.folder)
    host = f"127.0.0.1:{port}"
    until(lambda: answers(host), component=NAME, seconds=30, state=state, progress=progress)
    progress.note = host
    return host


def stop(state: State) -> list[str]:
    return Processes(state).stop(NAME, grace=10)
