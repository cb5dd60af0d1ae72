"""A token server as the registry's documentation describes it: a login and a scope give a signed token.

Source: distribution's "Token Authentication Implementation".
"""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.services.certificates import Certificate

ISSUER, SERVICE = "tests", "registry"


class TokenServer:
    """``requests`` holds the scopes of every token asked for; only ``login`` with ``password`` gets any."""

    def __init__(self, certificate: Certificate, login: str, password: str) -> None:
        self._certificate = certificate
        self._expected = "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()
        self.requests: list[list[str]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                pass

            def do_GET(self) -> None:
                status, answer = server.answer(self.path, self.headers.get("Authorization", ""))
                body = json.dumps(answer).encode()
                self.send_response_only(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def auth(self) -> dict[str, object]:
        """The ``auth`` section of a registry's configuration."""
        return {
            "token": {
                "realm": f"http://127.0.0.1:{self.http.server_address[1]}/token",
                "service": SERVICE,
                "issuer": ISSUER,
                "rootcertbundle": str(self._certificate.certificate),
            }
        }

    def answer(self, path: str, authorization: str) -> tuple[int, Mapping[str, object]]:
        scopes = parse_qs(urlsplit(path).query).get("scope", [])
        self.requests.append(scopes)
        if authorization != self._expected:
            return 401, {"errors": [{"code": "UNAUTHORIZED", "message": "wrong login"}]}
        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        return 200, {"token": self._token(access), "expires_in": 300}

    def _token(self, access: list[dict[str, object]]) -> str:
        now = int(time.time())
        header = {
            "typ": "JWT",
            "alg": "ES256",
            "x5c": [base64.b64encode(self._certificate.der).decode()],
        }
        claims = {
            "iss": ISSUER,
            "sub": "builder",
            "aud": SERVICE,
            "exp": now + 300,
            "nbf": now - 10,
            "iat": now,
            "jti": uuid.uuid4().hex,
            "access": access,
        }
        signed = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
        r, s = decode_dss_signature(
            self._certificate.private.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
        )
        return f"{signed}.{_encoded(r.to_bytes(32) + s.to_bytes(32))}"


@contextmanager
def token_server(certificate: Certificate, login: str, password: str) -> Iterator[TokenServer]:
    server = TokenServer(certificate, login, password)
    thread = threading.Thread(target=server.http.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
