"""A stage's demand: its mark, its verdict on any bytes, and what a table may not hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from golden_images.core import media
from golden_images.core.closed import Closed
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.findings import Finding
from golden_images.core.judging import Case, Demand, Evidence, Verdict, checked, demanded
from golden_images.core.organisation import Organisation
from golden_images.pipeline import PIPELINE
from golden_images.stages import lint, options, sbom, test

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SUBJECT = Digest.of(b"image")


class Other(Closed):
    pass


def passes(case: Case, reports: Mapping[str, bytes]) -> Verdict:
    return Verdict(facts={"seen": len(reports)})


def judged(demand: Demand, reports: Mapping[str, bytes]) -> Verdict:
    return demand.verdict(reports, SUBJECT, NOW, Organisation(schema=1))


@pytest.mark.parametrize("row", [row for row in PIPELINE if row.evidence], ids=lambda row: row.name)
@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b'{"runs": [{}]}', b'{"runs": [null]}', b"\xff", b"[" * 100_000, b"<a"],
)
def test_no_judge_passes_or_breaks_on_what_cannot_be_read(row: object, content: bytes) -> None:
    assert row.evidence is not None  # type: ignore[attr-defined]
    demand = Demand(row.name, row.evidence, row.options())  # type: ignore[attr-defined]
    for reports in (dict.fromkeys(demand.evidence.kinds, content), {}):
        verdict = judged(demand, reports)
        assert not verdict.passed
        assert "cannot be read" in verdict.told()[0]


def test_a_fact_that_the_row_does_not_name_is_refused() -> None:
    assert judged(Demand("more", Evidence((media.SARIF,), passes, facts=("seen",)), Closed()), {}).passed
    with pytest.raises(TypeError, match="more: its row names no fact seen"):
        judged(Demand("more", Evidence((media.SARIF,), passes), Closed()), {})


def test_two_stages_cannot_give_one_fact() -> None:
    one = Evidence((media.SARIF,), passes, facts=("packages",))
    with pytest.raises(ValueError, match="'packages' of b is one of a already"):
        checked({"a": one, "b": one})
    with pytest.raises(ValueError, match="'size_bytes' of a is one of the release already"):
        checked({"a": Evidence((media.SARIF,), passes, facts=("size_bytes",))})


def test_options_of_another_stage_are_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="other options"):
        Case(SUBJECT, NOW, Organisation(schema=1), Closed()).options(Other)


def test_many_findings_are_told_in_few_lines() -> None:
    failing = tuple(Finding(id=f"CVE-{number}") for number in range(25))
    told = Verdict(problems=("unreadable",), failing=failing).told(most=20)
    assert told[:2] == ("unreadable", "CVE-0")
    assert told[20:] == ("and 6 more",)


def test_lint_keeps_what_does_not_fail_as_findings() -> None:
    results = (
        b'{"runs": [{"tool": {"driver": {"name": "Hadolint"}}, "results": ['
        b'{"ruleId": "DL3006", "level": "warning", "message": {"text": "tag"}},'
        b'{"ruleId": "DL3000", "level": "error", "message": {"text": "path"}},'
        b'{"ruleId": "DL1", "level": "dire", "message": {"text": "new"}}]}]}'
    )
    verdict = lint.judge(Case(SUBJECT, NOW, Organisation(schema=1), options.Lint()), {media.SARIF: results})
    assert [one.id for one in verdict.failing] == ["DL3000", "DL1"], "an unknown level fails"
    assert [one.id for one in verdict.allowed] == ["DL3006"]
    assert verdict.findings[0].severity is not None
    assert verdict.findings[0].severity.source == "hadolint"


def test_failed_tests_are_findings() -> None:
    content = (
        b'<testsuite><testcase name="ok"/><testcase name="bad"><failure message="no"/></testcase></testsuite>'
    )
    case = Case(SUBJECT, NOW, Organisation(schema=1), options.Test(minimum=2))
    verdict = test.judge(case, {media.JUNIT: content})
    assert verdict.failing[0] == Finding(id="bad", message="no")
    assert [one.id for one in verdict.failing] == ["bad", "few-tests"]
    assert verdict.summary == "1 of 2 tests failed: bad"


def test_too_few_packages_are_a_finding() -> None:
    cyclonedx = (
        b'{"bomFormat": "CycloneDX", "components": [], "metadata": {"component": {"version": "%s"}}}'
        % str(SUBJECT).encode()
    )
    case = Case(SUBJECT, NOW, Organisation(schema=1), options.Sbom())
    verdict = sbom.judge(case, {media.CYCLONEDX: cyclonedx, media.SPDX: b'{"spdxVersion": "SPDX-2.3"}'})
    assert verdict.told() == ("few-packages: 0 packages, at least 1 are wanted",)


def test_a_report_of_an_older_form_is_stale_and_asks_for_no_build() -> None:
    plan = SimpleNamespace()
    rows = [Evidence((media.SARIF,), passes, form=form) for form in (1, 2, 3)]
    marks = [Demand("sbom", row, Closed()).fingerprint(plan) for row in rows]  # type: ignore[arg-type]
    assert len(set(marks)) == 3
    # A row that never had another form keeps the mark of a version before: nothing is made anew for it.
    assert marks[0] == Digest.of(b'["sbom",{},[]]').hex[:16]
    digests = {demanded([Demand("sbom", row, Closed())], "").digest for row in rows}
    assert len(digests) == 1


def test_sources_are_listed_and_no_packages() -> None:
    def component(kind: str, purl: str) -> dict[str, str]:
        return {"type": kind, "purl": purl}

    reports = {
        media.CYCLONEDX: canonical_json(
            {
                "bomFormat": "CycloneDX",
                "metadata": {"component": {"version": str(SUBJECT)}},
                "components": [
                    component("library", "pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&upstream=openssl"),
                    component("library", "pkg:deb/debian/openssl@3.0.9-1?arch=source&distro=debian-12"),
                    component("library", "pkg:pypi/requests@2.28.1"),
                    component("file", ""),
                ],
            }
        ),
        media.SPDX: b'{"spdxVersion": "SPDX-2.3"}',
    }
    row = next(row for row in PIPELINE if row.name == "sbom")
    assert row.evidence is not None
    verdict = judged(Demand("sbom", row.evidence, options.Sbom(minimum_packages=2)), reports)
    assert verdict.facts == {"packages": 2}
    assert verdict.passed
    assert not judged(Demand("sbom", row.evidence, options.Sbom(minimum_packages=3)), reports).passed
