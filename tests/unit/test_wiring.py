"""Which Connection goes to which adapter, and where no password goes."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from golden_images import wiring
from golden_images.core.organisation import Organisation
from golden_images.errors import InputError, UsageError

OWN = "registry.test:5000"
ORGANISATION = Organisation.model_validate(
    {
        "schema": 1,
        "registries": {"docker.io": {"connection": "hub"}, "quay.io": {"connection": "misplaced"}},
    }
)


@pytest.fixture(autouse=True)
def connections(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, fields in {
        "GOLDEN_IMAGES_REGISTRY": {"host": OWN, "login": "robot", "password": "own secret"},
        "GOLDEN_IMAGES_ENGINE": {"host": "unix:///run/docker.sock"},
        "HUB": {"host": "https://index.docker.io/v1/", "login": "hub", "password": "hub secret"},
        "MISPLACED": {"host": "other.test", "login": "x", "password": "its secret"},
    }.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", json.dumps({"conn_type": "docker", **fields}))


def engine_at(monkeypatch: pytest.MonkeyPatch, host: str, **extra: str) -> None:
    fields = {"conn_type": "docker", "host": host, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_GOLDEN_IMAGES_ENGINE", json.dumps(fields))


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """Who each registry's client is, by host."""
    made: dict[str, dict[str, Any]] = {}

    def client_from(host: str, **access: Any) -> None:
        made[host] = access

    monkeypatch.setattr("golden_images.adapters.registry.client_from", client_from)
    monkeypatch.setattr("golden_images.adapters.registry.watch_from", client_from)
    return made


@pytest.mark.parametrize("watch", [False, True])
def test_a_base_is_read_by_the_connection_of_its_own_registry(
    clients: dict[str, dict[str, Any]], watch: bool
) -> None:
    for host in (OWN, "docker.io", "ghcr.io"):
        if watch:
            wiring.registry_watch(host, *wiring.readers(ORGANISATION), ORGANISATION.base_watch)
        else:
            wiring.ports(ORGANISATION).registry_of(host)
    assert (clients[OWN]["login"], clients[OWN]["password"]) == ("robot", "own secret")
    assert (clients["docker.io"]["login"], clients["docker.io"]["password"]) == ("hub", "hub secret")
    assert not clients["ghcr.io"].get("login")


def test_a_connection_that_stands_under_another_host_is_refused(clients: dict[str, dict[str, Any]]) -> None:
    with pytest.raises(
        InputError, match=r"registries\.quay\.io names .*'misplaced', which is for other\.test"
    ):
        wiring.ports(ORGANISATION).registry_of("quay.io")
    assert clients == {}


def test_the_engine_pulls_from_each_registry_as_its_connection_says() -> None:
    login = wiring.engine(ORGANISATION)._login  # type: ignore[attr-defined]
    assert login(OWN) == ("robot", "own secret")
    assert login("docker.io") == ("hub", "hub secret")
    assert login("ghcr.io") is None
    with pytest.raises(InputError, match=r"other\.test"):
        login("quay.io")


def test_a_registry_of_a_private_authority_is_the_engines_to_pull_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fields = {"conn_type": "docker", "host": OWN, "extra": {"ca_file": "/ca.pem"}}
    monkeypatch.setenv("AIRFLOW_CONN_GOLDEN_IMAGES_REGISTRY", json.dumps(fields))
    assert wiring.engine(ORGANISATION)._login(OWN) == ("", "")  # type: ignore[attr-defined]


@pytest.mark.parametrize("host", ["tcp://build.test:2375", "build.test:2375", "http://build.test:2375"])
def test_no_password_travels_to_an_engine_in_clear(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    engine_at(monkeypatch, host)
    with pytest.raises(InputError, match=f"password for {OWN} is not sent") as caught:
        wiring.engine(ORGANISATION)
    assert "secret" not in str(caught.value)
    fields = {"conn_type": "docker", "host": OWN}
    monkeypatch.setenv("AIRFLOW_CONN_GOLDEN_IMAGES_REGISTRY", json.dumps(fields))
    login = wiring.engine(ORGANISATION)._login  # type: ignore[attr-defined]
    assert login(OWN) is None
    with pytest.raises(InputError, match=r"password for docker\.io is not sent"):
        login("docker.io")


@pytest.mark.parametrize(
    ("host", "extra"),
    [
        ("unix:///run/docker.sock", {}),
        ("tcp://127.0.0.1:2375", {}),
        ("tcp://build.test:2376", {"ca_cert": "/ca", "client_cert": "/c", "client_key": "/k"}),
    ],
)
def test_a_password_travels_on_this_machine_and_by_tls(
    monkeypatch: pytest.MonkeyPatch, host: str, extra: dict[str, str]
) -> None:
    engine_at(monkeypatch, host, **extra)
    assert wiring.engine(ORGANISATION).endpoint == host


def test_syft_is_who_we_are_to_our_own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr("golden_images.adapters.tools.syft.Syft", lambda **access: seen.update(access))
    wiring.ports(ORGANISATION).sbom_generator()
    assert seen == {"login": "robot", "password": "own secret", "insecure": False, "ca_file": None}


def test_a_scanner_is_one_of_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name from a definition imports nothing."""
    with pytest.raises(UsageError, match=r"there is no scanner 'os:system'"):
        wiring.ports(ORGANISATION).scanner("os:system")
    monkeypatch.setattr("golden_images.adapters.scanners.SCANNERS", {"mine": f"{__name__}:Mine"})
    monkeypatch.setitem(sys.modules, __name__, SimpleNamespace(Mine=lambda: "made"))
    assert wiring.ports(ORGANISATION).scanner("mine") == "made"
