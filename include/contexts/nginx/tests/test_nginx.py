"""nginx serves, without root and without a place to write but its memory file systems."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from testinfra.host import Host

START = "setsid nginx -e stderr -g 'daemon off;' >/tmp/stdout 2>/tmp/stderr &"
WAIT = "for _ in {1..50}; do (exec 3<>/dev/tcp/127.0.0.1/8080) && exit 0; sleep 0.1; done; exit 1"


@pytest.fixture(scope="module")
def server(host: Host) -> Iterator[Host]:
    """nginx, started as the image's command starts it, and stopped as a container runtime stops it."""
    host.check_output(START)
    up = host.run("bash -c %s", WAIT)
    if up.failed:
        pytest.fail(host.check_output("cat /tmp/stderr"))
    yield host
    host.check_output("kill -QUIT $(cat /tmp/nginx.pid)")


def get(host: Host, path: str, method: str = "GET") -> tuple[str, str, str]:
    """Status line, header and body. The image has no HTTP client, and should not get one for this."""
    request = f"{method} {path} HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n"
    # The shell's own printf writes line by line, and nginx hangs up on a bad first line.
    script = f"exec 3<>/dev/tcp/127.0.0.1/8080; env printf '{request}' >&3; cat <&3"
    answer = str(host.check_output("bash -c %s", script)).replace("\r", "")
    head, _, body = answer.partition("\n\n")
    status, _, header = head.partition("\n")
    return status, header, body


def test_user_is_not_root(host: Host) -> None:
    assert host.check_output("id -un; id -gn; id -Gn").split() == ["www-data"] * 3


def test_configuration_is_valid_and_says_nothing(host: Host) -> None:
    result = host.run("nginx -e stderr -t")
    assert result.succeeded, result.stderr
    assert "[" not in result.stderr, "a warning or an error"


def test_serves_the_page(server: Host) -> None:
    status, header, body = get(server, "/")
    assert status == "HTTP/1.1 200 OK"
    assert "Content-Type: text/html" in header
    assert "This image serves" in body


def test_health_is_told(server: Host) -> None:
    assert get(server, "/healthz")[::2] == ("HTTP/1.1 200 OK", "ok")


def test_version_is_not_told(server: Host) -> None:
    _, header, body = get(server, "/missing")
    assert "Server: nginx\n" in header + "\n"
    assert "nginx/" not in header + body


def test_content_type_is_not_guessed(server: Host) -> None:
    assert "X-Content-Type-Options: nosniff" in get(server, "/missing")[1]


@pytest.mark.parametrize("path", ["/missing", "/.git/config", "/../etc/passwd", "/%2e%2e/etc/passwd"])
def test_gives_away_nothing_else(server: Host, path: str) -> None:
    status, _, body = get(server, path)
    assert status.split()[1] in {"400", "404"}
    assert "root:" not in body


def test_requests_are_logged_to_stdout_and_errors_to_stderr(server: Host) -> None:
    get(server, "/logged-here")
    assert '"GET /logged-here HTTP/1.1" 404' in server.check_output("cat /tmp/stdout")
    assert "/logged-here" in server.check_output("cat /tmp/stderr")


def test_health_is_not_logged(server: Host) -> None:
    get(server, "/healthz")
    assert "/healthz" not in server.check_output("cat /tmp/stdout")


def test_every_process_is_without_rights(server: Host) -> None:
    rights = server.check_output(
        "p=$(cat /tmp/nginx.pid);"
        " for p in $p $(cat /proc/$p/task/*/children); do grep ^CapEff /proc/$p/status; done"
    )
    assert len(rights.splitlines()) > 1, "a master and its workers"
    assert set(rights.split()) == {"CapEff:", "0000000000000000"}


def test_nothing_of_debians_site_is_left(host: Host) -> None:
    assert host.check_output("ls /etc/nginx/conf.d") == "site.conf"
    assert (
        host.check_output("cd /etc/nginx; ls -d sites-* modules-enabled /var/www/html 2>/dev/null; :") == ""
    )


def test_packages_are_whole(host: Host) -> None:
    assert host.check_output("dpkg --audit") == ""
    assert host.package("nginx").is_installed


def test_user_can_write_nothing_and_become_nobody_else(host: Host) -> None:
    found = host.check_output(
        "find / -xdev \\( -perm /6000 -type f -o -writable ! -type l ! -type c \\) 2>/dev/null; :"
    )
    assert set(found.split()) <= {"/tmp", "/var/tmp", "/run/lock"}  # noqa: S108 - sticky, in every Debian


def test_nothing_is_left_of_the_installation(host: Host) -> None:
    found = host.check_output(
        "find /var/lib/apt/lists /var/cache/apt /var/log /var/tmp -type f -size +0 2>/dev/null; :"
    )
    assert found == ""
