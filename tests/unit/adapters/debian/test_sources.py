"""The worker's own archives, as its apt lists them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from golden_images.adapters.debian import sources as debian_sources
from golden_images.adapters.debian.sources import Archive, archives
from golden_images.errors import InputError, ToolError
from tests.unit.adapters.tool import Install, install

__all__ = ["install"]

#: apt-get before (``--no-release-info``) and after the first update.
UNKNOWN = """\
Packages|$(ORIGIN)|$(LABEL)|stable|stable|http://other.test/
Packages|$(ORIGIN)|$(LABEL)|bookworm|stable|http://engine.test/linux/
Packages|$(ORIGIN)|$(LABEL)|bookworm|main|http://mirror.test/debian/
DEP-11|$(ORIGIN)|$(LABEL)|bookworm|main|http://wrong.test/debian/
Packages|$(ORIGIN)|$(LABEL)|bookworm-updates|main|http://mirror.test/debian/
Packages|$(ORIGIN)|$(LABEL)|bookworm-security|main|http://safe.test/debian-security/
"""
KNOWN = """\
Packages|Engine|Engine|bookworm|stable|http://engine.test/linux/
Packages|Debian|Debian|bookworm|main|http://mirror.test/debian/
Packages|Debian|Debian|bookworm-updates|main|http://mirror.test/debian/
Packages|Debian|Debian-Security|bookworm-security|main|http://safe.test/debian-security/
"""


def apt(install: Install, known: str, unknown: str) -> None:
    install(
        "apt-get",
        f"case $* in *--no-release-info*) cat <<'EOF'\n{unknown}EOF\n;; *) cat <<'EOF'\n{known}EOF\n;; esac",
    )


@pytest.mark.parametrize("known", [KNOWN, ""])
@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_the_workers_archives_serve_every_suite(install: Install, known: str, suite: str) -> None:
    apt(install, known, UNKNOWN)
    assert archives(suite) == (
        Archive("http://mirror.test/debian", suite),
        Archive("http://mirror.test/debian", f"{suite}-updates"),
        Archive("http://safe.test/debian-security", f"{suite}-security"),
    )


def test_a_worker_without_security_gets_it_from_beside(install: Install) -> None:
    apt(install, KNOWN.replace("Debian-Security|bookworm-security", "x|other"), "")
    assert archives("bookworm")[2].uri == "http://mirror.test/debian-security"


def test_a_worker_that_knows_no_debian_is_told_what_to_do(install: Install) -> None:
    apt(install, KNOWN.splitlines()[0] + "\n", UNKNOWN.splitlines()[0] + "\n")
    with pytest.raises(ToolError, match="no package archive is known for bookworm") as caught:
        archives("bookworm")
    assert "base.bootstrap.mirror" in caught.value.remedy


@pytest.mark.parametrize(
    ("suite", "mirror"),
    [("bookworm main\ndeb", "http://a/debian"), ("bookworm", "http://a/debian [x]"), ("..", "")],
)
def test_no_address_is_made_of_what_could_be_more_than_one(suite: str, mirror: str) -> None:
    with pytest.raises(InputError):
        archives(suite, mirror)


def test_no_line_is_made_of_what_could_be_two() -> None:
    with pytest.raises(InputError):
        Archive("http://a/debian", "bookworm").line(["main", "x\ndeb"])


def test_an_apt_that_fails_is_an_error(install: Install) -> None:
    install("apt-get", "exit 100")
    with pytest.raises(ToolError, match="could not list"):
        archives("bookworm")


def test_a_worker_without_apt_is_told_what_to_do(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(ToolError, match="apt-get is not installed") as caught:
        archives("bookworm")
    assert "mirror" in caught.value.remedy


def test_apt_is_asked_again_only_when_its_sources_changed(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    monkeypatch.setattr(debian_sources, "_APT", (str(sources),))
    apt(install, KNOWN, UNKNOWN)
    before = archives("bookworm")
    apt(install, KNOWN.replace("mirror.test", "nearer.test"), UNKNOWN)
    assert archives("bookworm") == before
    (sources / "debian.list").write_text("deb http://nearer.test/debian bookworm main\n")
    assert archives("bookworm")[0].uri == "http://nearer.test/debian"


def test_a_worker_whose_apt_is_configured_elsewhere_is_asked_with_it(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apt(install, KNOWN, "")
    archives("bookworm")
    sources = tmp_path / "elsewhere"
    monkeypatch.setenv("APT_CONFIG", str(sources))
    install("apt-get", 'cat "$APT_CONFIG"')
    for uri in ("http://first.test/debian", "http://second.test/debian"):
        sources.write_text(f"Packages|Debian|Debian|bookworm|main|{uri}\n")
        assert archives("bookworm")[0].uri == uri
