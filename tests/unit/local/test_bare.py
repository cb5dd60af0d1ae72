"""What a root is told of the machine, and what it is asked to run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from local.bare import inside, machine
from local.console import LocalError


def write(root: Path, name: str, text: str) -> None:
    path = root / "etc/apt" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "sources.list",
            "# deb http://old.example/debian x main\n"
            "deb [signed-by=/k] https://mirror.example/a/debian bookworm main\n"
            "deb https://mirror.example/a/debian-security/ bookworm-security main\n",
        ),
        (
            "sources.list.d/debian.sources",
            "Types: deb\n# URIs: http://old.example/debian\nURIs: https://mirror.example/a/debian\n\n"
            "Types: deb\nURIs: https://mirror.example/a/debian-security\n",
        ),
    ],
)
def test_the_root_uses_the_machines_mirrors(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, name, text)
    write(tmp_path, "sources.list.d/other.list", "deb https://other.example/apt stable main\n")

    assert machine.sources("trixie", tmp_path) == [
        "deb https://mirror.example/a/debian trixie main",
        "deb https://mirror.example/a/debian trixie-updates main",
        "deb https://mirror.example/a/debian-security trixie-security main",
    ]


def test_the_security_archive_is_beside_the_other_where_none_is_named(tmp_path: Path) -> None:
    write(tmp_path, "sources.list", "deb https://mirror.example/debian bookworm main\n")
    assert machine.mirrors(tmp_path) == (
        "https://mirror.example/debian",
        "https://mirror.example/debian-security",
    )


def test_a_machine_without_a_mirror_says_so(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="names no archive"):
        machine.mirrors(tmp_path)


def test_of_apts_settings_only_those_of_the_way_are_taken() -> None:
    dump = (
        'Acquire::http::Proxy "http://proxy.example:3128";\nAcquire::https::CaInfo "/etc/ca.pem";\n'
        'Acquire::http::Proxy-Auto-Detect "/usr/bin/look";\nAcquire::GzipIndexes "true";\n'
        'Acquire::Check-Date "false";\nDPkg::Post-Invoke:: "rm -f /x";\n'
    )

    assert machine.apt_settings(dump) == [
        'Acquire::http::Proxy "http://proxy.example:3128";',
        'Acquire::https::CaInfo "/etc/ca.pem";',
        'Acquire::Check-Date "false";',
    ]


def test_the_environment_is_a_fresh_machines_but_for_the_way_to_packages() -> None:
    caller = {
        "https_proxy": "http://proxy.example:3128",
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "PIP_FIND_LINKS": "/wheels",
        "PIP_CERT": "/somewhere/ca.pem",
        "HOME": "/home/somebody",
        "AIRFLOW_HOME": "/airflow",
        "PATH": "/own/bin",
    }

    made = machine.environment(caller)

    assert {"https_proxy", "PIP_INDEX_URL", "PIP_CERT", "PATH", "HOME", "LANG"} == set(made)
    assert made["PIP_CERT"] == machine.CERTIFICATES
    assert (made["HOME"], "/own/bin" in made["PATH"]) == ("/root", False)


@pytest.mark.parametrize("words", [[], ["make demo"], ["buster", "make demo"]])
def test_only_suites_that_the_project_supports_are_taken(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.bare", *words],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "SUITE=bookworm|trixie" in done.stderr


def test_what_pivots_has_all_that_it_needs_before() -> None:
    """After ``pivot_root`` the interpreter's files are out of reach: an import there would fail."""
    names = {name for name in vars(inside) if not name.startswith("_")}

    assert "import " not in Path(inside.__file__).read_text().split("def main", 1)[1]
    assert {"os", "signal", "subprocess", "time", "contextlib"} <= names
