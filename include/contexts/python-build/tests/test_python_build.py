"""What builds Python packages: pip, environments and a compiler, for a user without rights."""

from __future__ import annotations

from testinfra.host import Host

#: An index on loopback with TLS by a certification authority of its own, and one wheel. Programs in
#: /tmp cannot be started there, so pip is a module of the environment's interpreter, which is a link.
SERVER = r"""
set -eu
cd "$(mktemp -d)"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out ca.pem -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost 2>/dev/null
python - <<'END'
import http.server, pathlib, ssl, subprocess, sys, threading, zipfile

files = {
    "golden.py": "WORD = 'installed'",
    "golden-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: golden\nVersion: 1.0\n",
    "golden-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}
place = pathlib.Path("simple/golden")
place.mkdir(parents=True)
wheel = place / "golden-1.0-py3-none-any.whl"
with zipfile.ZipFile(wheel, "w") as archive:
    for name, text in files.items():
        archive.writestr(name, text)
    archive.writestr("golden-1.0.dist-info/RECORD", "".join(f"{name},,\n" for name in files))
(place / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')

class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("ca.pem", "key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()

subprocess.run([sys.executable, "-m", "venv", "environment"], check=True)
python = "environment/bin/python"
index = f"https://localhost:{server.server_port}/simple"
pip = [python, "-m", "pip", "install", "--retries", "0", "--index-url", index, "golden"]
refused = subprocess.run(pip, capture_output=True, text=True)
print("refused" if "CERTIFICATE_VERIFY_FAILED" in refused.stderr + refused.stdout else refused)
subprocess.run([*pip, "--quiet", "--cert", "ca.pem"], check=True)
print(subprocess.check_output([python, "-c", "import golden; print(golden.WORD)"], text=True))
END
"""


def test_user_is_not_root(host: Host) -> None:
    assert host.check_output("id -u; id -g").split() == ["10001", "10001"]


def test_python_on_the_path_is_the_environment_s(host: Host) -> None:
    assert host.check_output("command -v python && command -v pip").split() == [
        "/opt/venv/bin/python",
        "/opt/venv/bin/pip",
    ]
    assert host.check_output("python -c 'import sys; print(sys.prefix)'") == "/opt/venv"
    assert host.check_output("stat -c %U /opt/venv /opt/venv/bin /opt/venv/lib").split() == ["app"] * 3


def test_an_environment_has_a_pip_that_works(host: Host) -> None:
    assert host.check_output("python -m venv /tmp/venv && /tmp/venv/bin/python -m pip --version").startswith(
        "pip "
    )


def test_pip_installs_over_tls_and_trusts_nobody_by_itself(host: Host) -> None:
    assert host.check_output("sh -c %s", SERVER).split() == ["refused", "installed"]


def test_an_extension_in_c_compiles(host: Host) -> None:
    source = r"""
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "compiled", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_compiled(void) { return PyModule_Create(&module); }
"""
    host.check_output("printf %%s %s >/tmp/compiled.c", source)
    host.check_output("cd /tmp && gcc -shared -fPIC $(python3-config --includes) -o compiled.so compiled.c")
    assert "PyInit_compiled" in host.check_output("nm --dynamic /tmp/compiled.so")


def test_no_byte_code_is_left(host: Host) -> None:
    assert host.check_output("find / -xdev -path /tmp -prune -o -name '*.pyc' -print 2>/dev/null; :") == ""


def test_every_package_is_whole(host: Host) -> None:
    assert host.check_output("dpkg --audit") == ""


def test_no_program_changes_its_user(host: Host) -> None:
    assert host.check_output("find / -xdev -type f -perm /6000 2>/dev/null; :") == ""


def test_nothing_is_left_of_the_installation(host: Host) -> None:
    found = host.check_output(
        "find /var/lib/apt/lists /var/cache/apt /var/log /var/tmp -type f -size +0 2>/dev/null; :"
    )
    assert found == ""
