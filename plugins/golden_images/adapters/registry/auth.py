"""Who we are to a registry, without any I/O: a transport, blocking or not, asks and tells.

Source: RFC 9110 section 11 (challenges); distribution's "Token Authentication Specification".
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from golden_images.adapters.retry import Clock

#: Returns user, password and until when they hold (None: for good). Called again when they have
#: expired or were refused: the place for tokens like ECR's that live some hours.
Credentials = Callable[[], tuple[str, str, datetime | None]]

#: A token that says nothing of its life lives this long (token specification).
_DEFAULT_LIFE = 60.0
#: Given up this long before it ends, so that it does not end on the way.
_LEEWAY = 10.0

_CHALLENGE = re.compile(r"(?P<scheme>[A-Za-z][\w-]*)(?:\s+(?=[\w-]+\s*=)|\s*(?:,|$))")
_PARAMETER = re.compile(
    r'\s*,?\s*(?P<name>[\w-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s,"]+))'
)


def parse_challenges(header: str) -> dict[str, dict[str, str]]:
    """``WWW-Authenticate`` as parameters by scheme, both names in lower case."""
    challenges: dict[str, dict[str, str]] = {}
    position = 0
    while match := _CHALLENGE.search(header, position):
        position = match.end()
        parameters: dict[str, str] = {}
        while parameter := _PARAMETER.match(header, position):
            position = parameter.end()
            quoted = parameter["quoted"]
            value = parameter["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            parameters[parameter["name"].lower()] = value
        challenges[match["scheme"].lower()] = parameters
    return challenges


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """The GET that a transport makes to obtain a token for ``scope``."""

    scope: str
    url: str
    #: Kept out of ``repr``: it holds the password.
    headers: Mapping[str, str] = field(repr=False)


class Authenticator:
    """Answers one registry's challenges; safe to share between threads.

    A transport asks :meth:`header` before a request. On 401 it calls :meth:`challenged`; if that gives
    a :class:`TokenRequest`, it sends it and hands the JSON answer to :meth:`accept`. Once a registry has
    shown where its tokens come from, :meth:`missing` asks for the next one without a 401 first.
    """

    def __init__(
        self, credentials: Credentials | None = None, *, plain_http: bool = False, clock: Clock | None = None
    ) -> None:
        self._credentials = credentials
        self._plain_http = plain_http
        self._clock = clock or Clock()
        self._lock = threading.RLock()
        self._known: tuple[str, str, datetime | None] | None = None
        self._basic = False
        self._bearer: dict[str, str] | None = None
        self._tokens: dict[str, tuple[str, float]] = {}

    def header(self, scope: str) -> str | None:
        """The value of ``Authorization``; None while nothing was asked for."""
        with self._lock:
            token = self._tokens.get(scope)
            if token and token[1] > self._clock.monotonic():
                return f"Bearer {token[0]}"
            return self._basic_header() if self._basic else None

    def missing(self, scope: str) -> TokenRequest | None:
        """What to fetch before the request, if this registry is known to want a token."""
        with self._lock:
            if self._bearer is None or self.header(scope):
                return None
            return self._token_request(self._bearer, scope)

    def challenged(self, header: str, scope: str) -> TokenRequest | bool:
        """Takes a 401's ``WWW-Authenticate``: a token to fetch, or whether trying again makes sense."""
        challenges = parse_challenges(header)
        with self._lock:
            self._tokens.pop(scope, None)
            if "bearer" in challenges and challenges["bearer"].get("realm"):
                self._known = None
                asked = challenges["bearer"]
                self._bearer = {k: v for k, v in asked.items() if k != "scope"}
                return self._token_request(asked, scope)
            if "basic" in challenges and self._credentials is not None:
                # Refused with the credentials at hand: ask for fresh ones.
                self._known = None
                self._basic = True
                return True
            return False

    def accept(self, scope: str, answer: Mapping[str, object]) -> bool:
        """Stores a token server's answer; False if there is no token in it."""
        token = answer.get("token") or answer.get("access_token")
        if not isinstance(token, str):
            return False
        life = answer.get("expires_in")
        seconds = float(life) if isinstance(life, int | float) and life > 0 else _DEFAULT_LIFE
        with self._lock:
            end = self._clock.monotonic() + max(seconds - _LEEWAY, seconds / 2)
            self._tokens[scope] = (token, end)
        return True

    def _token_request(self, bearer: Mapping[str, str], scope: str) -> TokenRequest:
        # Both the scope that we mean to use and the one that was asked for: a registry may name an
        # action of its own (delete), and one that names none still needs ours.
        scopes = [*scope.split(), *bearer.get("scope", "").split()]
        query = [("service", bearer["service"])] if "service" in bearer else []
        query += [("scope", one) for one in dict.fromkeys(scopes)]
        realm = bearer["realm"]
        url = f"{realm}{'&' if urlsplit(realm).query else '?'}{urlencode(query)}" if query else realm
        headers: dict[str, str] = {}
        # A registry reached by TLS must not talk us into sending the password in the clear.
        if self._credentials is not None and (self._plain_http or urlsplit(realm).scheme == "https"):
            headers["Authorization"] = self._basic_header()
        return TokenRequest(scope, url, headers)

    def _basic_header(self) -> str:
        assert self._credentials is not None
        if self._known is None or self._expired(self._known[2]):
            self._known = self._credentials()
        user, password, _ = self._known
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def _expired(self, expiry: datetime | None) -> bool:
        return expiry is not None and expiry.timestamp() - _LEEWAY <= self._clock.now()
