"""Containers to look into: locked down, named by us, gone on every exit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from golden_images.adapters.engine.transport import Transport
from golden_images.errors import EngineError
from golden_images.ports import ContainerSpec

if TYPE_CHECKING:
    from docker import APIClient

PIDS_LIMIT = 512
TMPFS_OPTIONS = "rw,nosuid,nodev,exec,size=256m"


@contextmanager
def running(transport: Transport, spec: ContainerSpec) -> Iterator[str]:
    """The id of a started container. What a killed try left under the same name is removed first."""
    # Removed by name: the engine may have made it although its answer never reached us.
    try:
        identity = transport.call(f"container {spec.name} was not created", lambda c: _create(c, spec))
        transport.call(f"container {spec.name} did not start", lambda c: c.start(identity))
        yield identity
    except BaseException:
        # The first error is the one to tell; what stays is reaped by its labels.
        with suppress(EngineError):
            remove(transport, spec.name)
        raise
    remove(transport, spec.name)


def remove(transport: Transport, name: str) -> None:
    """With its volumes, running or not; absent is success."""

    transport.call(f"container {name} was not removed", lambda c: _remove(c, name))


def reap(transport: Transport, labels: Mapping[str, str]) -> list[str]:
    """Removes every container that has all ``labels``; an empty mapping would be everybody's."""
    if not labels:
        raise ValueError("reap needs at least one label")
    wanted = [f"{key}={value}" for key, value in labels.items()]
    found: list[dict[str, Any]] = transport.call(
        "containers were not listed", lambda c: c.containers(all=True, filters={"label": wanted})
    )
    names = sorted(entry["Names"][0].lstrip("/") if entry["Names"] else entry["Id"] for entry in found)
    for name in names:
        remove(transport, name)
    return names


def _remove(client: APIClient, name: str) -> None:
    from docker.errors import APIError, NotFound

    try:
        client.remove_container(name, force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        # 409: "removal of container … is already in progress" by somebody else.
        if error.status_code != 409:
            raise


def _create(client: APIClient, spec: ContainerSpec) -> str:
    # Left by a killed try, or made by a call of ours whose answer was lost.
    _remove(client, spec.name)
    host = client.create_host_config(
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        network_mode="none",
        tmpfs=dict.fromkeys(spec.tmpfs, TMPFS_OPTIONS),
        init=True,
        pids_limit=PIDS_LIMIT,
    )
    made = client.create_container(
        image=spec.image,
        name=spec.name,
        # The image's own entrypoint would be started with our command as its arguments.
        entrypoint=list(spec.command[:1]),
        command=list(spec.command[1:]),
        labels=dict(spec.labels),
        host_config=host,
    )
    return str(made["Id"])
