"""What the note on a run's page says, and that it costs a run nothing where it cannot be written."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from golden_images.operators.stopped import Stopped
from golden_images.runs import notes

DIGEST = "sha256:" + "ab" * 32
RESOLVE = {"reason": "forced: a <b>key</b>", "why": "forced", "version": "2026.11.24-1", "plan": DIGEST}
JUDGED = {"reason": "demands-changed: stages.size", "why": "demands-changed", "version": "2026.11.23-0"}
SBOM, TEST, DEFINITION = (Stopped(task, f"/t/{task}") for task in ("sbom", "test", "definition"))
RELEASE = {"version": "2026.11.24-1", "digest": DIGEST, "released": "yes"}


@pytest.mark.parametrize(
    ("resolve", "release", "failed", "first"),
    [
        (RESOLVE, RELEASE, [], "**Released `2026.11.24-1`**: forced: a &lt;b>key&lt;/b>"),
        (
            RESOLVE,
            {"version": "2026.11.23-0", "released": "no", "detail": "the result is identical to it"},
            [],
            "**Nothing published**: `2026.11.23-0` stands: the result is identical to it. "
            "The run's reason: forced: a &lt;b>key&lt;/b>",
        ),
        (
            {"reason": "unchanged: 1 is current", "why": "unchanged"},
            {},
            [],
            "**Nothing built**: unchanged: 1 is current",
        ),
        (
            RESOLVE,
            {},
            [SBOM, TEST],
            "**Failed in [sbom](/t/sbom), [test](/t/test).**",
        ),
        (
            JUDGED,
            {"version": "2026.11.23-0", "released": "no", "detail": "it meets what is demanded now"},
            [],
            "**Nothing built**: `2026.11.23-0` meets what is demanded now. demands-changed: stages.size",
        ),
        (
            JUDGED,
            {},
            [TEST],
            "**Failed in [test](/t/test).**",
        ),
        ({}, {}, [Stopped("resolve")], "**Failed in resolve.**"),
        (
            {},
            {},
            [DEFINITION],
            "**The definition is invalid**: the DAG's documentation says how, and `golden-images check`.",
        ),
        ({}, {}, [], ""),
    ],
)
def test_a_note_says_what_was_done_or_why_nothing(
    resolve: dict[str, str], release: dict[str, str], failed: list[Stopped], first: str
) -> None:
    assert notes.told(resolve, release, failed).split("\n\n")[0] == first


def test_a_note_says_what_failed_first_and_where_the_report_is() -> None:
    first = replace(SBOM, problem="<b>no</b> [package](x)", report="http://a/golden-images/r")
    parts = notes.told(RESOLVE, {}, [first, replace(TEST, problem="later")], "alice").split("\n\n")
    report = "([report](http://a/golden-images/r))"
    assert parts == [
        f"**Failed in [sbom](/t/sbom), [test](/t/test).** &lt;b>no&lt;/b> \\[package\\](x) {report}",
        "`2026.11.24-1`, forced: a &lt;b>key&lt;/b>",
        "Asked by alice",
    ]


def test_a_release_that_falls_short_keeps_its_channels() -> None:
    parts = notes.told(JUDGED, {}, [TEST]).split("\n\n")
    assert parts[1:] == ["`2026.11.23-0` keeps its channels, demands-changed: stages.size"]


def test_a_note_says_the_digest_and_who_asked() -> None:
    parts = notes.told(RESOLVE, RELEASE, [], "alice: a `key`").split("\n\n")
    assert parts[1:] == [f"`{DIGEST}`", "Asked by alice: a \\`key\\`"]


def test_what_a_person_wrote_stays_and_what_was_told_before_goes() -> None:
    first = notes.beside("mind the disk", "**Failed in build.**")
    assert first == "mind the disk\n\n---\n\n**Failed in build.**"
    again = notes.beside(first, "**Nothing built**: unchanged")
    assert again == "mind the disk\n\n---\n\n**Nothing built**: unchanged"
    assert notes.beside("**Failed in build.**", "**Nothing built**") == "**Nothing built**"


def test_other_dags_are_none_of_our_business(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("looked")

    monkeypatch.setattr("sqlalchemy.orm.object_session", fail)
    run: Any = SimpleNamespace(dag_id="somebody", run_id="r")
    notes.on_dag_run_success(run, "")


def test_a_note_that_cannot_be_written_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def flush(self) -> None:
            raise RuntimeError("no database")

    monkeypatch.setattr("sqlalchemy.orm.object_session", lambda _: Broken())
    run: Any = SimpleNamespace(dag_id="golden_images.web", run_id="r")
    notes.on_dag_run_failed(run, "")
    assert "no note on r of golden_images.web" in caplog.text


@pytest.mark.parametrize(
    "persons", ["Bob looks into it", "**Do not clear**: Bob", "first\n\n---\n\nsecond", ""]
)
def test_what_a_person_wrote_stays_above_what_is_told_anew(persons: str) -> None:
    for text in (
        notes.told({}, {}, [DEFINITION]),
        notes.told(RESOLVE, {}, [TEST]),
        notes.told(RESOLVE, {}, []),
        notes.told(RESOLVE, RELEASE, []),
        notes.told(RESOLVE, RELEASE | {"released": "no"}, []),
    ):
        assert notes.persons_part(f"{persons}\n\n---\n\n{text}" if persons else text) == persons
    assert notes.persons_part(persons) == persons
