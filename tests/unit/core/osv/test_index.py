"""An ecosystem's advisories by package, and in a file."""

from __future__ import annotations

import pytest

from golden_images.core.osv.index import index, packed, unpacked
from tests.unit.core.osv.advisories import before, block, record, span


def test_a_record_is_there_for_each_of_its_packages_and_no_others() -> None:
    one = record(
        "A",
        block("a", before("2")),
        block("b", before("3")),
        block("c", before("4"), ecosystem="PyPI"),
        {"ranges": [span({"introduced": "0"}, type_="GIT")]},
    )
    known = index("Debian", [one])
    assert [advisory.package for name in "abc" for advisory in known.of(name)] == ["a", "b"]
    assert (known.records, known.releases, known.faulty) == (1, frozenset({"12"}), 0)


def test_the_release_of_what_is_withdrawn_is_known() -> None:
    gone = record("A", block("a", before("2")), withdrawn="2026-11-02T00:00:00Z")
    known = index("Debian", [gone])
    assert (known.of("a"), known.releases) == ((), frozenset({"12"}))


def test_faults_are_counted_and_the_first_ones_kept() -> None:
    known = index("Debian", [f"{number}.json: broken" for number in range(1000)])
    assert known.faulty == 1000
    assert known.faults[0] == "0.json: broken"
    assert len(known.faults) < 100


def test_an_id_that_is_there_twice_is_a_fault_and_both_count() -> None:
    known = index("Debian", [record("A", block("a", before("2"))), record("A", block("a", before("3")))])
    assert known.faults == ("A: it is there twice",)
    assert len(known.of("a")) == 2


def test_what_is_told_of_it_is_one_line_and_short() -> None:
    one = record("A", block("a", before("2")), details="A hole\x1b[31m in\tit\n\nMore." + "x" * 10_000)
    (advisory,) = index("Debian", [one]).of("a")
    assert advisory.message == "A hole\ufffd[31m in it"
    long = record("A", block("a", before("2")), summary="x" * 10_000)
    (advisory,) = index("Debian", [long]).of("a")
    assert len(advisory.message) == 300


def test_in_a_file() -> None:
    known = index("Debian", [record("A", block("a", before("2"), versions=["1"]), aliases=["CVE-2026-0001"])])
    assert unpacked(packed(known)) == known
    assert unpacked(packed(known)).of("a") == known.of("a")


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x80", b"\x91" * 100_000])
def test_what_is_no_file_of_it(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(content)
