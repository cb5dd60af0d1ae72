"""What happens to a private stack: components are killed or stopped, tables are locked."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
import psycopg
import pytest

from local.stack import airflow, database
from local.stack.processes import Processes
from local.stack.stack import Stack

AIRFLOW, CATALOG = "airflow", "golden_images"


def eventually(condition: Callable[[], object], what: str, seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"after {seconds:.0f} s still not: {what}")
        time.sleep(0.1)


def process_of(stack: Stack, component: str) -> psutil.Process:
    """The component's main process, not what it started."""
    record = Processes(stack.state).find(component)
    assert record is not None, f"{component} does not run"
    return psutil.Process(record.pid)


def kill(stack: Stack, component: str) -> None:
    """``kill -9`` of the component and of all that it started, as when its container is killed."""
    main = process_of(stack, component)
    # It must not start another one meanwhile.
    main.send_signal(signal.SIGSTOP)
    for process in (*main.children(recursive=True), main):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    eventually(lambda: Processes(stack.state).find(component) is None, f"{component} ends")


def kill_task(stack: Stack, dag: str, run: Callable[[], str], task: str, ready: Callable[[], object]) -> None:
    """``kill -9`` of the task's own process, and what it started, once ``ready`` says so. ``run`` is asked
    each time: the run that is at work may be another one than was expected."""

    def processes() -> list[psutil.Process]:
        # A try that ended by itself, and is made again, is another instance.
        instances = [entry["id"] for entry in stack.client.tasks(dag, run()) if entry["task_id"] == task]
        return [process for instance in instances for process in _workers(instance)]

    eventually(lambda: ready() and processes(), f"{task} of {dag} can be killed")
    for process in processes():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)


def _workers(task_instance: str) -> set[psutil.Process]:
    """What the worker that supervises this task has started. What it forked bears its title as well, and
    comes before it where process numbers have begun anew."""
    found: set[psutil.Process] = set()
    for process in psutil.process_iter(["cmdline"]):
        if task_instance in " ".join(process.info["cmdline"] or []):
            with contextlib.suppress(psutil.NoSuchProcess):
                found.update(process.children(recursive=True))
    return found


def restart(stack: Stack) -> None:
    """Starts the components that do not run; it does not wait for them."""
    assert airflow.start(stack.state, stack.project)


def rows(stack: Stack, name: str, query: str) -> list[tuple[Any, ...]]:
    """What a database of the stack, :data:`AIRFLOW` or :data:`CATALOG`, answers."""
    with _connected(stack, name) as connection:
        return connection.execute(query.encode()).fetchall()


@dataclass
class Lock:
    """A table that waits for the test; ``waiting`` counts those who are held up."""

    stack: Stack
    name: str
    table: str

    def waiting(self) -> int:
        query = (
            f"SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '{self.table}'::regclass"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return int(rows(self.stack, self.name, query)[0][0])


@contextmanager
def locked(stack: Stack, name: str, table: str, *, readable: bool = True) -> Iterator[Lock]:
    """Nobody writes to the table; nobody reads it either if it is not ``readable``."""
    mode = "EXCLUSIVE" if readable else "ACCESS EXCLUSIVE"
    with _connected(stack, name) as connection, connection.transaction():
        connection.execute(f"LOCK TABLE {table} IN {mode} MODE".encode())
        yield Lock(stack, name, table)


@contextmanager
def _connected(stack: Stack, name: str) -> Iterator[psycopg.Connection]:
    url = database.url(stack.state, name).replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection
