"""What is said of one version of one package; more in ``test_matching``."""

from __future__ import annotations

from golden_images.core.osv.index import index
from golden_images.core.osv.judging import judge
from golden_images.core.osv.places import Place
from tests.unit.core.osv.advisories import before, block, record, span

AT = Place("PyPI", "", "a", "1.0")


def test_a_finding_names_what_mends_it() -> None:
    one = record(
        "A", block("a", before("2.0"), span({"introduced": "3"}, {"fixed": "3.1"}), ecosystem="PyPI")
    )
    (finding,) = judge(AT, index("PyPI", [one])).findings
    assert (finding.id, finding.package, finding.fixed_version) == ("A", "", "2.0")


def test_why_is_short_however_many_reasons_there_are() -> None:
    ranges = span({"introduced": "abc"}, type_="GIT")
    records = [record(f"A{number}", block("a", ranges, ecosystem="PyPI")) for number in range(100)]
    said = judge(AT, index("PyPI", records))
    assert said.why.endswith("; …")
    assert said.why.count("names commits") == 3


def test_one_that_cannot_be_judged_hides_no_other() -> None:
    records = [
        record("A", block("a", before("see notes"), ecosystem="PyPI")),
        record("B", block("a", before("2"), ecosystem="PyPI")),
    ]
    said = judge(AT, index("PyPI", records))
    assert [one.id for one in said.findings] == ["B"]
    assert said.why.startswith("A speaks of a version")


def test_a_listed_version_needs_no_range_that_can_be_read() -> None:
    one = record("A", block("a", ecosystem="PyPI", versions=["1.0"]))
    assert [found.id for found in judge(AT, index("PyPI", [one])).findings] == ["A"]


def test_a_block_without_versions_affects_none() -> None:
    assert judge(AT, index("PyPI", [record("A", block("a", ecosystem="PyPI"))])).findings == ()
