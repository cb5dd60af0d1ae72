"""What a release says is what its plan made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from golden_images.core import planned
from golden_images.core.digest import Digest
from golden_images.core.plan import BasePin, BuildPlan, Inputs
from golden_images.core.reason import Reason, Why
from golden_images.core.release import Release, ReleaseState

PLAN = BuildPlan(
    inputs=Inputs(image="web", definition={}, base=BasePin(name="root:1", digest=str(Digest.of(b"root")))),
    definition={},
    reason=Reason(why=Why.NEW),
    date=datetime(2026, 11, 23, tzinfo=UTC),
    source_date_epoch=0,
    note="a key was lost\u202e",
    actor="alice",
)
RELEASE = Release(
    **planned.fields(PLAN),
    digest=Digest.of(b"image"),
    released_at=datetime(2026, 11, 23, 2, tzinfo=UTC),
    plan=Digest.of(b"plan"),
)


def test_a_release_has_what_its_plan_says() -> None:
    assert (RELEASE.image, RELEASE.version) == ("web", f"2026.11.23-{PLAN.build_id[:8]}")
    assert (RELEASE.base_name, RELEASE.base_digest) == ("root:1", str(Digest.of(b"root")))
    assert (RELEASE.note, RELEASE.actor) == ("a key was lost", "alice")
    assert planned.differences(RELEASE, PLAN) == []
    assert (
        planned.differences(replace(RELEASE, state=ReleaseState.REVOKED, facts={"packages": 1}), PLAN) == []
    )


def test_each_field_that_differs_is_named() -> None:
    lie = replace(RELEASE, reason=Reason(why=Why.FORCED), backfill=True)
    assert planned.differences(lie, PLAN) == ["reason", "backfill"]


def test_a_plan_of_the_version_before_has_other_ids() -> None:
    old = PLAN.model_copy(update={"schema_version": 1})
    was = replace(RELEASE, build_id="f" * 64, version="2026.11.23-ffffffff", source_id="")
    assert planned.differences(was, old) == []
    assert planned.differences(replace(was, actor="boss"), old) == ["actor"]
