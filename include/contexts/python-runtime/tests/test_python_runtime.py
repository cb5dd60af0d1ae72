"""A Python that works, for a user who can do nothing else."""

from __future__ import annotations

import json

import pytest
from testinfra.host import Host

#: Modules of other systems, of a display, and what installs packages; the last two show something.
ABSENT = {
    *("_msi", "_overlapped", "_scproxy", "_winapi", "msilib", "msvcrt", "nt", "winreg", "winsound"),
    *("_tkinter", "idlelib", "tkinter", "turtle", "turtledemo"),
    *("ensurepip",),
    *("antigravity", "this"),
}


def python(host: Host, code: str) -> str:
    return str(host.check_output("python3 -W error -c %s", code))


def test_user_is_not_root(host: Host) -> None:
    assert host.check_output("id -u; id -g; id -Gn").split() == ["10001", "10001", "app"]


def test_user_has_no_password_home_or_shell(host: Host) -> None:
    entry = host.check_output("getent passwd app").split(":")
    assert entry[5:] == ["/nonexistent", "/usr/sbin/nologin"]
    assert not host.file("/nonexistent").exists


def test_version_is_the_suites_and_python_is_python3(host: Host) -> None:
    assert host.check_output("python3 --version").startswith("Python 3.11.")
    assert host.check_output("python --version") == host.check_output("python3 --version")


def test_the_standard_library_is_whole(host: Host) -> None:
    """Debian splits parts of it off, and what is missing is noticed by the first who imports it."""
    code = (
        "import importlib, sys, warnings; warnings.simplefilter('ignore')\n"
        f"for name in sys.stdlib_module_names - {ABSENT!r}: importlib.import_module(name)\n"
        "import dbm.gnu, dbm.ndbm, curses.panel, xml.etree.ElementTree, concurrent.futures.process"
    )
    assert host.check_output("python3 -c %s", code) == ""


def test_sqlite_stores_and_finds(host: Host) -> None:
    code = (
        "import sqlite3; c = sqlite3.connect('/tmp/x.db'); c.execute('create virtual table t using fts5(a)');"
        "c.execute('insert into t values (?)', ('golden image',));"
        "print(c.execute('select a from t where t match ?', ('golden',)).fetchone()[0])"
    )
    assert python(host, code) == "golden image"


def test_threads_have_a_stack_for_deep_recursion(host: Host) -> None:
    code = (
        "import sys, threading; sys.setrecursionlimit(20000)\n"
        "def down(n): return n and down(n - 1)\n"
        "thread = threading.Thread(target=lambda: print(down(15000)))\n"
        "thread.start(); thread.join()"
    )
    assert python(host, code) == "0"


def test_settings_are_those_of_a_container(host: Host) -> None:
    flags = python(
        host,
        "import faulthandler, json, locale, os, sys;"
        "print(json.dumps([sys.dont_write_bytecode, faulthandler.is_enabled(),"
        " os.environ['PYTHONUNBUFFERED'], sys.stdout.encoding]))",
    )
    assert json.loads(flags) == [True, True, "1", "utf-8"]


def test_tls_verifies_against_the_systems_bundle(host: Host) -> None:
    code = (
        "import ssl; c = ssl.create_default_context();"
        "print(c.verify_mode.name, c.check_hostname, len(c.get_ca_certs()) > 100)"
    )
    assert python(host, code) == "CERT_REQUIRED True True"


def test_time_zones_come_from_the_base(host: Host) -> None:
    code = (
        "from zoneinfo import ZoneInfo; from datetime import datetime;"
        "print(datetime(2026, 7, 1, tzinfo=ZoneInfo('Europe/Berlin')).utcoffset())"
    )
    assert python(host, code) == "2:00:00"


@pytest.mark.parametrize("module", ["pip", "setuptools", "ensurepip"])
def test_nothing_installs_packages_at_run_time(host: Host, module: str) -> None:
    result = host.run(f"python3 -m {module} --version")
    assert result.failed
    assert "No module named" in result.stderr


def test_no_byte_code_is_left_or_written(host: Host) -> None:
    python(host, "import email.mime.text, xml.dom.minidom")
    assert host.check_output("find / -xdev -name '*.pyc' 2>/dev/null; :") == ""


def test_every_package_is_whole(host: Host) -> None:
    assert host.check_output("dpkg --audit") == ""
    # Without root a few files cannot be read; a changed or a missing one is what counts.
    changed = [line for line in host.run("dpkg --verify").stdout.splitlines() if "5" in line.split()[0]]
    assert changed == []


def test_no_program_changes_its_user(host: Host) -> None:
    assert host.check_output("find / -xdev -type f -perm /6000 2>/dev/null; :") == ""


def test_user_owns_nothing_and_can_write_nothing(host: Host) -> None:
    found = host.check_output(
        "find / -xdev \\( -user app -o -writable \\) ! -type l ! -type c 2>/dev/null; :"
    )
    assert set(found.split()) <= {"/tmp", "/var/tmp", "/run/lock"}  # noqa: S108 - sticky, in every Debian


def test_nothing_is_left_of_the_installation(host: Host) -> None:
    found = host.check_output(
        "find /var/lib/apt/lists /var/cache/apt /var/log /var/tmp -type f -size +0 2>/dev/null;"
        " ls /etc/passwd- /etc/shadow- 2>/dev/null; :"
    )
    assert found == ""
