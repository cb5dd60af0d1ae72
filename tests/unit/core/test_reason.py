from __future__ import annotations

import pytest

from golden_images.core.reason import Reason, Why


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason(why=Why.NEW), "new"),
        (Reason(why=Why.BASE_CHANGED, old="sha256:1", new="sha256:2"), "base-changed: sha256:1 → sha256:2"),
        (Reason(why=Why.BASE_CHANGED, new="sha256:2"), "base-changed: none → sha256:2"),
        (Reason(why=Why.DEFINITION_CHANGED, old="a"), "definition-changed: a → none"),
        (Reason(why=Why.FORCED, old="same", new="same"), "forced"),
        (Reason(why=Why.PACKAGE_UPDATE, old="1", new="2", detail="openssl 1 → 2, +3"),
         "package-update: openssl 1 → 2, +3"),
    ],
)  # fmt: skip
def test_a_reason_says_what_changed_in_one_line(reason: Reason, text: str) -> None:
    assert str(reason) == text


def test_a_new_why_has_to_say_whether_it_builds() -> None:
    """The first two lists are those that end a run early: a word that is added builds until it is here."""
    nothing = {Why.UNCHANGED, Why.SUPERSEDED, Why.RETIRED, Why.RESTORED}
    judges = {Why.DEMANDS_CHANGED}
    builds = {
        *(Why.NEW, Why.DEFINITION_CHANGED, Why.CONTEXT_CHANGED, Why.BASE_CHANGED, Why.PACKAGE_UPDATE),
        *(Why.FINDING, Why.PLAN_LOST, Why.MAX_AGE, Why.BACKFILL, Why.FORCED),
    }
    assert {*nothing, *judges, *builds} == set(Why)
    assert {why for why in Why if not why.runs} == nothing
    assert {why for why in Why if why.builds} == builds


def test_a_reason_is_read_back_from_where_it_is_kept() -> None:
    reason = Reason(why=Why.MAX_AGE, old="2026-01-01", new="2026-02-01", detail="31 days")
    assert Reason.model_validate_json(reason.model_dump_json()) == reason
    assert '"max-age"' in reason.model_dump_json()
