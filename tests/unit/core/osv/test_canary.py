from __future__ import annotations

import pytest

from golden_images.core.inventory import inventory
from golden_images.core.osv.canary import canary
from golden_images.core.osv.index import index
from golden_images.core.osv.matching import Matcher
from golden_images.core.osv.record import Record
from tests.unit.core.osv.advisories import before, block, record, span

UNFIT = record("A", block("a", span({"introduced": "abc"}, type_="GIT"), ecosystem="Debian:12"))


@pytest.mark.parametrize(
    ("ecosystem", "release", "affected"),
    [
        ("Debian", "12", block("openssl", before("3.0.15-1~deb12u1"))),
        ("Debian", "12", block("g++", before("1:2"), ecosystem="Debian")),
        ("Ubuntu", "22.04", block("openssl", before("3"), ecosystem="Ubuntu:22.04:LTS")),
        ("Alpine", "v3.20", block("musl", before("1.2.4-r1"), ecosystem="Alpine:v3.20")),
        ("PyPI", "", block("flask", span({"introduced": "2.0"}, {"fixed": "2.1"}), ecosystem="PyPI")),
        ("PyPI", "", block("flask", ecosystem="PyPI", versions=["1.0"])),
        ("npm", "", block("@angular/core", before("1.2.0"), ecosystem="npm")),
        ("Go", "", block("github.com/Azure/x", before("1.2.0"), ecosystem="Go")),
    ],
)
def test_what_it_names_is_found_in_it(ecosystem: str, release: str, affected: dict[str, object]) -> None:
    known = index(ecosystem, [UNFIT, record("DEBIAN-CVE-2026-0001", affected, upstream=["CVE-2026-0001"])])
    made = canary(known, release)
    assert made is not None
    assert made == canary(known, release)
    held = inventory(made.sbom)
    answer = Matcher({ecosystem: known}.get).match(held)
    assert not answer.unjudged
    assert {one.id for one in answer.findings} == {"CVE-2026-0001"}
    assert "CVE-2026-0001" in made.names


def test_it_is_of_the_release_that_is_asked_about() -> None:
    records: list[Record] = [
        record("DEBIAN-CVE-2026-0001", block("a", before("2"), ecosystem="Debian:11")),
        record("DEBIAN-CVE-2026-0002", block("b", before("2"), ecosystem="Debian:12")),
    ]
    made = canary(index("Debian", records), "12")
    assert made is not None
    assert made.names == ("DEBIAN-CVE-2026-0002",)
    assert inventory(made.sbom).system == "debian-12"
    assert canary(index("Debian", records), "13") is None


def test_there_is_none_where_everything_is_withdrawn() -> None:
    gone = record("A", block("a", before("2")), withdrawn="2026-11-02T00:00:00Z")
    assert canary(index("Debian", [gone]), "12") is None
