"""What the version before left works on: nothing is lost, and nothing is built that nobody asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from golden_images.catalogue.rebuild import rebuild
from golden_images.cli import main
from golden_images.cli.services import Services
from golden_images.core.digest import Digest
from golden_images.core.policy.demand import PolicyDemand
from golden_images.core.reason import Why
from golden_images.core.release import ChannelMove, Release
from golden_images.errors import StageFailed
from golden_images.planning.survey import Prospect, ledger_of, survey
from golden_images.stages import promote, resolve
from golden_images.views.digest import digest_view
from golden_images.watching import wake
from tests.fakes import before
from tests.fakes.policy import policy
from tests.fakes.world import World

Capture = pytest.CaptureFixture[str]

#: Half a year later.
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
IMAGES = before.definitions()
RELEASED = sorted(set(IMAGES) - {"midway"})


@pytest.fixture
def old(tmp_path: Path) -> World:
    return before.world(tmp_path)


def decide(world: World, name: str, **changes: Any) -> resolve.Resolution:
    changed = {"now": NOW, "date": NOW, "run_id": "today", **changes}
    return resolve.decide(world.request(IMAGES[name], **changed), world.ports())


def run(world: World, name: str, definition: Any = None, **changes: Any) -> Any:
    return world.run(definition or IMAGES[name], now=NOW, date=NOW, run_id="today", **changes)


def current(world: World, name: str) -> Release:
    release = world.catalog.current(name)
    assert release is not None
    return release


def test_the_catalog_is_migrated_and_knows_every_image(old: World, tmp_path: Path) -> None:
    assert old.catalog.images() == sorted({*RELEASED, "retired"})
    count = before.rows(tmp_path / "catalog.db", "SELECT count(*) FROM golden_images_releases")[0][0]
    assert sum(len(old.catalog.releases(name)) for name in old.catalog.images()) == count == 9
    assert set(old.catalog.retired(old.catalog.images())) == {"retired"}


@pytest.mark.parametrize("name", [name for name in RELEASED if name != "short"])
def test_every_release_is_scanned_once_and_nothing_is_built(old: World, name: str) -> None:
    """The version before had no such stage; its SBOM is the one that is scanned."""
    release = current(old, name)
    done = run(old, name)
    assert str(done.resolution.reason) == "demands-changed: stages.scan none → demanded"
    assert (done.candidate.digest, old.engine.builds, old.bootstrapper.requests) == (release.digest, [], [])
    assert done.reports["scan"].made
    assert done.reports["release"].outputs["released"] == "no"
    assert decide(old, name).reason.why is Why.UNCHANGED
    assert run(old, name).resolution.plan_digest is None


def test_build_ids_are_what_they_were(old: World, tmp_path: Path) -> None:
    held = dict(before.rows(tmp_path / "catalog.db", "SELECT version, build_id FROM golden_images_releases"))
    for name in RELEASED:
        plan = decide(old, name).plan
        assert plan.build_id == held[current(old, name).version], name


def test_what_was_not_met_is_asked_for_still_and_builds_nothing(old: World) -> None:
    release = current(old, "short")
    with pytest.raises(StageFailed):
        run(old, "short")
    assert old.catalog.decisions("short")[0].reason.why is Why.DEMANDS_CHANGED
    assert {one.stage for one in old.catalog.shortfalls(["short"])["short"]} == {"resolve", "test"}
    old.test_runner.tests = ("test_it", "test_more")
    done = run(old, "short")
    assert done.candidate.digest == release.digest
    assert old.catalog.shortfalls(["short"]) == {}
    assert decide(old, "short").reason.why is Why.UNCHANGED
    assert old.engine.builds == []


def test_a_standing_release_is_judged_by_changed_demands(old: World) -> None:
    release = current(old, "app")
    changed = before.definition("app", stages={"lint": {"fail_on": "warning"}})
    done = run(old, "app", changed)
    assert str(done.resolution.reason) == "demands-changed: stages.lint.fail_on error → warning, +1"
    assert done.candidate.digest == release.digest
    assert done.reports["release"].outputs["released"] == "no"
    assert old.engine.builds == []
    assert old.catalog.channels("app") == {"dev": release.digest}


def test_a_first_policy_judges_what_stands_once_and_builds_nothing(old: World) -> None:
    release = current(old, "app")
    asked = PolicyDemand.of(policy(stages=["test"], floors={"test": {"minimum": 1}}), "")
    done = run(old, "app", policy=asked)
    assert str(done.resolution.reason) == "demands-changed: stages.scan none → demanded, +1"
    assert (done.candidate.digest, old.engine.builds) == (release.digest, [])
    assert decide(old, "app", policy=asked).reason.why is Why.UNCHANGED
    assert old.catalog.channels("app") == {"dev": release.digest}


def test_a_change_is_built_released_and_reaches_the_channel(old: World) -> None:
    release = current(old, "child")
    (old.contexts / "child" / "motd").write_text("Welcome.\n")
    done = run(old, "child")
    assert str(done.resolution.reason) == "context-changed: motd"
    assert done.reports["release"].outputs["released"] == "yes"
    channels = old.catalog.channels("child")
    assert channels["dev"] == done.candidate.digest != release.digest
    assert channels["prod"] != channels["dev"]


def test_a_run_that_was_cut_off_is_begun_again_and_ends_well(old: World) -> None:
    done = run(old, "midway")
    assert done.resolution.reason.why is Why.NEW
    assert done.reports["release"].outputs["released"] == "yes"
    assert current(old, "midway").digest == done.candidate.digest


def test_a_backfill_knows_what_is_built(old: World) -> None:
    versions = old.catalog.base_versions(ledger_of(IMAGES["app"]))
    assert len(versions) == 3
    request = old.request(IMAGES["app"], now=NOW, date=NOW, run_id="today")
    found = [one.prospect for one in survey(request, versions, old.ports())]
    assert found == [Prospect.EXISTS, Prospect.BUILD, Prospect.EXISTS]
    again = decide(old, "app", backfill=True, base_digest=versions[0].digest, date=versions[0].at)
    assert (again.reason.why, again.reason.detail[:10]) == (Why.UNCHANGED, "2026.03.01")


def test_the_watch_wakes_nobody_for_what_is_known(old: World) -> None:
    needs = {before.BASE: {"app": ("linux/amd64",), "both": ("linux/amd64", "linux/arm64")}}
    assert {base: row.settled is not None for base, row in old.catalog.watched().items()} == {
        before.BASE: True
    }
    due = wake.plan(needs, old.catalog, lambda _: False)
    assert (due.events, due.runs) == ([], [])


def test_a_release_of_before_is_promoted_and_rolled_back(old: World) -> None:
    repository, registry = old.organisation.repository("child"), old.registry
    newest, oldest = current(old, "child"), old.catalog.releases("child")[-1]
    for minute, release in enumerate((newest, oldest)):
        at = NOW.replace(minute=minute)
        wanted = ChannelMove("child", "prod", release.digest, "", at, "operator")
        last = promote.last(old.catalog, "child", "prod")
        image = registry.manifest(repository, release.digest)
        assert promote.move(repository, image, wanted, last, registry, old.catalog, old.log.append)
        assert old.catalog.channels("child")["prod"] == release.digest
        moved = registry.resolve(repository, "prod")
        assert moved is not None
        assert moved.digest == release.digest
    assert len(old.catalog.moves("child", "prod")) == 5


def test_the_catalog_comes_back_from_the_registry_of_before(old: World) -> None:
    fresh = old.lost_catalog()
    rebuilt = rebuild(fresh, old.registry, old.organisation, old.log.append)
    assert rebuilt.problems == ()
    assert fresh.images() == old.catalog.images()
    for name in fresh.images():
        assert fresh.releases(name) == old.catalog.releases(name)
        assert fresh.moves(name) == old.catalog.moves(name)
        for release in fresh.releases(name):
            # It knew of a report once a release listed it; the registry has those that failed, too.
            assert reports(fresh, name, release) >= reports(old.catalog, name, release)
            assert fresh.judgements(name, release.digest) == old.catalog.judgements(name, release.digest)
    old.catalog = fresh
    for name in RELEASED:
        assert decide(old, name).reason.why is Why.DEMANDS_CHANGED, name


def reports(catalog: Any, name: str, release: Release) -> set[tuple[str, str, Digest]]:
    return {(one.stage, one.artifact_type, one.digest) for one in catalog.evidence(name, release.digest)}


@pytest.mark.parametrize("command", ["list --all", "show child"])
def test_people_are_told_what_they_were_told(
    old: World, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    services = Services(ports=lambda _, /, quick: old.ports(), now=lambda: NOW)
    assert main([*command.split(), "--json", "--project", str(tmp_path)], services) == 0
    told = json.loads((before.FOLDER / "told.json").read_text())[command]
    assert_holds(json.loads(capsys.readouterr().out), told, command)


def assert_holds(found: Any, told: Any, where: str) -> None:
    """``found`` says all that was ``told``, and may say more."""
    if isinstance(told, dict):
        for key, value in told.items():
            assert key in found, f"{where}: {key}"
            assert_holds(found[key], value, f"{where}.{key}")
    elif isinstance(told, list):
        assert len(found) == len(told), where
        for number, value in enumerate(told):
            assert_holds(found[number], value, f"{where}[{number}]")
    else:
        assert found == told, where


@pytest.mark.parametrize("name", [*RELEASED, "retired"])
def test_the_page_shows_release_and_evidence(old: World, name: str) -> None:
    release = current(old, name)
    shown = digest_view(old.organisation, old.registry, old.catalog, name, release.digest)
    assert shown.release is not None
    assert shown.release.version == release.version
    assert {one.stage for one in shown.reports} >= {"sbom", "test", "gate", "release"}
    assert all(one.at and one.name for one in shown.reports)
