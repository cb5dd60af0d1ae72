"""What commands and calls ask of the database: statements, connections and rows do not grow with the
number of images, nor with the length of a history."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, event, text
from sqlalchemy.pool import Pool

from golden_images.adapters.catalog import SqlCatalog
from golden_images.adapters.catalog.channels import moves as moved
from golden_images.adapters.catalog.database import Database
from golden_images.adapters.catalog.ledger import base_facts
from golden_images.adapters.catalog.released import releases as released
from golden_images.cli import main
from golden_images.cli.services import Services
from golden_images.core.release import BaseVersion
from golden_images.core.watching import Watched
from local.follow import table
from local.follow.images import Image
from tests.contract.catalog import BASE, HOUR, base, digest, move, release
from tests.fakes.world import World
from tests.services.postgres import PostgresService

IMAGES = [f"image-{number:03}" for number in range(300)]
CHANNELS = ("dev", "prod")
HISTORY = 40
DEFINITION = """\
schema: 1
name: {}
description: D.
owner: team
base: {{bootstrap: {{suite: bookworm}}}}
"""


def version(number: int, image: str) -> str:
    return f"2026.11.{number}-{image}"


@dataclass
class Cost:
    statements: list[str] = field(default_factory=list)
    connections: int = 0
    #: Sent to the client; SQLite does not say.
    rows: int = 0


@contextmanager
def counted() -> Iterator[Cost]:
    """Of all engines, without the preparation of a connection and the look at the schema's version."""
    cost = Cost()

    def executed(_connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("BEGIN", "PRAGMA")) or "alembic_version" in statement or "pg_" in statement:
            return
        cost.statements.append(statement)
        cost.rows += max(cursor.rowcount, 0)

    def connected(*_: Any) -> None:
        cost.connections += 1

    event.listen(Engine, "after_cursor_execute", executed)
    event.listen(Pool, "connect", connected)
    try:
        yield cost
    finally:
        event.remove(Engine, "after_cursor_execute", executed)
        event.remove(Pool, "connect", connected)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a catalog with 300 images, each with a history, that is not written to again."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('full') / 'catalog.db'}"
    else:
        postgres: PostgresService = request.getfixturevalue("postgres_service")
        url = postgres.database()
    SqlCatalog.from_url(url).migrate()
    _fill(url)
    return url


def _fill(url: str) -> None:
    releases = [
        replace(release(number, image), version=version(number, image))
        for image in IMAGES
        for number in range(HISTORY)
    ]
    moves = [
        move(number, channel, image) for image in IMAGES for channel in CHANNELS for number in range(HISTORY)
    ]
    facts = [base("AB"[number % 2], number) for number in range(HISTORY)]

    def work(connection: Connection) -> None:
        _insert(connection, released, releases)
        _insert(connection, moved, moves)
        _insert(connection, base_facts, facts)

    Database.from_url(url).write(work)


def _insert(connection: Connection, table: Table, records: list[Any]) -> None:
    def value(record: Any, column: str) -> Any:
        if column in ("why", "old", "new", "detail"):
            found = getattr(record.reason, column)
        else:
            found = getattr(record, column)
        return list(found) if isinstance(found, tuple) else found

    columns = [column.name for column in table.columns if column.name != "id"]
    rows = [{column: value(record, column) for column in columns} for record in records]
    connection.execute(table.insert(), rows)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    images = tmp_path / "include" / "images"
    images.mkdir(parents=True)
    (tmp_path / "include" / "golden_images.yaml").write_text("schema: 1\n")
    for image in IMAGES[:250]:
        (images / f"{image}.yaml").write_text(DEFINITION.format(image))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "statements"),
    [
        (("list",), 6),
        (("show", IMAGES[7]), 8),
        (("show", version(3, IMAGES[7])), 8),
        (("show", digest(f"{IMAGES[7]} 3").hex[:12]), 8),
        (("bases", "list"), 3),
    ],
    ids=["list", "show image", "show version", "show digest", "bases list"],
)
def test_a_command_asks_a_few_questions_over_one_connection(
    full: str,
    project: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    statements: int,
) -> None:
    world, catalog = World(contexts=project / "include" / "contexts"), SqlCatalog.from_url(full)
    ports = replace(world.ports(), catalog=lambda: catalog)
    services = Services(ports=lambda _, /, *, quick: ports)
    with counted() as cost:
        assert main([*arguments, "--project", str(project), "--json"], services) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told) == len(IMAGES) if arguments == ("list",) else told
    assert len(cost.statements) <= statements, cost.statements
    if full.startswith("postgresql"):
        assert cost.connections == 1


def test_the_demo_s_table_asks_two_questions(full: str) -> None:
    with counted() as cost:
        shown = table.rows(SqlCatalog.from_url(full), [Image(image, None) for image in IMAGES])
    assert {row[-1] for row in shown} == {"-"}, "channels stand on other digests here"
    assert [row[1] for row in shown] == [version(HISTORY - 1, image) for image in IMAGES]
    assert len(cost.statements) == 2, cost.statements


def test_a_file_of_versions_costs_what_one_version_costs(postgres_service: PostgresService) -> None:
    catalog = SqlCatalog.from_url(postgres_service.database())
    catalog.migrate()
    few, many = (
        [
            replace(base("A", 0), base=f"base-{number % 20}", at=base("A", 0).at - timedelta(days=number))
            for number in range(size)
        ]
        for size in (2, 2000)
    )
    with counted() as one:
        assert catalog.record_base_versions(few) == len(few)
    with counted() as all_of_them:
        assert catalog.record_base_versions(many) == len(many) - len(few)
    assert len(all_of_them.statements) == len(one.statements)


def test_no_call_reads_a_history_to_find_its_end(postgres_service: PostgresService) -> None:
    url = postgres_service.database()
    catalog = SqlCatalog.from_url(url)
    catalog.migrate()
    _fill(url)
    late = base("C", HISTORY)
    middle = replace(base("C", 0), at=base("A", 7).at + timedelta(minutes=1))
    watched = Watched(BASE, digest("D"), late.at + HOUR)
    catalog.observe([watched])
    with counted() as cost:
        assert catalog.current(IMAGES[3]) is not None
        assert catalog.channels(IMAGES[3]) == {channel: digest(f"{HISTORY - 1}") for channel in CHANNELS}
        assert catalog.moves(IMAGES[3], "dev", limit=1) == [move(HISTORY - 1, "dev", IMAGES[3])]
        assert catalog.record_base_version(late)
        assert catalog.record_base_version(middle)
        assert [one.digest for one in catalog.base_versions(BASE, since=late.at)] == [late.digest]
        assert len(catalog.settle([BaseVersion(BASE, watched.digest, watched.since)]).news) == 1
        assert catalog.bases() == [BASE]
        assert len(catalog.images()) == len(IMAGES)
    assert cost.rows - len(IMAGES) < 30


def test_a_connection_that_was_cut_between_two_calls_is_made_anew(postgres_service: PostgresService) -> None:
    url = postgres_service.database()
    catalog, other = SqlCatalog.from_url(url), Database.from_url(url)
    catalog.migrate()
    assert catalog.images() == []
    cut = text(
        "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert other.read(lambda connection: connection.scalar(cut)) == 1
    assert catalog.images() == []


def test_a_client_that_is_gone_leaves_no_connection(postgres_service: PostgresService) -> None:
    url = postgres_service.database()
    left = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    other = Database.from_url(url)
    for _ in range(3):
        catalog = SqlCatalog.from_url(url)
        catalog.migrate()
        del catalog
    # The server takes a moment to notice.
    deadline = time.monotonic() + 30
    while (count := other.read(lambda connection: connection.scalar(left))) != 1:
        assert time.monotonic() < deadline, count
        time.sleep(0.05)
