"""What an image is built on: the digest that a name, an event or a person means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from golden_images.core.definition import Definition
from golden_images.core.digest import Digest
from golden_images.core.plan import BasePin
from golden_images.core.reason import Why
from golden_images.core.release import BaseVersion
from golden_images.errors import InputError, StageFailed
from golden_images.planning import bases
from golden_images.stages import resolve
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import World, child, definition, root
from tests.services.images import push_image

OTHER = Digest.of(b"other")


def decide(world: World, image: Definition, **changes: object) -> resolve.Resolution:
    return resolve.decide(world.request(image, **changes), world.ports())


def pushed(registry: FakeRegistry, repository: str, tag: str, salt: str = "") -> Digest:
    return push_image(registry, repository, salt.encode(), tag=tag)


def test_tag_is_looked_up_once_and_only_its_digest_is_planned(world: World) -> None:
    external = FakeRegistry("docker.io")
    world.externals["docker.io"] = external
    digest = pushed(external, "library/debian", "bookworm-slim")
    world.context("web")
    image = definition("web", base={"reference": "docker.io/library/debian:bookworm-slim"})
    plan = decide(world, image).plan
    assert plan.inputs.base == BasePin(name="docker.io/library/debian:bookworm-slim", digest=digest)
    assert plan.inputs.base.pinned == f"docker.io/library/debian@{digest}"


PINNED = "docker.io/library/debian"


@pytest.fixture
def debian(world: World) -> tuple[Digest, Digest]:
    """What ``bookworm`` was, and what it is now."""
    external = world.externals["docker.io"] = FakeRegistry("docker.io")
    world.context("web")
    before, now = (pushed(external, "library/debian", "bookworm", salt) for salt in ("before", "now"))
    return before, now


def pinned_to(digest: Digest, tag: str = "") -> Definition:
    return definition("web", base={"reference": f"debian{tag}@{digest}"})


@pytest.mark.parametrize("tag", ["", ":bookworm", ":a-tag-that-never-was"])
def test_a_base_pinned_by_digest_is_that_digest_whatever_the_tag_is_now(
    world: World, debian: tuple[Digest, Digest], tag: str
) -> None:
    before, _ = debian
    base = decide(world, pinned_to(before, tag)).plan.inputs.base
    assert base is not None
    assert (base.name, base.pinned) == (f"{PINNED}{tag}", f"{PINNED}@{before}")
    run = world.run(pinned_to(before, tag))
    assert world.engine.builds[0].request.args["BASE"] == f"{PINNED}@{before}"
    release = world.catalog.current("web")
    assert release is not None
    assert (release.base_name, release.base_digest) == (f"{PINNED}{tag}", before)
    assert run.resolution.reason.why is Why.NEW
    assert decide(world, pinned_to(before, tag)).reason.why is Why.UNCHANGED


def test_a_pinned_base_that_its_registry_does_not_have_is_told_with_its_digest(
    world: World, debian: tuple[Digest, Digest]
) -> None:
    del debian
    with pytest.raises(InputError, match=f"debian:bookworm@{OTHER} does not exist") as caught:
        decide(world, pinned_to(OTHER, ":bookworm"))
    assert "does not know this digest" in caught.value.cause


def test_nothing_overrules_the_digest_of_a_definition(world: World, debian: tuple[Digest, Digest]) -> None:
    before, now = debian
    image = pinned_to(before, ":bookworm")
    for how in ({}, {"backfill": True}):
        with pytest.raises(InputError, match=f"pinned to another base than {now}") as caught:
            decide(world, image, base_digest=now, **how)
        assert f"debian:bookworm@{before}" in caught.value.cause
    assert decide(world, image, base_digest=before).reason.why is Why.NEW
    late = decide(world, image, base_digest=now, event=True)
    assert (late.reason.why, late.reason.new) == (Why.SUPERSEDED, before)


def test_another_pinned_digest_is_a_changed_definition(world: World, debian: tuple[Digest, Digest]) -> None:
    before, now = debian
    world.run(pinned_to(before))
    assert decide(world, pinned_to(now)).reason.why is Why.DEFINITION_CHANGED


def test_unknown_external_tag_names_the_reference(world: World) -> None:
    world.externals["docker.io"] = FakeRegistry("docker.io")
    world.context("web")
    image = definition("web", base={"reference": "docker.io/library/debian:nowhere"})
    with pytest.raises(InputError, match=r"docker\.io/library/debian:nowhere does not exist"):
        decide(world, image)


def test_base_digest_that_is_gone_fails_at_once(world: World) -> None:
    world.run(root())
    (release,) = world.catalog.releases("root")
    world.registry.delete_manifest("golden/root", release.digest)
    with pytest.raises(StageFailed, match="is gone"):
        decide(world, child(), base_digest=release.digest, backfill=True)


def test_nothing_is_built_on_a_candidate_of_the_base(world: World) -> None:
    world.run(root())
    candidate = world.run(root(labels={"state": "untested"}), until="build", run_id="untested").candidate
    assert candidate is not None
    with pytest.raises(StageFailed, match="is no release of root"):
        decide(world, child(), base_digest=candidate.digest)


def test_event_for_an_older_parent_is_superseded(world: World) -> None:
    first = world.run(root())
    assert first.candidate is not None
    world.bootstrapper.state = "newer"
    second = world.run(root(), force=True, run_id="forced")
    assert second.candidate is not None
    reason = decide(world, child(), base_digest=first.candidate.digest, event=True).reason
    assert (reason.why, reason.new) == (Why.SUPERSEDED, second.candidate.digest)
    woken = decide(world, child(), base_digest=second.candidate.digest, event=True)
    assert woken.reason.why is Why.NEW


def test_event_for_an_older_external_base_is_superseded(world: World) -> None:
    external = FakeRegistry("docker.io")
    world.externals["docker.io"] = external
    name = "docker.io/library/debian:bookworm-slim"
    digests = [pushed(external, "library/debian", "bookworm-slim", salt) for salt in ("1", "2")]
    for day, digest in enumerate(digests):
        at = datetime(2026, 11, 1 + day, tzinfo=UTC)
        world.catalog.record_base_version(BaseVersion(base=name, digest=digest, at=at))
    world.context("web")
    image = definition("web", base={"reference": name})
    assert decide(world, image, base_digest=digests[0], event=True).reason.why is Why.SUPERSEDED
    assert decide(world, image, base_digest=digests[1], event=True).reason.why is Why.NEW


def test_a_base_is_named_by_its_own_version_though_another_image_has_the_same_bytes(world: World) -> None:
    world.run(root())
    mine = world.catalog.current("root")
    assert mine is not None
    later = mine.released_at + timedelta(days=1)
    world.catalog.record_release(
        replace(mine, image="twin", version="2027.01.01-00000000", released_at=later)
    )
    pin = BasePin(name="registry.test:5000/golden/root", digest=mine.digest)
    assert bases.named(pin, child(), world.ports()) == f"registry.test:5000/golden/root:{mine.version}"
