"""The catalog among processes that race, die and are cut off."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from golden_images.adapters.catalog import SqlCatalog
from golden_images.adapters.catalog.database import Database
from golden_images.core.digest import Digest
from golden_images.errors import CatalogError
from tests.services.postgres import PostgresService

BUILDS = 5
PROCESSES = 4


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalog.db'}"
    return str(request.getfixturevalue("postgres_service").database())


def migrate_and_claim(url: str, number: int) -> list[str]:
    """What one task does, from a database that nobody prepared."""
    catalog = SqlCatalog.from_url(url)
    catalog.migrate()
    return [str(catalog.claim("nginx", f"{build}", Digest.of(b"%d" % number))) for build in range(BUILDS)]


def test_processes_that_start_at_once_agree(url: str) -> None:
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        answers = pool.starmap(migrate_and_claim, [(url, number) for number in range(PROCESSES)], 1)
    assert len(answers) == PROCESSES
    for claims in zip(*answers, strict=True):
        assert len(set(claims)) == 1


KILLED = """
import sys, os
from golden_images.adapters.catalog.database import Database
from golden_images.adapters.catalog.builds import claim
from golden_images.core.digest import Digest

def work(connection):
    claim(connection, "nginx", "b", Digest.of(b"killed"))
    print("claimed", flush=True)
    sys.stdin.read()

Database.from_url(sys.argv[1]).write(work)
"""


def test_a_task_killed_in_the_middle_of_a_transaction_leaves_nothing(url: str) -> None:
    catalog = SqlCatalog.from_url(url)
    catalog.migrate()
    paths = os.pathsep.join(path for path in sys.path if path)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    ) as task:
        assert task.stdout is not None
        assert task.stdout.readline() == b"claimed\n"
        task.send_signal(signal.SIGKILL)
    assert catalog.claim("nginx", "b", Digest.of(b"next")) == Digest.of(b"next")


def test_a_connection_cut_by_the_server_is_made_anew(postgres_service: PostgresService) -> None:
    url = postgres_service.database()
    SqlCatalog.from_url(url).migrate()
    database, other = Database.from_url(url), Database.from_url(url)
    cut: list[int] = []

    def work(connection: Connection) -> None:
        connection.execute(text("INSERT INTO golden_images_claims VALUES ('nginx', 'b', 'sha256:0')"))
        if not cut:
            pid = int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)
            cut.append(pid)
            kill = text(f"SELECT pg_terminate_backend({pid}, 10000)")
            assert other.read(lambda second: second.scalar(kill))
            connection.execute(text("SELECT 1"))

    database.write(work)
    count = text("SELECT count(*) FROM golden_images_claims")
    assert database.read(lambda connection: connection.scalar(count)) == 1


def test_what_waiting_cannot_cure_is_said_at_once(postgres_service: PostgresService) -> None:
    url = postgres_service.database()
    absent = url.replace("@/test_", "@/absent_")
    with pytest.raises(CatalogError, match="the catalog refused") as caught:
        Database.from_url(absent).read(lambda connection: None)
    assert "does not exist" in caught.value.cause
    assert not caught.value.retryable


def test_every_connection_has_its_time_outs(postgres_service: PostgresService) -> None:
    def settings(connection: Connection) -> list[str]:
        names = ("statement_timeout", "lock_timeout", "TimeZone", "application_name")
        return [str(connection.scalar(text(f"SHOW {name}"))) for name in names]

    database = Database.from_url(postgres_service.database())
    assert database.read(settings) == ["30s", "15s", "UTC", "golden-images"]
