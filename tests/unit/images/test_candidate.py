"""What the catalog names as a build's candidate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from golden_images.core.digest import Digest
from golden_images.core.release import Candidate
from golden_images.errors import IntegrityError
from golden_images.images import candidate
from golden_images.ports import Manifest
from tests.fakes.world import World, child, root

AT = datetime(2026, 1, 1, tzinfo=UTC)
OTHER = Digest.of(b"other")


def test_a_release_of_two_images_is_one_of_each(world: World) -> None:
    """Two images may have the same bytes."""
    world.run(root())
    world.run(child())
    release = world.catalog.current("child")
    assert release is not None
    for image in ("child", "twin"):
        world.catalog.record_release(replace(release, image=image))
        found = candidate.released(world.catalog, image, release.digest)
        assert found is not None
        assert found.image == image
    assert candidate.released(world.catalog, "root", release.digest) is None
    assert candidate.released(world.catalog, "child", OTHER) is None


def test_a_judged_release_is_its_own_witness_and_no_candidate_is(world: World) -> None:
    world.run(root())
    run = world.run(child())
    assert run.candidate is not None
    plan = run.resolution.plan
    world.catalog.propose_candidate(Candidate("child", plan.build_id, OTHER, OTHER, AT), run.candidate.digest)
    assert candidate.witnessed(world.catalog, "child", plan) == OTHER
    judges = plan.model_copy(update={"judges": str(run.candidate.digest)})
    assert candidate.witnessed(world.catalog, "child", judges) == run.candidate.digest
    assert candidate.witnessed(world.catalog, "child", plan.model_copy(update={"judges": str(OTHER)})) is None


def test_what_nobody_wrote_down_is_told_so(world: World) -> None:
    world.run(root())
    run = world.run(child(), until="build")
    assert run.resolution.plan_digest is not None
    job = world.job("child", run.resolution.plan_digest, run.candidate, "gate")
    candidate.demand(job, world.catalog)
    other = Manifest(replace(job.subject(), digest=OTHER), b"")
    with pytest.raises(IntegrityError, match="is not what build made") as caught:
        candidate.demand(replace(job, candidate=other), world.catalog)
    assert f"the catalog names {job.subject().digest}" in caught.value.cause
