"""A Node that works, for a user who can do nothing else."""

from __future__ import annotations

import json

from testinfra.host import Host

#: A server on loopback with a certificate of its own, asked without it and with it among OpenSSL's.
TRUST = r"""
cd "$(mktemp -d)"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out ca.pem -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost 2>/dev/null
cat >ask.js <<'END'
const https = require('https'), fs = require('fs');
const own = {key: fs.readFileSync('key.pem'), cert: fs.readFileSync('ca.pem')};
const server = https.createServer(own, (question, answer) => answer.end());
const done = (word) => { console.log(word); server.close(); };
server.listen(0, '127.0.0.1', () => https
    .get({host: 'localhost', port: server.address().port}, () => done('trusted'))
    .on('error', (error) => done(error.code)));
END
node ask.js
SSL_CERT_FILE="$PWD/ca.pem" node ask.js
"""


def node(host: Host, code: str) -> str:
    return str(host.check_output("node -e %s", code))


def test_user_is_not_root(host: Host) -> None:
    assert host.check_output("id -u; id -g; id -Gn").split() == ["10001", "10001", "app"]


def test_version_is_the_suites(host: Host) -> None:
    assert host.check_output("node --version").startswith("v20.")


def test_settings_are_those_of_a_service(host: Host) -> None:
    assert node(host, "console.log(process.env.NODE_ENV, process.env.LANG)") == "production C.UTF-8"


def test_every_built_in_module_loads(host: Host) -> None:
    code = "for (const m of require('module').builtinModules) require(m); console.log('loaded')"
    assert node(host, code) == "loaded"


def test_languages_and_time_zones_are_whole(host: Host) -> None:
    code = (
        "const d = new Date(Date.UTC(2026, 6, 1, 12));"
        "console.log(d.toLocaleString('de-DE', {timeZone: 'Asia/Kolkata', month: 'long', hour: 'numeric'}))"
    )
    assert node(host, code) == "Juli um 17 Uhr"


def test_tls_verifies_against_the_systems_bundle(host: Host) -> None:
    """Node ships roots of its own; Debian's goes by OpenSSL's, where what a team adds counts."""
    assert host.check_output("sh -c %s", TRUST).split() == ["DEPTH_ZERO_SELF_SIGNED_CERT", "trusted"]
    assert int(host.check_output("grep -c BEGIN /etc/ssl/certs/ca-certificates.crt")) > 100


def test_http_answers_on_loopback(host: Host) -> None:
    code = (
        "const http = require('http');"
        "const s = http.createServer((q, r) => r.end(JSON.stringify({path: q.url})));"
        "s.listen(0, '127.0.0.1', async () => {"
        " const r = await fetch(`http://127.0.0.1:${s.address().port}/x`);"
        " console.log(await r.text()); s.close(); })"
    )
    assert json.loads(node(host, code)) == {"path": "/x"}


def test_workers_and_webassembly_run(host: Host) -> None:
    code = (
        "const {Worker} = require('worker_threads');"
        "const bytes = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);"
        "new Worker(`require('worker_threads').parentPort.postMessage(WebAssembly.validate(new Uint8Array("
        "[${bytes}])))`, {eval: true}).on('message', console.log)"
    )
    assert node(host, code) == "true"


def test_nothing_installs_packages_at_run_time(host: Host) -> None:
    for name in ("npm", "npx", "yarn", "gcc", "make"):
        assert not host.exists(name), name


def test_every_package_is_whole(host: Host) -> None:
    assert host.check_output("dpkg --audit") == ""


def test_no_program_changes_its_user(host: Host) -> None:
    assert host.check_output("find / -xdev -type f -perm /6000 2>/dev/null; :") == ""


def test_nothing_is_left_of_the_installation(host: Host) -> None:
    found = host.check_output(
        "find /var/lib/apt/lists /var/cache/apt /var/log /var/tmp -type f -size +0 2>/dev/null; :"
    )
    assert found == ""
