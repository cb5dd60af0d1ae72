"""Whoever may start a run, or have an event sent, has an image built on bytes of his choice: a digest is
asked for that its registry has, and that is no release, or no version of the base."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from golden_images.core.digest import Digest
from golden_images.core.partition import PartitionKey
from golden_images.core.release import BaseVersion, ReleaseState
from golden_images.operators.base_watch import RUN_PREFIX
from golden_images.operators.outcome import TaskStopped
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import World, root
from tests.services.images import push_image
from tests.unit.operators.conftest import Runner, project, run, world

__all__ = ["project", "run", "world"]

Run = Callable[..., Runner]
AT = datetime(2026, 11, 1, 5, tzinfo=UTC)
BASE = "docker.io/library/debian:bookworm-slim"
WEB = f"""\
schema: 1
name: web
description: A server.
owner: team
base: {{reference: '{BASE}'}}
"""


def key(digest: Digest) -> str:
    return str(PartitionKey(AT, digest))


#: By way, what a run that comes that way has.
WAYS: dict[str, Callable[[Digest], dict[str, Any]]] = {
    "a person's param": lambda digest: {"params": {"base_digest": str(digest)}},
    "the conf of a run that missed its event": lambda digest: {
        "run_type": "operator_triggered",
        "run_id": f"{RUN_PREFIX}{key(digest)}",
        "params": {"base_digest": str(digest)},
    },
    "a person's key": lambda digest: {"partition_key": key(digest)},
    "an event's key": lambda digest: {"run_type": "asset_triggered", "partition_key": key(digest)},
    "a backfill's key": lambda digest: {"run_type": "backfill", "partition_key": key(digest)},
    "a backfill's conf": lambda digest: {"params": {"backfill": key(digest)}},
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def planned(runner: Runner) -> bool:
    """Whether the run has a plan; where it has none, the error says why and what to do."""
    ran = runner.task("resolve")
    if ran.ended is None:
        return "plan" in ran.returned
    assert isinstance(ran.ended, TaskStopped)
    assert ran.ended.error.cause
    assert ran.ended.error.remedy
    return False


@pytest.fixture
def releases(run: Run, world: World) -> dict[str, Digest]:
    """The root's release, another image's, and a candidate of the root that no gate has passed."""
    world.context("other")
    found = {"release": world.run(root())}
    world.bootstrapper.state = "another"
    found["other's release"] = world.run(root("other"))
    world.bootstrapper.state = "newer"
    found["candidate"] = world.run(root(), until="build", force=True, run_id="candidate")
    digests = {name: one.candidate.digest for name, one in found.items() if one.candidate}
    # He can copy what he likes into the base's repository.
    copy(world, digests["other's release"])
    return digests | {"planted": push_image(world.registry, "golden/root", b"planted")}


def copy(world: World, digest: Digest) -> None:
    made = world.registry.manifest("golden/other", digest)
    document = json.loads(made.content)
    for part in (document["config"], *document["layers"]):
        world.registry.push_blob("golden/root", world.registry.blob("golden/other", Digest(part["digest"])))
    world.registry.put_manifest("golden/root", made.content, made.descriptor.media_type)


@pytest.fixture(autouse=True)
def newest_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event for what is not the newest is superseded: that it is not built on is no merit of the check."""
    monkeypatch.setattr("golden_images.planning.bases.newer_than_asked", lambda request, ports: None)


@ways
def test_an_internal_base_is_a_release_of_that_very_image(
    way: Callable[[Digest], dict[str, Any]], run: Run, world: World, releases: dict[str, Digest]
) -> None:
    assert planned(run(**way(releases["release"])))
    for name in ("candidate", "planted", "other's release"):
        assert not planned(run(**way(releases[name]))), name
    world.catalog.set_release_state("root", releases["release"], ReleaseState.REVOKED)
    assert not planned(run(**way(releases["release"]))), "revoked"


@ways
def test_an_external_base_is_what_the_ledger_knows_or_the_tag_is_now(
    way: Callable[[Digest], dict[str, Any]], run: Run, world: World, project: Path
) -> None:
    (project / "include" / "images" / "web.yaml").write_text(WEB)
    world.context("web")
    external = world.externals["docker.io"] = FakeRegistry("docker.io")
    known, now, never = (
        push_image(external, "library/debian", salt, tag=tag)
        for salt, tag in ((b"known", "bookworm-slim"), (b"now", "bookworm-slim"), (b"never", "other"))
    )
    world.catalog.record_base_version(BaseVersion(BASE, known, AT))
    assert planned(run(image="web", **way(known)))
    assert planned(run(image="web", **way(now)))
    assert not planned(run(image="web", **way(never)))


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"base_digest": "latest"}, "base_digest is 'latest', and has to be a digest"),
        ({"base_digest": "sha256:" + "A" * 64}, "has to be a digest"),
        ({"base_digest": 7}, "base_digest is 7, and has to be a digest"),
        ({"backfill": "20261101T050000Z_nightly"}, "has to be a past version of the base"),
        ({"backfill": "20261301T050000Z_sha256-" + "a" * 64}, "'20261301T050000Z' is no time"),
        ({"backfill": "20991101T050000Z_sha256-" + "a" * 64}, "is in the future"),
        ({"force": "yes"}, "force is 'yes', and has to be true or false"),
        ({"cascade": 1}, "cascade is 1, and has to be true or false"),
        ({"finding": "CVE-2026-1 fixed in openssl"}, "has to be the name of a vulnerability"),
        ({"finding": ["CVE-2026-1"]}, "has to be the name of a vulnerability"),
        ({"reason": "x" * 501}, "at most 500 characters"),
        ({"base_diggest": "sha256:" + "a" * 64}, "there is no 'base_diggest'; base_digest is meant?"),
        (
            {"base_digest": "sha256:" + "b" * 64, "backfill": key(Digest("sha256:" + "a" * 64))},
            "base_digest is sha256:b",
        ),
    ],
)
def test_what_cannot_be_asked_for_ends_the_run_with_what_is_wrong(
    params: dict[str, Any], told: str, run: Run, releases: dict[str, Digest]
) -> None:
    ran = run(params=params).task("resolve")
    assert isinstance(ran.ended, TaskStopped)
    assert told in ran.ended.error.cause
    assert len(ran.ended.error.cause) < 400
    assert ran.ended.error.remedy
    assert not ran.ended.error.retryable


def test_a_root_base_has_no_base_to_choose(run: Run) -> None:
    digest = Digest.of(b"any")
    for way in ("a person's param", "a person's key", "a backfill's conf"):
        ran = run(image="root", **WAYS[way](digest)).task("resolve")
        assert isinstance(ran.ended, TaskStopped)
        assert "it has no base" in ran.ended.error.cause
