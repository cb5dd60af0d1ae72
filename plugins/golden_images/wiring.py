"""Airflow Connections → adapters: the only place that knows both.

An allow-list: only the Connections that the organisation's file names are read, and each only as the
types it may have. What a Connection holds goes to its adapter and nowhere else.

=========  ==================  =====================================================================
for        Connection type     fields
=========  ==================  =====================================================================
registry   docker, http        host (``host[:port]``), port, login, password;
                               extra ``insecure`` (plain HTTP), ``ca_file``
engine     docker, generic     host (``unix:///var/run/docker.sock`` or ``tcp://host``), port;
                               extra ``ca_cert``, ``client_cert``, ``client_key`` for TLS
catalog    postgres, sqlite    postgres: host, port, login, password, schema; sqlite: host (a path)
webhook    http, generic       password: the bearer token; extra ``catalog``: the catalog's Connection id
=========  ==================  =====================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from golden_images.core.definition import BaseWatch, Organisation
from golden_images.core.reference import DOCKER_HUB
from golden_images.errors import InputError
from golden_images.ports import Catalog, Engine, Ports, Registry

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from golden_images.adapters.registry.watching import RegistryWatch

_TYPES = {
    "registry": ("docker", "http", "https", "generic"),
    "engine": ("docker", "generic"),
    "catalog": ("postgres", "sqlite"),
    "webhook": ("http", "https", "generic"),
}


def ports(organisation: Organisation) -> Ports:
    """Adapters for one organisation. Nothing is looked up or connected before it is used."""
    return Ports(
        registry=cache(lambda: registry(organisation.registry.connection)),
        engine=cache(lambda: engine(organisation)),
        catalog=cache(lambda: catalog(organisation.catalog.connection)),
        sbom_generator=cache(lambda: _syft(organisation)),
        linter=cache(_hadolint),
        test_runner=cache(_testinfra),
        bootstrapper=cache(_mmdebstrap),
        package_archive=cache(_debian_archive),
        registry_of=cache(lambda host: registry_of(organisation, host)),
    )


def registry(conn_id: str) -> Registry:
    from golden_images.adapters.registry import client_from

    host, access = _registry_access(conn_id)
    return client_from(host, **access)


def registry_of(organisation: Organisation, host: str) -> Registry:
    """The client for an external base's registry; anonymous where no Connection is named for it."""
    named = organisation.registries.get(host)
    return external_registry(host, named.connection if named else None)


def external_registry(host: str, conn_id: str | None) -> Registry:
    from golden_images.adapters.registry import client_from

    return registry(conn_id) if conn_id else client_from(host)


def registry_watch(host: str, conn_id: str | None, settings: BaseWatch) -> RegistryWatch:
    """As :func:`external_registry`, for the triggerer's event loop."""
    from golden_images.adapters.registry import watch_from

    pace: dict[str, Any] = {
        "concurrency": settings.concurrency,
        "per_minute": settings.requests_per_minute,
    }
    if conn_id is None:
        return watch_from(host, **pace)
    named, access = _registry_access(conn_id)
    return watch_from(named, **pace, **access)


def _registry_access(conn_id: str) -> tuple[str, dict[str, Any]]:
    """The registry's host, and who we are to it."""
    connection = _connection(conn_id, "registry")
    extra = connection.extra_dejson
    ca_file = extra.get("ca_file")
    return _address(connection, conn_id), {
        "login": connection.login or "",
        "password": connection.password or "",
        "insecure": bool(extra.get("insecure", False)),
        "ca_file": Path(ca_file) if ca_file else None,
    }


def engine(organisation: Organisation) -> Engine:
    from golden_images.adapters.engine import DockerEngine

    conn_id = organisation.engine.connection
    connection = _connection(conn_id, "engine")
    address = connection.host or ""
    if "://" not in address:
        address = f"tcp://{address}"
    if connection.port:
        address = f"{address}:{connection.port}"
    pushes_to = _connection(organisation.registry.connection, "registry")
    return DockerEngine(
        lambda: _docker_client(address, connection.extra_dejson),
        address,
        login=pushes_to.login or "",
        password=pushes_to.password or "",
    )


def catalog(conn_id: str) -> Catalog:
    from golden_images.adapters.catalog import SqlCatalog

    return SqlCatalog.from_url(_database_url(_connection(conn_id, "catalog"), conn_id))


def webhook(conn_id: str) -> tuple[str, str]:
    """The token that a registry's notifications carry, and the catalog's Connection id. Raises
    InputError where there is no token: then nobody is let in."""
    connection = _connection(conn_id, "webhook")
    if not connection.password:
        raise InputError(f"the Connection {conn_id!r} has no password, which is the webhook's token")
    return connection.password, str(connection.extra_dejson.get("catalog") or "golden_images_catalog")


def _docker_client(address: str, extra: dict[str, Any]) -> Any:
    from airflow.providers.docker.hooks.docker import DockerHook

    tls = DockerHook.construct_tls_config(
        ca_cert=extra.get("ca_cert"),
        client_cert=extra.get("client_cert"),
        client_key=extra.get("client_key"),
    )
    # The Connection that a DockerHook would read is for logging the engine in to a registry, which
    # leaves the password with the engine; ours travels with each push instead.
    return DockerHook(docker_conn_id=None, base_url=address, tls=tls).get_conn()


def _syft(organisation: Organisation) -> Any:
    from golden_images.adapters.syft import Syft

    connection = _connection(organisation.registry.connection, "registry")
    return Syft(
        login=connection.login or "",
        password=connection.password or "",
        insecure=bool(connection.extra_dejson.get("insecure", False)),
    )


def _hadolint() -> Any:
    from golden_images.adapters.hadolint import Hadolint

    return Hadolint()


def _testinfra() -> Any:
    from golden_images.adapters.testinfra import Testinfra

    return Testinfra()


def _mmdebstrap() -> Any:
    from golden_images.adapters.mmdebstrap import Mmdebstrap

    return Mmdebstrap()


def _debian_archive() -> Any:
    from golden_images.adapters.debian_archive import DebianArchive

    return DebianArchive()


def _connection(conn_id: str, purpose: str) -> Connection:
    connection = _look_up(conn_id)
    if connection.conn_type not in _TYPES[purpose]:
        raise InputError(
            f"the Connection {conn_id!r} cannot be the {purpose}",
            cause=f"its type is {connection.conn_type!r}",
            remedy=f"give it one of the types {', '.join(_TYPES[purpose])}",
        )
    return connection


def _look_up(conn_id: str) -> Connection:
    """In a task through Airflow's task interface; in servers and on the command line from Airflow's
    secrets backends and database."""
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError

    finders: tuple[Callable[[str], Any], ...] = (_from_task, _from_server)
    for find in finders:
        try:
            found = find(conn_id)
        except (AirflowNotFoundException, AirflowRuntimeError):
            continue
        if found is not None:
            return found  # type: ignore[no-any-return]
    raise InputError(
        f"Airflow has no Connection {conn_id!r}",
        cause="include/golden_images.yaml names it",
        remedy=f"airflow connections add {conn_id} …, or set AIRFLOW_CONN_{conn_id.upper()}",
    )


def _from_task(conn_id: str) -> Any:
    from airflow.sdk import Connection

    return Connection.get(conn_id)


def _from_server(conn_id: str) -> Any:
    import sys

    # Inside a task the database is out of reach by design, and asking for it would say so loudly.
    if "airflow.sdk.execution_time.task_runner" in sys.modules:
        return None
    from airflow.models.connection import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get_connection_from_secrets(conn_id)
    except AirflowNotFoundException:
        return None


def _address(connection: Connection, conn_id: str) -> str:
    host = (connection.host or "").removeprefix("https://").removeprefix("http://").rstrip("/")
    if not host:
        raise InputError(f"the Connection {conn_id!r} has no host", remedy="give it host[:port]")
    host = f"{host}:{connection.port}" if connection.port else host
    return DOCKER_HUB if host in ("registry-1.docker.io", "index.docker.io") else host


def _database_url(connection: Connection, conn_id: str) -> str:
    if connection.conn_type == "sqlite":
        return f"sqlite:///{connection.host or ''}"
    if not connection.host or not connection.schema:
        raise InputError(f"the Connection {conn_id!r} needs a host and a schema (the database's name)")
    login = quote(connection.login or "", safe="")
    password = f":{quote(connection.password, safe='')}" if connection.password else ""
    port = f":{connection.port}" if connection.port else ""
    if connection.host.startswith("/"):
        return f"postgresql+psycopg://{login}{password}@/{connection.schema}?host={connection.host}"
    return f"postgresql+psycopg://{login}{password}@{connection.host}{port}/{connection.schema}"
