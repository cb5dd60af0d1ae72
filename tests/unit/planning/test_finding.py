"""A run for a fix: what the catalog knows is its reason, and what a person makes up is none."""

from __future__ import annotations

import pytest

from golden_images.core.reason import Reason, Why
from golden_images.core.release import Release
from golden_images.core.rescanning.known import KnownFinding, Rescan
from golden_images.stages import resolve
from tests.fakes.world import NOW, World, root

OPENSSL = KnownFinding(
    id="CVE-2026-1001",
    package="pkg:deb/debian/openssl@3.0.14-1",
    names=("libssl3", "openssl"),
    fixed=("3.0.15-1",),
    since=NOW,
)
JINJA = KnownFinding(
    id="CVE-2026-1002", package="pkg:pypi/jinja2@3.1.0", names=("jinja2",), fixed=("3.1.6",), since=NOW
)


@pytest.fixture
def released(world: World) -> Release:
    world.sbom_generator.packages = {"libssl3": "3.0.14-1", "openssl": "3.0.14-1", "zlib1g": "1:1.2"}
    world.run(root())
    found = world.catalog.current("root")
    assert found is not None
    return found


def known(world: World, release: Release, *findings: KnownFinding) -> None:
    world.catalog.record_rescan(Rescan("root", release.digest, NOW, findings))


def reason(world: World, finding: str = OPENSSL.id, **changes: object) -> Reason:
    request = world.request(root(), run_id="finding", finding=finding, **changes)
    return resolve.decide(request, world.ports()).reason


def test_what_the_archive_mends_is_built_for_the_finding(world: World, released: Release) -> None:
    known(world, released, OPENSSL)
    world.archive.versions = {"libssl3": "3.0.15-1", "openssl": "3.0.15-1"}
    found = reason(world)
    assert str(found) == "finding: CVE-2026-1001 fixed in openssl 3.0.15-1"
    assert (found.old, found.new) == ("3.0.14-1", "3.0.15-1")
    assert found.why.builds


@pytest.mark.parametrize("archive", [{}, {"zlib1g": "1:1.2"}, {"libssl3": "3.0.14-1"}])
def test_what_the_archive_does_not_have_is_not_built_and_said(
    world: World, released: Release, archive: dict[str, str]
) -> None:
    known(world, released, OPENSSL)
    world.archive.versions = archive
    assert str(reason(world)) == (
        f"unchanged: {released.version} is current; CVE-2026-1001 fixed in openssl 3.0.15-1, "
        "which the archive does not have yet"
    )


def test_another_update_is_its_own_reason(world: World, released: Release) -> None:
    known(world, released, OPENSSL)
    world.archive.versions = {"zlib1g": "1:1.3", "openssl": "3.0.14-2"}
    assert str(reason(world)) == "package-update: openssl 3.0.14-1 → 3.0.14-2, +1"


def test_what_no_archive_lists_is_built_anew_once(world: World, released: Release) -> None:
    known(world, released, JINJA)
    run = world.run(root(), run_id="finding", finding=JINJA.id)
    assert str(run.resolution.reason) == "finding: CVE-2026-1002 fixed in jinja2 3.1.6"
    assert run.resolution.plan.build_id != released.build_id
    again = resolve.decide(world.request(root(), run_id="retry", finding=JINJA.id), world.ports())
    current = world.catalog.current("root")
    assert current is not None
    if current.digest == released.digest:
        assert again.plan.build_id == run.resolution.plan.build_id, "a retry finds what exists"


def test_others_that_the_build_mends_are_counted(world: World, released: Release) -> None:
    unfixed = JINJA.model_copy(update={"id": "CVE-2026-1003", "fixed": ()})
    known(world, released, OPENSSL, JINJA, unfixed)
    world.archive.versions = {"openssl": "3.0.16-1"}
    assert str(reason(world)) == "finding: CVE-2026-1001 fixed in openssl 3.0.15-1, +1"
    assert reason(world, JINJA.id).detail == "CVE-2026-1002 fixed in jinja2 3.1.6, +1"


@pytest.mark.parametrize(
    "findings",
    [
        (),
        (OPENSSL.model_copy(update={"fixed": ()}),),
        (OPENSSL.model_copy(update={"gone": NOW}),),
        (JINJA,),
    ],
    ids=["nothing", "no fix", "gone", "another"],
)
def test_what_nobody_knows_of_builds_nothing(
    world: World, released: Release, findings: tuple[KnownFinding, ...]
) -> None:
    known(world, released, *findings)
    found = reason(world)
    assert found.why is Why.UNCHANGED
    assert found.detail.endswith("CVE-2026-1001 is not known about it, or has no fix")


def test_what_is_known_of_a_release_before_builds_nothing(world: World, released: Release) -> None:
    known(world, released, JINJA)
    world.bootstrapper.state = "newer"
    world.run(root(), run_id="forced", force=True)
    assert reason(world, JINJA.id).why is Why.UNCHANGED


def test_a_definition_that_changed_is_the_reason(world: World, released: Release) -> None:
    known(world, released, JINJA)
    request = world.request(root(labels={"team": "web"}), finding=JINJA.id)
    assert resolve.decide(request, world.ports()).reason.why is Why.DEFINITION_CHANGED
    assert reason(world, JINJA.id, force=True).why is Why.FORCED
