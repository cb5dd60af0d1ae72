"""What a backfill would find, and what its runs decide."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from golden_images.core.definition import Definition
from golden_images.core.digest import Digest
from golden_images.core.reason import Why
from golden_images.core.release import BaseVersion
from golden_images.errors import InputError, RegistryError
from golden_images.images import context
from golden_images.planning.survey import Prospect, ledger_of, survey
from golden_images.stages.resolve import decide
from tests.fakes.catalog import FakeCatalog
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import World, definition, root
from tests.services.images import push_image

BASE = "docker.io/library/debian:bookworm-slim"


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(contexts=tmp_path)
    world.externals["docker.io"] = FakeRegistry("docker.io")
    world.context("web")
    return world


def web() -> Definition:
    return definition("web", base={"reference": BASE})


def version(world: World, day: int, digest: Digest | None = None) -> BaseVersion:
    at = datetime(2026, 10, day, tzinfo=UTC)
    pushed = digest or push_image(world.externals["docker.io"], "library/debian", b"%d" % day, tag="x")
    known = BaseVersion(BASE, pushed, at)
    world.catalog.record_base_version(known)
    return known


def test_a_survey_tells_what_exists_what_is_gone_and_what_would_be_built(world: World) -> None:
    built, gone, new = version(world, 1), version(world, 2, Digest.of(b"gone")), version(world, 3)
    made = world.run(web(), backfill=True, base_digest=built.digest, date=built.at)
    found = list(survey(world.request(web()), [built, gone, new], world.ports()))
    assert [one.prospect for one in found] == [Prospect.EXISTS, Prospect.GONE, Prospect.BUILD]
    assert found[0].version == made.resolution.plan.version
    assert "docker.io" in found[1].detail
    assert found[2].version.startswith("2026.10.03-")
    ran = world.run(web(), backfill=True, base_digest=new.digest, date=new.at)
    assert ran.resolution.plan.version == found[2].version, "what was said is what is built"


def test_a_normal_release_on_the_base_counts(world: World) -> None:
    base = version(world, 1)
    push_image(world.externals["docker.io"], "library/debian", b"1", tag="bookworm-slim")
    made = world.run(web())
    (found,) = survey(world.request(web()), [base], world.ports())
    assert (found.prospect, found.version) == (Prospect.EXISTS, made.resolution.plan.version)


def test_other_platforms_are_another_image(world: World) -> None:
    base = version(world, 1)
    world.run(web(), backfill=True, base_digest=base.digest, date=base.at)
    both = definition("web", base={"reference": BASE}, build={"platforms": ["linux/amd64", "linux/arm64"]})
    past: dict[str, Any] = {"backfill": True, "base_digest": base.digest, "date": base.at}
    assert decide(world.request(both, **past), world.ports()).reason.why is Why.BACKFILL
    (found,) = survey(world.request(both), [base], world.ports())
    assert found.prospect is Prospect.BUILD


def test_packages_and_force_make_no_other_image_of_a_past_base(world: World) -> None:
    base = version(world, 1)
    push_image(world.externals["docker.io"], "library/debian", b"1", tag="bookworm-slim")
    made = world.run(web(), force=True, run_id="forced")
    (found,) = survey(world.request(web()), [base], world.ports())
    assert (found.prospect, found.version) == (Prospect.EXISTS, made.resolution.plan.version)


def test_a_survey_asks_as_much_of_many_versions_as_of_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The context is read once, the catalog asked once, and no plan is fetched."""
    catalog, registry = world.catalog, world.registry
    assert isinstance(catalog, FakeCatalog)
    assert isinstance(registry, FakeRegistry)
    versions = [version(world, day) for day in range(1, 9)]
    for one in versions[:4]:
        world.run(web(), backfill=True, base_digest=one.digest, date=one.at, run_id=str(one.at))
    read: list[Path] = []
    members = context.members
    monkeypatch.setattr(context, "members", lambda folder: read.append(folder) or members(folder))
    monkeypatch.setattr(registry, "manifest", None)
    asked = []
    for some in (versions[:1], versions):
        before, calls = len(read), catalog.calls
        found = list(survey(world.request(web()), some, world.ports()))
        assert len(found) == len(some)
        asked.append((len(read) - before, catalog.calls - calls))
    assert [one.prospect for one in found] == [Prospect.EXISTS] * 4 + [Prospect.BUILD] * 4
    assert [files for files, _ in asked] == [1, 1]


def test_a_survey_writes_nothing(world: World) -> None:
    list(survey(world.request(web()), [version(world, 1)], world.ports()))
    assert world.catalog.decisions("web") == []
    assert world.registry.tags("golden/web") == []


def test_a_registry_that_is_silent_is_an_error_and_not_a_base_that_is_gone(world: World) -> None:
    known = version(world, 1)
    world.externals["docker.io"].down = True  # type: ignore[attr-defined]
    with pytest.raises(RegistryError):
        list(survey(world.request(web()), [known], world.ports()))


def test_a_forced_backfill_is_still_a_backfill(world: World) -> None:
    known = version(world, 1)
    past: dict[str, Any] = {"backfill": True, "base_digest": known.digest, "date": known.at}
    first = world.run(web(), **past)
    again = decide(world.request(web(), force=True, run_id="again", **past), world.ports())
    assert again.reason.why is Why.BACKFILL
    assert again.existing is None
    assert again.plan.build_id != first.resolution.plan.build_id
    assert again.plan.automatic_channels == ()


def test_an_image_without_a_base_has_no_past() -> None:
    with pytest.raises(InputError, match="root cannot be backfilled") as caught:
        ledger_of(root())
    assert "bootstrapped" in caught.value.cause
    assert ledger_of(definition("web", base={"image": "root"})) == "root"


def test_a_base_pinned_by_digest_has_no_past() -> None:
    with pytest.raises(InputError, match="web cannot be backfilled") as caught:
        ledger_of(definition("web", base={"reference": f"{BASE}@{Digest.of(b'1')}"}))
    assert "pinned by digest" in caught.value.cause
