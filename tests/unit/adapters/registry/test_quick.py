"""A registry that is down, told to a person who waits."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

from golden_images.adapters.registry import client_from
from golden_images.adapters.retry import RetryPolicy
from golden_images.errors import RegistryError


@pytest.fixture
def timeouts(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Timeout]:
    """What every HTTP client was given, in order."""
    given: list[httpx.Timeout] = []
    real = httpx.Client

    def client(**settings: Any) -> httpx.Client:
        given.append(settings["timeout"])
        return real(**settings)

    monkeypatch.setattr(httpx, "Client", client)
    return given


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_person_waits_for_one_try_of_two_seconds(timeouts: list[httpx.Timeout]) -> None:
    host = f"127.0.0.1:{closed_port()}"
    with pytest.raises(RegistryError, match=r"got no answer\n") as caught:
        client_from(host, quick=True).tags("golden/base")
    assert host in caught.value.endpoint
    (timeout,) = timeouts
    assert (timeout.connect, timeout.read) == (2.0, 2.0)


def test_a_task_is_patient(timeouts: list[httpx.Timeout]) -> None:
    host = f"127.0.0.1:{closed_port()}"
    with pytest.raises(RegistryError, match=r"got no answer \(2 tries\)"):
        client_from(host, policy=RetryPolicy(attempts=2, base=0.0)).tags("golden/base")
    (timeout,) = timeouts
    assert (timeout.connect, timeout.read) == (10.0, 60.0)
