"""Gunicorn serves the application, for a user without rights on a read-only root."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from testinfra.host import Host

GUNICORN = "gunicorn --config /srv/app/gunicorn.conf.py"
START = f"setsid {GUNICORN} --pid /tmp/pid web:application >/tmp/stdout 2>/tmp/stderr &"
HEALTHCHECK = "python3 /srv/app/healthcheck.py"

WAIT = "for _ in {1..100}; do (exec 3<>/dev/tcp/127.0.0.1/8000) && exit 0; sleep 0.1; done; exit 1"

#: ``<method> <path>`` and the status that is due.
REQUESTS = {
    "GET /": 200,
    "GET /healthz": 200,
    "HEAD /healthz": 200,
    "GET /missing": 404,
    "GET /../etc/passwd": 404,
    "POST /": 405,
    "DELETE /healthz": 405,
}
#: Asks for all of them at once: starting Python is most of what a request costs here.
ASK = """
import json, sys
from http.client import HTTPConnection
answers = {}
for request in sys.argv[1:]:
    connection = HTTPConnection("127.0.0.1", 8000, timeout=30)
    connection.request(*request.split())
    answer = connection.getresponse()
    header = {key.lower(): value for key, value in answer.getheaders()}
    answers[request] = [answer.status, header, answer.read().decode()]
print(json.dumps(answers))
"""

Answers = dict[str, tuple[int, dict[str, str], str]]


@pytest.fixture(scope="module")
def server(host: Host) -> Iterator[Host]:
    """The application, started as the image's command starts it."""
    unhealthy = host.run(HEALTHCHECK)
    assert unhealthy.failed, "the health check passes with nothing to check"
    assert "unhealthy: " in unhealthy.stderr
    assert "Traceback" not in unhealthy.stderr
    host.check_output(START)
    if host.run("bash -c %s", WAIT).failed:
        pytest.fail(host.check_output("cat /tmp/stderr"))
    yield host
    host.check_output("kill $(cat /tmp/pid)")


@pytest.fixture(scope="module")
def answers(server: Host) -> Answers:
    asked = server.check_output("python3 -c %s " + " ".join(["%s"] * len(REQUESTS)), ASK, *REQUESTS)
    return {request: (status, header, body) for request, (status, header, body) in json.loads(asked).items()}


def test_user_is_not_root(host: Host) -> None:
    assert host.check_output("id -u; id -g; id -Gn").split() == ["10001", "10001", "app"]


def test_settings_are_valid(host: Host) -> None:
    result = host.run(f"{GUNICORN} --check-config web:application")
    assert result.succeeded, result.stderr


@pytest.mark.parametrize(("request_line", "status"), REQUESTS.items())
def test_each_request_gets_its_status(answers: Answers, request_line: str, status: int) -> None:
    assert answers[request_line][0] == status


def test_front_page_names_the_python(answers: Answers) -> None:
    _, header, body = answers["GET /"]
    assert header["content-type"] == "application/json"
    assert json.loads(body)["python"].startswith("3.11.")


def test_health_is_told(server: Host, answers: Answers) -> None:
    assert server.run(HEALTHCHECK).succeeded
    assert answers["GET /healthz"][2] == "ok\n"


def test_head_has_no_body(answers: Answers) -> None:
    _, header, body = answers["HEAD /healthz"]
    assert (header["content-length"], body) == ("3", "")


def test_version_of_the_server_is_not_told(answers: Answers) -> None:
    assert answers["GET /"][1]["server"] == "gunicorn"


def test_requests_are_logged_to_stdout(server: Host, answers: Answers) -> None:
    assert "GET /missing" in answers
    assert '"GET /missing HTTP/1.1" 404' in server.check_output("cat /tmp/stdout")


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
