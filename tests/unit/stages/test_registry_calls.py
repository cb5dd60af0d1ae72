"""What one release asks of the registry, by stage as each task does: every question is a round trip."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from golden_images import jobs
from golden_images.adapters.registry.remembering import remembering
from golden_images.pipeline import stages_for
from golden_images.planning.request import Request
from golden_images.stages import resolve
from tests.fakes.counting import Counting
from tests.fakes.world import World, child, root

LISTINGS = ("referrers", "tags")
#: None reads its plan or the candidate's manifest: the catalog keeps them.
CALLS = {"resolve": 4, "lint": 2, "build": 6, "sbom": 2, "scan": 5, "test": 2, "gate": 9, "release": 12}
CALLS |= {"promote": 4}


def release(world: World) -> dict[str, Counter[str]]:
    """One release of the child; calls by stage, each of which is a task with a memory of its own."""
    calls: dict[str, Counter[str]] = {}
    image = child()

    def ports(name: str):  # type: ignore[no-untyped-def]
        counting = Counting(world.registry)
        calls[name] = counting.calls
        registry = remembering(counting.registry)
        return replace(world.ports(), registry=lambda: registry)

    request: Request = world.request(image)
    assert resolve.run(request, ports("resolve")).plan_digest is not None
    for row in stages_for(image):
        of_task = ports(row.name)
        job = jobs.of_run(
            world.organisation,
            "child",
            request.run_id,
            of_task,
            stage=row.name,
            owner="test",
            log=world.log.append,
        )
        row.perform(job, of_task)
    return calls


def test_one_release_asks_the_registry_little_and_lists_nothing(world: World) -> None:
    world.run(root())
    calls = release(world)
    assert world.catalog.current("child") is not None
    told = {stage: dict(found) for stage, found in calls.items()}
    assert {stage: found.total() for stage, found in calls.items()} == CALLS, told
    # Of which scan has eleven: it makes three reports, and gate and release read each.
    assert sum(CALLS.values()) <= 46
    assert sum(found[name] for found in calls.values() for name in LISTINGS) == 0, told
