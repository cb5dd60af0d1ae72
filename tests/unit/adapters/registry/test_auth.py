from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx
import pytest

from golden_images.adapters.registry.auth import parse_challenges
from golden_images.core.digest import Digest
from golden_images.errors import RegistryError
from tests.unit.adapters.registry.support import World

REALM = "https://auth.test/token"


class TokenRegistry:
    """Wants a bearer token for every path; its token server counts what it gave out."""

    def __init__(self, *, life: int | None = 300, asks_for: str = "", realm: str = REALM) -> None:
        self.life = life
        self.asks_for = asks_for
        self.realm = realm
        self.valid: set[str] = set()
        self.given = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if str(request.url).startswith(self.realm):
            self.given += 1
            token = f"token-{self.given}"
            self.valid.add(token)
            answer: Mapping[str, object] = {"access_token": token} | (
                {"expires_in": self.life} if self.life else {}
            )
            return httpx.Response(200, json=answer)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") in self.valid:
            return httpx.Response(200, json={"tags": ["v1"]})
        scope = f',scope="{self.asks_for}"' if self.asks_for else ""
        challenge = f'Bearer realm="{self.realm}",service="registry.test"{scope}'
        return httpx.Response(401, headers={"WWW-Authenticate": challenge})


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('Basic realm="a registry"', {"basic": {"realm": "a registry"}}),
        ("Negotiate", {"negotiate": {}}),
        (
            'Bearer realm="https://a/t",service="r",scope="repository:a/b:pull,push"',
            {"bearer": {"realm": "https://a/t", "service": "r", "scope": "repository:a/b:pull,push"}},
        ),
        (
            'Negotiate, Basic realm="x \\"y\\"", bearer Realm=https://a/t , service=r',
            {
                "negotiate": {},
                "basic": {"realm": 'x "y"'},
                "bearer": {"realm": "https://a/t", "service": "r"},
            },
        ),
        ("", {}),
    ],
)
def test_challenges_are_read(header: str, expected: object) -> None:
    assert parse_challenges(header) == expected


def test_a_token_is_fetched_for_the_scope_with_our_login() -> None:
    world = World(TokenRegistry(), credentials=lambda: ("me", "secret", None))
    assert world.client.tags("golden/base") == ["v1"]
    (token,) = world.asked("GET", "/token")
    assert dict(token.url.params) == {"service": "registry.test", "scope": "repository:golden/base:pull"}
    assert token.headers["Authorization"] == basic("me", "secret")
    assert world.requests[-1].headers["Authorization"] == "Bearer token-1"


def test_anonymous_asks_for_a_token_without_a_login() -> None:
    world = World(TokenRegistry())
    world.client.tags("golden/base")
    assert "Authorization" not in world.asked("GET", "/token")[0].headers


def test_a_token_is_kept_for_its_scope_and_life() -> None:
    registry = TokenRegistry(life=300)
    world = World(registry)
    for _ in range(3):
        world.client.tags("golden/base")
    assert registry.given == 1
    world.client.tags("golden/other")
    assert registry.given == 2
    # The second scope needed no 401 first.
    assert [one.url.path for one in world.requests[-2:]] == ["/token", "/v2/golden/other/tags/list"]
    world.now += 295
    world.client.tags("golden/base")
    assert registry.given == 3


def test_a_token_without_a_life_lives_a_minute() -> None:
    registry = TokenRegistry(life=None)
    world = World(registry)
    world.client.tags("golden/base")
    world.now += 45
    world.client.tags("golden/base")
    assert registry.given == 1
    world.now += 10
    world.client.tags("golden/base")
    assert registry.given == 2


def test_a_revoked_token_is_fetched_anew() -> None:
    registry = TokenRegistry()
    world = World(registry)
    world.client.tags("golden/base")
    registry.valid.clear()
    assert world.client.tags("golden/base") == ["v1"]
    assert registry.given == 2


def test_the_scope_that_the_registry_names_is_asked_for_too() -> None:
    world = World(TokenRegistry(asks_for="repository:golden/base:delete"))
    world.client.tags("golden/base")
    scopes = world.asked("GET", "/token")[0].url.params.get_list("scope")
    assert scopes == ["repository:golden/base:pull", "repository:golden/base:delete"]


def test_a_mount_may_read_its_source() -> None:
    world = World(TokenRegistry())
    with pytest.raises(RegistryError, match="answered 200"):  # this registry knows no mount
        world.client.mount_blob("a/b", Digest.of(b"layer"), "c/d")
    assert world.asked("GET", "/token")[0].url.params.get_list("scope") == [
        "repository:a/b:pull,push",
        "repository:c/d:pull",
    ]


def test_a_password_is_not_sent_in_the_clear_to_a_realm() -> None:
    world = World(TokenRegistry(realm="http://auth.test/token"), credentials=lambda: ("me", "secret", None))
    world.client.tags("golden/base")
    assert "Authorization" not in world.asked("GET", "/token")[0].headers


def test_a_token_that_is_refused_ends_in_one_error() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "auth.test":
            return httpx.Response(200, json={"token": "no good"})
        return httpx.Response(401, headers={"WWW-Authenticate": f'Bearer realm="{REALM}"'})

    world = World(handler)
    with pytest.raises(RegistryError) as caught:
        world.client.tags("golden/base")
    assert caught.value.status == 401
    assert "no good" not in str(caught.value)
    assert len(world.requests) == 3


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"token": 1}'])
def test_a_token_server_that_gives_none(body: bytes) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "auth.test":
            return httpx.Response(200, content=body)
        return httpx.Response(401, headers={"WWW-Authenticate": f'Bearer realm="{REALM}"'})

    with pytest.raises(RegistryError, match="not a registry's"):
        World(handler).client.ping()


def test_a_token_server_that_says_no_is_named() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "auth.test":
            return httpx.Response(401, json={"details": "incorrect username or password"})
        return httpx.Response(401, headers={"WWW-Authenticate": f'Bearer realm="{REALM}"'})

    with pytest.raises(RegistryError) as caught:
        World(handler, credentials=lambda: ("me", "secret", None)).client.ping()
    assert caught.value.endpoint == REALM
    assert "incorrect username" in caught.value.cause
    assert "login and password" in caught.value.remedy


class BasicRegistry:
    def __init__(self, password: str) -> None:
        self.password = password

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("Authorization") == basic("AWS", self.password):
            return httpx.Response(200)
        return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="ecr"'})


def test_basic_authentication_is_given_only_when_asked_for() -> None:
    world = World(BasicRegistry("p1"), credentials=lambda: ("AWS", "p1", None))
    world.client.ping()
    world.client.ping()
    assert ["Authorization" in one.headers for one in world.requests] == [False, True, True]


def test_credentials_that_expire_are_asked_for_again() -> None:
    registry = BasicRegistry("p1")
    given = iter(["p1", "p2"])
    world = World(registry)

    def credentials() -> tuple[str, str, datetime | None]:
        return "AWS", next(given), datetime.fromtimestamp(world.now + 3600, UTC)

    world = World(registry, credentials=credentials)
    world.client.ping()
    registry.password = "p2"
    world.now += 3600
    world.client.ping()
    assert [one.headers.get("Authorization") for one in world.requests] == [
        None,
        basic("AWS", "p1"),
        basic("AWS", "p2"),
    ]


def test_credentials_that_are_refused_are_asked_for_once_more() -> None:
    registry = BasicRegistry("p1")
    given = iter(["p1", "p2"])
    world = World(registry, credentials=lambda: ("AWS", next(given), None))
    world.client.ping()
    registry.password = "p2"
    world.client.ping()
    assert next(given, "none left") == "none left"
