"""Releases of the version before: recognised, or told why they cannot be."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from golden_images.core import media, past
from golden_images.core.definition import Definition
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.reason import Why
from golden_images.core.release import BaseVersion, Release
from golden_images.errors import IntegrityError, RegistryError
from golden_images.images import context, plan_artifact
from golden_images.images.plan_artifact import ARTIFACT_TYPE
from golden_images.planning.past import read_current
from golden_images.planning.survey import Prospect, survey
from golden_images.stages.resolve import Resolution
from golden_images.stages.resolve import decide as decided
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import NOW, World, definition, root
from tests.services.images import push_image

#: As the code of version 1 wrote them, on the contexts that ``World.context`` writes.
FIXTURES = Path(__file__).parents[2] / "fixtures" / "plans"
REFERENCE = "docker.io/library/debian:bookworm-slim"


def web(**fields: object) -> Definition:
    """The definition of ``version-1-web.json``."""
    said: dict[str, object] = {
        "base": {"reference": REFERENCE},
        "build": {"args": {"HTTP_PORT": "80"}, "platforms": ["linux/amd64", "linux/arm64"]},
        "labels": {"team": "web"},
        "stages": {"lint": {"fail_on": "warning"}},
        "schedule": {"nightly": "0 4 * * *"},
    }
    return definition("web", **{**said, **fields})


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two images that version 1 released."""
    world = World(contexts=tmp_path)
    world.externals["docker.io"] = FakeRegistry("docker.io")
    push_image(world.externals["docker.io"], "library/debian", b"1", tag="bookworm-slim")
    for image in (web(), root()):
        world.context(image.name)
        world.run(image)
        as_of_version_1(world, image.name)
    return world


def as_of_version_1(world: World, image: str) -> None:
    """The image's release as version 1 left it: its plan, its build id, and no source id."""
    release = world.catalog.current(image)
    assert release is not None
    repository = f"golden/{image}"
    archive = world.contexts / "archive.tar"
    with archive.open("wb") as file:
        packed = context.archive(world.contexts / image, file)
    content = (FIXTURES / f"version-1-{image}.json").read_bytes()
    # The base is this world's.
    if (base := past.parse(content).inputs.base) is not None:
        content = content.replace(base.digest.encode(), release.base_digest.encode())
    assert past.parse(content).inputs.context == packed, "the fixture is about another context"
    layers = [
        (ARTIFACT_TYPE, world.registry.push_blob(repository, content)),
        (media.TAR, world.registry.push_blob(repository, archive)),
    ]
    archive.unlink()
    config = world.registry.push_blob(repository, b"{}")
    manifest = {
        "schemaVersion": 2,
        "mediaType": media.MANIFEST,
        "artifactType": ARTIFACT_TYPE,
        "config": {"mediaType": "application/x", "digest": config.digest, "size": config.size},
        "layers": [{"mediaType": kind, "digest": one.digest, "size": one.size} for kind, one in layers],
    }
    put = world.registry.put_manifest(repository, canonical_json(manifest), media.MANIFEST)
    fields = {name: getattr(release, name) for name in Release.__slots__}
    world.catalog.record_release(
        Release(**{**fields, "plan": put.digest, "source_id": "", "build_id": Digest.of(content).hex})
    )


def decide(world: World, image: Definition, **changes: object) -> Resolution:
    return decided(world.request(image, **changes), world.ports())


def test_nothing_is_built_for_the_new_forms_sake_and_judged_for_a_new_stage_alone(world: World) -> None:
    for image in (web(), root()):
        assert str(decide(world, image).reason) == "demands-changed: stages.scan none → demanded"


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (web(build={"args": {"HTTP_PORT": "8080"}, "platforms": ["linux/amd64", "linux/arm64"]}),
         "definition-changed: build.args.HTTP_PORT 80 → 8080"),
        (web(build={"args": {"HTTP_PORT": "80"}}),
         'definition-changed: build.platforms ["linux/amd64","linux/arm64"] → ["linux/amd64"]'),
        (web(stages={}), "demands-changed: stages.lint.fail_on warning → error, +1"),
    ],
)  # fmt: skip
def test_a_change_is_told_as_of_any_release(world: World, image: Definition, reason: str) -> None:
    assert str(decide(world, image).reason) == reason


def test_changed_files_are_told_from_its_archive(world: World) -> None:
    (world.contexts / "web" / "tests" / "test_it.py").write_text("def test_it(host): assert host\n")
    assert str(decide(world, web()).reason) == "demands-changed: tests: tests/test_it.py, +1"
    (world.contexts / "web" / "motd").write_text("welcome\n")
    assert str(decide(world, web()).reason) == "context-changed: motd added"


def test_an_epoch_of_a_root_base_stays(world: World) -> None:
    old = past.parse((FIXTURES / "version-1-root.json").read_bytes())
    assert decide(world, root(), force=True).plan.source_date_epoch == old.source_date_epoch


def test_it_is_judged_anew_without_a_build(world: World) -> None:
    builds = len(world.engine.builds)
    run = world.run(web(stages={}), run_id="second", date=NOW + timedelta(days=1))
    assert run.reports["release"].outputs["released"] == "no"
    assert len(world.engine.builds) == builds
    assert decide(world, web(stages={})).reason.why is Why.UNCHANGED


def test_a_backfill_recognises_it(world: World) -> None:
    release = world.catalog.current("web")
    assert release is not None
    base = BaseVersion(REFERENCE, Digest(release.base_digest), NOW)
    (found,) = survey(world.request(web()), [base], world.ports())
    assert (found.prospect, found.version) == (Prospect.EXISTS, release.version)
    (other,) = survey(world.request(web(build={"args": {"HTTP_PORT": "80"}})), [base], world.ports())
    assert other.prospect is Prospect.BUILD, "for other platforms it is another image"


def test_a_registry_that_does_not_answer_has_not_lost_the_past(world: World) -> None:
    """It would be a reason to build every image anew."""
    assert isinstance(world.registry, FakeRegistry)
    world.registry.down = True
    with pytest.raises(RegistryError):
        read_current(world.request(web()), world.ports())


def test_a_run_that_version_1_began_is_ended_with_a_remedy(world: World) -> None:
    release = world.catalog.current("web")
    assert release is not None
    artifact = world.registry.manifest("golden/web", release.plan)
    with pytest.raises(IntegrityError, match="cannot be read") as caught:
        plan_artifact.read(world.registry, "golden/web", artifact)
    assert "trigger the image again" in caught.value.remedy
