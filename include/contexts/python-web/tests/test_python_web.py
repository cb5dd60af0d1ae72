"""Gunicorn serves the application, for a user without rights on a read-only root."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from testinfra.host import Host

GUNICORN = "gunicorn --config /srv/app/gunicorn.conf.py"
START = f"setsid {GUNICORN} --pid /tmp/pid web:application >/tmp/stdout 2>/tmp/stderr &"
HEALTHCHECK = "python3 /srv/app/healthcheck.py"

REQUEST = """
import json, sys
from http.client import HTTPConnection
connection = HTTPConnection("127.0.0.1", 8000, timeout=5)
connection.request(sys.argv[1], sys.argv[2])
answer = connection.getresponse()
header = {key.lower(): value for key, value in answer.getheaders()}
print(json.dumps([answer.status, header, answer.read().decode()]))
"""


@pytest.fixture(scope="module")
def server(host: Host) -> Iterator[Host]:
    """The application, started as the image's command starts it."""
    unhealthy = host.run(HEALTHCHECK)
    assert unhealthy.failed, "the health check passes with nothing to check"
    assert "unhealthy: " in unhealthy.stderr
    assert "Traceback" not in unhealthy.stderr
    host.check_output(START)
    up = host.run(f"for _ in $(seq 50); do {HEALTHCHECK} && exit 0; sleep 0.1; done; exit 1")
    if up.failed:
        pytest.fail(host.check_output("cat /tmp/stderr"))
    yield host
    host.check_output("kill $(cat /tmp/pid)")


def ask(host: Host, method: str, path: str) -> tuple[int, dict[str, str], str]:
    status, header, body = json.loads(host.check_output("python3 -c %s %s %s", REQUEST, method, path))
    return status, header, body


def test_user_is_not_root(host: Host) -> None:
    assert host.check_output("id -u; id -g; id -Gn").split() == ["10001", "10001", "app"]


def test_settings_are_valid(host: Host) -> None:
    result = host.run(f"{GUNICORN} --check-config web:application")
    assert result.succeeded, result.stderr


def test_front_page_names_the_python(server: Host) -> None:
    status, header, body = ask(server, "GET", "/")
    assert (status, header["content-type"]) == (200, "application/json")
    assert json.loads(body)["python"].startswith("3.11.")


def test_health_is_told(server: Host) -> None:
    assert server.run(HEALTHCHECK).succeeded
    assert ask(server, "GET", "/healthz")[::2] == (200, "ok\n")


def test_head_has_no_body(server: Host) -> None:
    status, header, body = ask(server, "HEAD", "/healthz")
    assert (status, header["content-length"], body) == (200, "3", "")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/missing", 404),
        ("GET", "/../etc/passwd", 404),
        ("POST", "/", 405),
        ("DELETE", "/healthz", 405),
    ],
)
def test_refuses_the_rest(server: Host, method: str, path: str, status: int) -> None:
    assert ask(server, method, path)[0] == status


def test_version_of_the_server_is_not_told(server: Host) -> None:
    assert ask(server, "GET", "/")[1]["server"] == "gunicorn"


def test_requests_are_logged_to_stdout(server: Host) -> None:
    ask(server, "GET", "/logged-here")
    assert '"GET /logged-here HTTP/1.1" 404' in server.check_output("cat /tmp/stdout")


def test_workers_have_no_rights_and_write_into_memory_alone(server: Host) -> None:
    script = "for p in $(cat /tmp/pid) $(cat /proc/$(cat /tmp/pid)/task/*/children); do {}; done"
    rights = server.check_output(script.format("grep -h ^CapEff /proc/$p/status")).split()
    assert rights == ["CapEff:", "0000000000000000"] * 3
    files = server.check_output(script.format("readlink /proc/$p/fd/*"))
    assert "/dev/shm/wgunicorn-" in files  # noqa: S108 - inside the container


def test_application_is_roots(host: Host) -> None:
    """Who takes over the application cannot change it."""
    assert set(host.check_output("stat -c '%U:%G %a' /srv/app /srv/app/*").splitlines()) == {
        "root:root 755",
        "root:root 644",
    }


def test_gunicorn_is_debians(host: Host) -> None:
    assert host.package("gunicorn").is_installed
    assert host.check_output("dpkg --audit") == ""


def test_nothing_is_left_of_the_installation(host: Host) -> None:
    found = host.check_output(
        "find /var/lib/apt/lists /var/cache/apt /var/log /var/tmp -type f -size +0 2>/dev/null;"
        " find / -xdev \\( -name '*.pyc' -o -type f -perm /6000 \\) 2>/dev/null; :"
    )
    assert found == ""
