"""Airflow's Connections, read strictly: what cannot be understood is an error, never a default.

A Connection may come as JSON, where ``insecure`` is a boolean, or as a URI, where it is text: both mean
the same here. An extra that is no JSON, or half of a client's certificate, would otherwise pass for a
service without TLS, and the registry's password would travel in clear.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from golden_images.airflow_internals.connections import server_connection
from golden_images.airflow_internals.runs import in_task
from golden_images.core.reference import DOCKER_HUB
from golden_images.errors import InputError, ServiceError

if TYPE_CHECKING:
    from airflow.sdk import Connection

_TYPES = {
    "registry": ("docker", "http", "https", "generic"),
    "engine": ("docker", "generic"),
    "catalog": ("postgres", "sqlite"),
    "webhook": ("http", "https", "generic"),
}
_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0", ""})
#: A client's certificate for an engine: all three or none.
_TLS = ("ca_cert", "client_cert", "client_key")


def connection(conn_id: str, purpose: str) -> Connection:
    """Raises InputError for one that does not exist or cannot be the ``purpose``; inside a task, where
    nobody can tell it from a secrets backend that did not answer, a ServiceError."""
    found = _look_up(conn_id)
    if found.conn_type not in _TYPES[purpose]:
        raise InputError(
            f"the Connection {conn_id!r} cannot be the {purpose}",
            cause=f"its type is {found.conn_type!r}",
            remedy=f"give it one of the types {', '.join(_TYPES[purpose])}",
        )
    return found


def extras(connection: Connection) -> dict[str, Any]:
    if connection.extra:
        try:
            sound = isinstance(json.loads(connection.extra), dict)
        except ValueError:
            sound = False
        if not sound:
            # Airflow itself would take it for empty.
            raise InputError(f"the extra of the Connection {connection.conn_id!r} is no JSON object")
    return connection.extra_dejson


def flag(connection: Connection, name: str) -> bool:
    """A boolean of the extra; false where it is not given."""
    value = extras(connection).get(name)
    text = "" if value is None else str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise InputError(
            f"{name} of the Connection {connection.conn_id!r} is neither true nor false",
            cause=f"it is {value!r}",
            remedy=f"write one of {', '.join(sorted(_TRUE | _FALSE - {''}))}",
        )
    return text in _TRUE


def ca_file(connection: Connection) -> Path | None:
    named = extras(connection).get("ca_file")
    return Path(str(named)) if named else None


def tls(connection: Connection) -> dict[str, str]:
    """The names of an engine's certificates; empty where it has none."""
    given = {name: str(value) for name, value in extras(connection).items() if name in _TLS and value}
    if missing := [name for name in _TLS if name not in given]:
        if given:
            raise InputError(
                f"the Connection {connection.conn_id!r} has {' and '.join(given)}"
                f" without {' and '.join(missing)}",
                remedy=f"give it all of {', '.join(_TLS)}, or none for an engine on this machine",
            )
        return {}
    return given


def engine_address(connection: Connection) -> str:
    """``unix://…`` or ``tcp://host:port``."""
    address = connection.host or ""
    if "://" not in address:
        address = f"tcp://{address}"
    return f"{address}:{connection.port}" if connection.port else address


def registry_host(connection: Connection) -> str:
    """``host[:port]`` as it stands in references."""
    host = (connection.host or "").removeprefix("https://").removeprefix("http://").rstrip("/")
    # As Docker's own tools write Docker Hub: https://index.docker.io/v1/.
    host = host.removesuffix("/v1").removesuffix("/v2")
    if not host:
        raise InputError(f"the Connection {connection.conn_id!r} has no host", remedy="give it host[:port]")
    host = f"{host}:{connection.port}" if connection.port else host
    return DOCKER_HUB if host in ("registry-1.docker.io", "index.docker.io") else host


def database_url(connection: Connection) -> str:
    if connection.conn_type == "sqlite":
        return f"sqlite:///{connection.host or ''}"
    if not connection.host or not connection.schema:
        raise InputError(
            f"the Connection {connection.conn_id!r} needs a host and a schema (the database's name)"
        )
    login = quote(connection.login or "", safe="")
    password = f":{quote(connection.password, safe='')}" if connection.password else ""
    port = f":{connection.port}" if connection.port else ""
    if connection.host.startswith("/"):
        return f"postgresql+psycopg://{login}{password}@/{connection.schema}?host={connection.host}"
    return f"postgresql+psycopg://{login}{password}@{connection.host}{port}/{connection.schema}"


def _look_up(conn_id: str) -> Connection:
    """In a task through Airflow's task interface; in servers and on the command line from Airflow's
    secrets backends and database."""
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError

    finders: tuple[Callable[[str], Any], ...] = (_from_task, server_connection)
    for find in finders:
        try:
            found = find(conn_id)
        except (AirflowNotFoundException, AirflowRuntimeError):
            continue
        if found is not None:
            return found  # type: ignore[no-any-return]
    remedy = f"airflow connections add {conn_id} …, or set AIRFLOW_CONN_{conn_id.upper()}"
    if in_task():
        raise ServiceError(
            f"this task got no Connection {conn_id!r} from Airflow",
            cause="there is none, or a secrets backend did not answer: a task cannot tell the two apart",
            remedy=f"see the backend's state if one is configured, else {remedy}",
        )
    raise InputError(
        f"Airflow has no Connection {conn_id!r}",
        cause="include/golden_images.yaml names it",
        remedy=f"`make up` starts the local stack, which has it; in an Airflow of yours: {remedy}",
    )


def _from_task(conn_id: str) -> Any:
    from airflow.sdk import Connection

    return Connection.get(conn_id)
