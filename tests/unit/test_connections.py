"""What is read out of a Connection, and what is refused instead of guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.sdk import Connection
from airflow.sdk.execution_time import task_runner

from golden_images import connections
from golden_images.errors import InputError, ServiceError

URI = "docker://robot:secret@registry.test:5000/"


def uri(query: str) -> Connection:
    return Connection.from_uri(f"{URI}?{query}", conn_id="c")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *((text, False) for text in ("false", "False", "0", "no", "off", "")),
        *((text, True) for text in ("true", "True", "1", "yes", "on")),
    ],
)
def test_a_flag_means_the_same_in_a_uri_and_in_json(text: str, meant: bool) -> None:
    assert connections.flag(uri(f"insecure={text}"), "insecure") is meant
    in_json = Connection(conn_id="c", conn_type="docker", extra=json.dumps({"insecure": meant}))
    assert connections.flag(in_json, "insecure") is meant


def test_a_flag_that_is_not_given_is_false() -> None:
    assert connections.flag(uri("ca_file=/a.pem"), "insecure") is False


@pytest.mark.parametrize("text", ["flase", "2", "none", "y"])
def test_a_flag_that_is_neither_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputError, match="insecure of the Connection 'c' is neither") as caught:
        connections.flag(uri(f"insecure={text}"), "insecure")
    assert text in caught.value.cause


@pytest.mark.parametrize("extra", ["{", "[]", '"insecure"', "{'ca_cert': '/a.pem'}"])
def test_an_extra_that_is_no_json_object_is_not_taken_for_empty(extra: str) -> None:
    connection = Connection(conn_id="c", conn_type="docker", extra=extra)
    for read in (connections.tls, connections.ca_file, connections.extras):
        with pytest.raises(InputError, match="extra of the Connection 'c' is no JSON object"):
            read(connection)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("ca_cert=/ca&client_cert=/c", "client_key"),
        ("ca_cert=/ca", "client_cert and client_key"),
        ("client_cert=/c&client_key=/k&ca_cert=", "ca_cert"),
    ],
)
def test_an_engines_certificates_are_all_or_none(given: str, missing: str) -> None:
    with pytest.raises(InputError, match=f"without {missing}"):
        connections.tls(uri(given))
    assert connections.tls(uri("")) == {}
    whole = uri("ca_cert=/ca&client_cert=/c&client_key=/k")
    assert connections.tls(whole) == {"ca_cert": "/ca", "client_cert": "/c", "client_key": "/k"}


@pytest.mark.parametrize(
    ("fields", "host"),
    [
        ({"host": "registry.test", "port": 5000}, "registry.test:5000"),
        ({"host": "https://registry.test/"}, "registry.test"),
        ({"host": "https://index.docker.io/v1/"}, "docker.io"),
        ({"host": "registry-1.docker.io"}, "docker.io"),
    ],
)
def test_a_registrys_host_is_as_references_have_it(fields: dict[str, Any], host: str) -> None:
    assert connections.registry_host(Connection(conn_id="c", conn_type="docker", **fields)) == host


def test_another_kind_of_connection_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_C", "postgres://db.test/images")
    with pytest.raises(InputError, match="cannot be the registry") as caught:
        connections.connection("c", "registry")
    assert "'postgres'" in caught.value.cause


def test_one_that_is_missing_is_a_mistake_outside_a_task() -> None:
    with pytest.raises(InputError, match="Airflow has no Connection 'nowhere'") as caught:
        connections.connection("nowhere", "registry")
    assert "AIRFLOW_CONN_NOWHERE" in caught.value.remedy


def test_one_that_a_task_does_not_get_is_worth_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secrets backend that raises ends as "not found": Airflow passes over it."""

    class Supervisor:
        def send(self, message: object) -> object:
            raise TimeoutError("the secrets backend hiccups")

    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", Supervisor(), raising=False)
    with pytest.raises(ServiceError, match="this task got no Connection 'nowhere'") as caught:
        connections.connection("nowhere", "registry")
    assert caught.value.retryable
    assert "secrets backend" in caught.value.cause
