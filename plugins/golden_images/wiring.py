"""Airflow Connections → adapters: the only place that knows both.

An allow-list: only the Connections that the organisation's file names (or an image's
services, which come from it) are read, and each only as the
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

from collections.abc import Mapping
from functools import cache
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from golden_images import connections
from golden_images.core.organisation import BaseWatch, Organisation, Services
from golden_images.errors import InputError, UsageError
from golden_images.ports import Catalog, Engine, Ports, Registry, Scanner

if TYPE_CHECKING:
    from golden_images.adapters.registry.watching import RegistryWatch


def ports(organisation: Organisation, services: Services | None = None, *, quick: bool = False) -> Ports:
    """Adapters for one organisation, with an image's ``services`` or the organisation's. Nothing is looked
    up or connected before it is used. ``quick``: a registry that is down is said to be so at once, as a
    person at a terminal wants it."""
    services = services or organisation.services()
    known = readers(organisation, services)
    return Ports(
        registry=cache(lambda: _remembering(registry(services.registry, quick=quick))),
        engine=cache(lambda: engine(organisation, services)),
        catalog=cache(lambda: catalog(organisation.catalog.connection)),
        sbom_generator=cache(lambda: _syft(services)),
        linter=cache(_hadolint),
        test_runner=cache(_testinfra),
        bootstrapper=cache(_mmdebstrap),
        package_archive=cache(_debian_archive),
        downloads=cache(_downloads),
        scanner=cache(_scanner),
        registry_of=cache(lambda host: external_registry(host, *known, quick=quick)),
    )


def registry(conn_id: str, *, quick: bool = False) -> Registry:
    from golden_images.adapters.registry import client_from

    host, access = _registry_access(conn_id)
    return client_from(host, quick=quick, **access)


def external_registry(host: str, own: str, others: Mapping[str, str], *, quick: bool = False) -> Registry:
    """The client for an external base's registry. ``own`` is our own registry's Connection id, ``others``
    are Connection ids by host; anonymous where neither is ``host``'s."""
    from golden_images.adapters.registry import client_from

    return client_from(host, quick=quick, **_reading(host, own, others))


def registry_watch(host: str, own: str, others: Mapping[str, str], settings: BaseWatch) -> RegistryWatch:
    """As :func:`external_registry`, for the triggerer's event loop."""
    from golden_images.adapters.registry import watch_from

    return watch_from(
        host,
        concurrency=settings.concurrency,
        per_minute=settings.requests_per_minute,
        **_reading(host, own, others),
    )


def readers(organisation: Organisation, services: Services | None = None) -> tuple[str, dict[str, str]]:
    """The Connection ids that bases are read with: our own registry's, and others by host."""
    others = {host: named.connection for host, named in sorted(organisation.registries.items())}
    return (services or organisation.services()).registry, others


def _reading(host: str, own: str, others: Mapping[str, str]) -> dict[str, Any]:
    """Who we are to ``host``; nobody where no Connection is for it. Raises InputError where the one that
    stands under it is for another."""
    at, access = _registry_access(own)
    if at == host:
        return access
    if host not in others:
        return {}
    at, access = _registry_access(others[host])
    if at != host:
        raise InputError(
            f"registries.{host} names the Connection {others[host]!r}, which is for {at}",
            cause="its login would go to another registry than the bases come from",
            remedy=f"write the Connection under {at}, or correct its host and port",
        )
    return access


def _registry_access(conn_id: str) -> tuple[str, dict[str, Any]]:
    """The registry's host, and who we are to it."""
    connection = connections.connection(conn_id, "registry")
    return connections.registry_host(connection), {
        "login": connection.login or "",
        "password": connection.password or "",
        "insecure": connections.flag(connection, "insecure"),
        "ca_file": connections.ca_file(connection),
    }


def engine(organisation: Organisation, services: Services | None = None) -> Engine:
    """Raises InputError where a registry's password would travel to the engine in clear."""
    from golden_images.adapters.engine import DockerEngine
    from golden_images.adapters.registry.endpoint import loopback

    services = services or organisation.services()
    conn_id = services.engine
    connection = connections.connection(conn_id, "engine")
    address, tls = connections.engine_address(connection), connections.tls(connection)
    scheme, _, place = address.partition("://")
    clear = scheme in ("tcp", "http") and not tls and not loopback(place)

    def login(host: str) -> tuple[str, str] | None:
        access = _reading(host, *readers(organisation, services))
        if clear and access.get("password"):
            raise InputError(
                f"the password for {host} is not sent to the engine {address}",
                cause="the Connection has no certificates, so it would travel in clear",
                remedy=f"give {conn_id} ca_cert, client_cert and client_key, or reach the engine by unix://",
            )
        if not access.get("login") and not access.get("ca_file"):
            return None
        return access["login"], access["password"]

    # Before hours of building rather than after them.
    login(_registry_access(services.registry)[0])
    return DockerEngine(lambda: _docker_client(address, tls), address, login=login)


def catalog(conn_id: str) -> Catalog:
    from golden_images.adapters.catalog import SqlCatalog

    return SqlCatalog.from_url(connections.database_url(connections.connection(conn_id, "catalog")))


def webhook(conn_id: str) -> tuple[str, str]:
    """The token that a registry's notifications carry, and the catalog's Connection id. Raises
    InputError where there is no token: then nobody is let in."""
    connection = connections.connection(conn_id, "webhook")
    if not connection.password:
        raise InputError(f"the Connection {conn_id!r} has no password, which is the webhook's token")
    return connection.password, str(connections.extras(connection).get("catalog") or "golden_images_catalog")


def _docker_client(address: str, certificates: Mapping[str, str]) -> Any:
    from airflow.providers.docker.hooks.docker import DockerHook

    tls = DockerHook.construct_tls_config(
        ca_cert=certificates.get("ca_cert"),
        client_cert=certificates.get("client_cert"),
        client_key=certificates.get("client_key"),
    )
    # The Connection that a DockerHook would read is for logging the engine in to a registry, which
    # leaves the password with the engine; ours travels with each push and pull instead.
    return DockerHook(docker_conn_id=None, base_url=address, tls=tls).get_conn()


def _remembering(of: Registry) -> Registry:
    from golden_images.adapters.registry.remembering import remembering

    return remembering(of)


def _syft(services: Services) -> Any:
    from golden_images.adapters.tools.syft import Syft

    _, access = _registry_access(services.registry)
    return Syft(**access)


def _hadolint() -> Any:
    from golden_images.adapters.tools.hadolint import Hadolint

    return Hadolint()


def _testinfra() -> Any:
    from golden_images.adapters.tools.testinfra import Testinfra

    return Testinfra()


def _mmdebstrap() -> Any:
    from golden_images.adapters.debian.mmdebstrap import Mmdebstrap

    return Mmdebstrap()


def _downloads() -> Any:
    from golden_images.adapters.download import WebDownloads

    return WebDownloads()


def _debian_archive() -> Any:
    from golden_images.adapters.debian.archive import DebianArchive

    return DebianArchive()


def _scanner(name: str) -> Scanner:
    """An allow-list: what a definition or a policy names is never a module."""
    from golden_images.adapters.scanners import SCANNERS

    if name not in SCANNERS:
        raise UsageError(f"there is no scanner {name!r}", remedy=f"name one of {', '.join(sorted(SCANNERS))}")
    made: Scanner = resolve_name(SCANNERS[name])()
    return made
