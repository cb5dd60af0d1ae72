"""Nights on real components: an image is rebuilt, truly, if and only if one of its packages is newer; and
each night once, also where clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import docker
import pytest

from golden_images.adapters.engine import DockerEngine
from golden_images.core.partition import PartitionKey
from tests.integration.cached import cached
from tests.integration.nightly import Nights, nightly_project
from tests.integration.ticks import forget_next, nights_of, tick, waits_for
from tests.integration.tiny import wait_for
from tests.services.registry import RegistryService

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]

FIRST = {"tiny-greeting": "1.0-1", "tiny-parting": "2.0-1", "tiny-held": "1.0-1"}
THEN = {"tiny-greeting": "1.0-2", "tiny-parting": "2.1-1", "tiny-held": "1.0-1"}
UPDATE = "package-update: tiny-greeting 1.0-1 → 1.0-2, +1"
#: What the step of a build asks for.
BUILD = (200, "/debian/dists/bookworm/main/binary-amd64/Packages.xz")
#: Makes the second image's build another one than the first's to the engine's cache.
FIRST_STEP = "# The other image.\n"
SUITES = [
    "/debian/dists/bookworm/InRelease",
    "/debian/dists/bookworm-updates/InRelease",
    "/debian-security/dists/bookworm-security/InRelease",
]

#: Nights ahead of the clock, so that this machine's has no say in which of them comes next.
YEAR = datetime.now(UTC).year + 1
DAY = timedelta(days=1)
HALF = timedelta(minutes=30)


def last_sunday(month: int) -> datetime:
    """01:00 UTC on it: when the clocks of the European Union change (Directive 2000/84/EC)."""
    end = datetime(YEAR, month, 31, 1, tzinfo=UTC)
    return end - DAY * ((end.weekday() + 1) % 7)


FORWARD, BACK = last_sunday(3), last_sunday(10)
#: Some hours from now: the tick after which the clock is set back by them.
SOON = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=6)
SCHEDULES = {
    "forward": ("30 2 * * *", "Europe/Berlin"),
    "back": ("30 2 * * *", "Europe/Berlin"),
    "set-back": (f"{SOON.minute} {SOON.hour} * * *", "UTC"),
}


@pytest.fixture(scope="module")
def nights(
    tmp_path_factory: pytest.TempPathFactory,
    registry_service: RegistryService,
    shell_image: str,
    engine_client: docker.APIClient,
) -> Iterator[Nights]:
    folder = tmp_path_factory.mktemp("nights")
    with nightly_project(folder, registry_service, shell_image, engine_client) as nights:
        nights.image("fresh")
        nights.image("twin")
        nights.step("twin", FIRST_STEP)
        for name, schedule in SCHEDULES.items():
            nights.scheduled(name, *schedule)
        wait_for(nights.tiny, "fresh", "twin", *SCHEDULES)
        yield nights


def test_nights(nights: Nights, docker_engine: DockerEngine, engine_client: docker.APIClient) -> None:
    tiny = nights.tiny
    nights.falls(1)
    first, twin = nights.tick("fresh", "twin")
    assert [run["state"] for run in (first, twin)] == ["success", "success"]
    assert nights.reason(first) == "new"
    released = nights.released(first)
    assert nights.packages("fresh", released["digest"]) == FIRST
    assert nights.versions("fresh") == [released["version"]]
    assert nights.asked.answers == [], "a first build asks for no updates"

    # Nothing new: one task, and the archive's answers serve both images.
    nights.falls(1)
    tags = tiny.tags("fresh")
    for run in nights.tick("fresh", "twin"):
        assert nights.reason(run).startswith("unchanged: ")
        assert nights.executed(run) == ["resolve"]
    assert tiny.tags("fresh") == tags
    assert nights.served.answers == [], "nothing was built"
    asked = [path for _, path in nights.asked.answers]
    assert set(SUITES) < set(asked)
    assert len(asked) == len(set(asked)), "the second image asked again"

    # A newer package that is not in the image.
    nights.falls(2)
    (run,) = nights.tick("fresh")
    assert nights.reason(run).startswith("unchanged: ")
    assert tiny.tags("fresh") == tags

    # Two that are. The engine's cache holds the step's result of the first night.
    nights.falls(3)
    plan = str(tiny.stack.client.xcom(first["dag_id"], first["dag_run_id"], "resolve")["plan"])
    assert "Version: 1.0-1" in cached(tiny, "fresh", plan, docker_engine, engine_client)
    assert nights.served.answers == [], "the engine's cache was not used: this test shows nothing"
    nights.step("twin", "# Changed.\n")
    assert UPDATE in nights.plan("fresh")
    run, changed = nights.tick("fresh", "twin")
    assert nights.reason(run) == UPDATE
    assert nights.reason(changed).startswith("context-changed: ")
    assert nights.packages("twin", nights.released(changed)["digest"]) == THEN
    assert nights.served.answers == [BUILD, BUILD]
    assert UPDATE in tiny.log(run, "resolve")
    updated = nights.released(run)
    assert updated["released"] == "yes"
    assert nights.packages("fresh", updated["digest"]) == THEN
    assert nights.versions("fresh") == sorted([released["version"], updated["version"]])
    assert tiny.digest("fresh", "dev") == updated["digest"]

    (run,) = nights.tick("fresh")
    assert nights.reason(run).startswith("unchanged: ")
    assert nights.executed(run) == ["resolve"]

    # The step installs what it did before: built, and found identical; then known to be so.
    nights.falls(4)
    versions = nights.versions("fresh")
    nights.step("twin", FIRST_STEP)
    run, back = nights.tick("fresh", "twin")
    assert nights.reason(run) == "package-update: tiny-held 1.0-1 → 1.1-1"
    assert nights.released(run)["released"] == "no"
    assert nights.released(run)["digest"] == updated["digest"]
    assert nights.versions("fresh") == versions
    # The other one is put back to what it was in the first night, but for its packages.
    assert nights.reason(back).startswith("context-changed: ")
    assert nights.packages("twin", nights.released(back)["digest"]) == THEN
    (run,) = nights.tick("fresh")
    assert nights.reason(run).startswith("unchanged: ")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # 02:30 does not exist: it is the moment that would have been 02:30, 03:30 by the new time.
        ("forward", [FORWARD - DAY + HALF, FORWARD + HALF, FORWARD + DAY - HALF, FORWARD + 2 * DAY - HALF]),
        # 02:30 comes at 00:30 and at 01:30 UTC; the second counts.
        ("back", [BACK - DAY - HALF, BACK + HALF, BACK + DAY + HALF, BACK + 2 * DAY + HALF]),
    ],
)
def test_one_run_a_night(nights: Nights, name: str, expected: list[datetime]) -> None:
    stack, dag = nights.tiny.stack, f"golden_images.{name}"
    eve, *later, after = expected
    tick(stack, dag, night=eve)
    for night in later:
        waits = waits_for(stack, dag)
        assert (waits.at, waits.key) == (night, str(PartitionKey(night)))
        # Nor does it matter which of the two computes it.
        assert forget_next(stack, dag) == waits
        run = tick(stack, dag)[0]
        assert run["partition_key"] == waits.key
    assert waits_for(stack, dag).at == after
    assert nights_of(stack, dag) == [str(PartitionKey(at)) for at in (eve, *later)]


def test_a_clock_that_is_set_back_after_the_tick_does_not_repeat_it(nights: Nights) -> None:
    stack, dag = nights.tiny.stack, "golden_images.set-back"
    assert waits_for(stack, dag).at == SOON
    assert tick(stack, dag)[0]["partition_key"] == str(PartitionKey(SOON))
    # The clock is before the tick that has been, and everything is computed once more.
    assert forget_next(stack, dag).at == SOON + DAY
    assert nights_of(stack, dag) == [str(PartitionKey(SOON))]
