"""What one release asks of the registry, by stage as each task does: every question is a round trip."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from golden_images.adapters.registry.remembering import remembering
from golden_images.images.plan_artifact import fetch
from golden_images.pipeline import stages_for
from golden_images.planning.request import Request
from golden_images.ports import Descriptor
from golden_images.stages import resolve
from tests.fakes.counting import Counting
from tests.fakes.world import World, child, root

LISTINGS = ("referrers", "tags")
#: The stages that make evidence, judge it and release by it.
OF_EVIDENCE = ("lint", "sbom", "test", "gate", "release")


def release(world: World) -> dict[str, Counter[str]]:
    """One release of the child; calls by stage, each of which is a task with a memory of its own."""
    calls: dict[str, Counter[str]] = {}
    image, candidate = child(), None

    def ports(name: str):  # type: ignore[no-untyped-def]
        counting = Counting(world.registry)
        calls[name] = counting.calls
        registry = remembering(counting.registry)
        return replace(world.ports(), registry=lambda: registry)

    request: Request = world.request(image)
    plan = resolve.run(request, ports("resolve")).plan_digest
    assert plan is not None
    for row in stages_for(image):
        of_task = ports(row.name)
        fetch(of_task.registry(), "golden/child", plan)
        job = world.job("child", plan, candidate, row.name)
        row.perform(job, of_task)
        if row.name == "build":
            found = world.registry.resolve("golden/child", job.plan.candidate_tag)
            assert found is not None
            candidate = Descriptor(found.media_type, found.digest, found.size)
    return calls


def test_one_release_asks_the_registry_little_and_lists_nothing(world: World) -> None:
    world.run(root())
    calls = release(world)
    assert world.catalog.current("child") is not None
    told = {stage: dict(found) for stage, found in calls.items()}
    # Every task reads its plan: two of its calls.
    assert sum(calls[stage].total() - 2 for stage in OF_EVIDENCE) <= 35, told
    assert sum(found.total() for found in calls.values()) <= 70, told
    assert sum(found[name] for found in calls.values() for name in LISTINGS) == 0, told
