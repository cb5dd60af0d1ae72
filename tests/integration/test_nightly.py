"""Nights of an image on real components: rebuilt if and only if an installed package is newer, and anew."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator

import docker
import pytest

from golden_images.adapters.engine import DockerEngine
from golden_images.core.digest import Digest
from golden_images.ports import BuildRequest
from golden_images.stages import context, plan_artifact
from tests.integration.nightly import Nights, nightly_project
from tests.integration.tiny import wait_for
from tests.services.registry import RegistryService

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]

STATUS = "/var/lib/dpkg/status"
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


@pytest.fixture(scope="module")
def nights(
    tmp_path_factory: pytest.TempPathFactory,
    registry_service: RegistryService,
    shell_image: str,
    engine_client: docker.APIClient,
) -> Iterator[Nights]:
    folder = tmp_path_factory.mktemp("nights")
    with nightly_project(folder, registry_service, shell_image, engine_client) as nights:
        yield nights


def stale(nights: Nights, name: str, plan: str, engine: DockerEngine, client: docker.APIClient) -> str:
    """The status file of the same build, had the engine been allowed to use its cache."""
    registry, repository = nights.tiny.registry, f"golden/{name}"
    found = plan_artifact.fetch(registry, repository, Digest(plan))
    assert found.inputs.base is not None
    content = context.without(plan_artifact.fetch_context(registry, repository, Digest(plan)), "tests")
    tag = f"{nights.tiny.service.host}/{repository}:stale"
    request = BuildRequest(content, "Dockerfile", tag, {"BASE": found.inputs.base.pinned}, {})
    lines: list[str] = []
    image = engine.build(request, lines.append)
    container = client.create_container(image, "true")["Id"]
    try:
        chunks, _ = client.get_archive(container, STATUS)
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            member = archive.extractfile("status")
            assert member is not None
            return member.read().decode()
    finally:
        client.remove_container(container, force=True)
        engine.remove_image(tag)


def test_nights(nights: Nights, docker_engine: DockerEngine, engine_client: docker.APIClient) -> None:
    tiny = nights.tiny
    nights.image("fresh")
    nights.image("twin")
    nights.step("twin", FIRST_STEP)
    wait_for(tiny, "fresh", "twin")

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
    assert "Version: 1.0-1" in stale(nights, "fresh", plan, docker_engine, engine_client)
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
