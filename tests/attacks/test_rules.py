"""Rules that somebody would like to get around: by a waiver that is none, by a file that is broken, by the
verdict of another build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from golden_images.core.policy.demand import PolicyDemand
from golden_images.core.waivers.read import Waivers
from golden_images.errors import DefinitionError, StageFailed
from golden_images.evidence.snapshot import attempt_of
from golden_images.evidence.store import Witnesses
from golden_images.project import load
from golden_images.rulebook import policy_of, waivers_of
from golden_images.stages import release
from tests.fakes.policy import NOW, policy, project, waiver
from tests.fakes.world import World, child, root

#: The package base-files is in every image of these tests.
DENY = PolicyDemand.of(policy(packages=[{"deny": ["base-files"]}]), "")
POLICY = "schema: 1\nname: strict\npackages: [{deny: [base-files]}]\n"
WAIVER = """schema: 1
waivers:
  - finding: package:base-files
    images: [web]
    status: under_investigation
    owner: platform
    reason: It is looked at.
    expires: 2026-12-31
"""


@pytest.mark.parametrize("field", ["owner", "reason", "expires", "images"])
def test_a_waiver_that_leaves_out_who_why_where_or_until_when(tmp_path: Path, field: str) -> None:
    lines = [line for line in WAIVER.splitlines() if not line.strip().startswith(field)]
    found = load(project(tmp_path, policies__strict=POLICY, waivers__all="\n".join(lines)))
    with pytest.raises(DefinitionError, match=f"{field}: is missing"):
        waivers_of(found, "web", NOW)


def test_a_waiver_that_lasts_for_ever(tmp_path: Path) -> None:
    text = WAIVER.replace("2026-12-31", "9999-12-31")
    found = load(project(tmp_path, policies__strict=POLICY, waivers__all=text))
    with pytest.raises(DefinitionError, match="as long as the policy"):
        waivers_of(found, "web", NOW)


@pytest.mark.parametrize(
    "about",
    [
        {"images": ["other"]},
        {"digest": f"sha256:{'0' * 64}"},
        {"package": "pkg:deb/debian/bash"},
        {"finding": "package:base"},
        {"expires": "2026-11-23"},
    ],
)
def test_a_waiver_for_something_else(world: World, about: dict[str, Any]) -> None:
    """Of the waivers that there are, the plan of an image holds those for it; the rest is not about this."""
    fields = {"finding": "package:base-files", "images": ["child"], "expires": "2099-01-01", **about}
    made = waiver(fields.pop("finding"), **fields)
    world.run(root())
    with pytest.raises(StageFailed, match="does not pass the gate"):
        world.run(child(), policy=DENY, waivers=Waivers((made,)).of("child"))
    assert world.catalog.current("child") is None


def test_the_waiver_itself_lifts_it(world: World) -> None:
    """So that the tests above fail for what they are about."""
    world.run(root())
    mine = waiver("package:base-files", images=["child"], expires="2099-01-01")
    world.run(child(), policy=DENY, waivers=Waivers((mine,)).of("child"))
    assert world.catalog.current("child") is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "schema: 1\nname: strict\npackages: [{deny: [base-files], action: allow}]\n",
        "schema: 1\nname: strict\npakages: []\n",
        "schema: 2\nname: strict\n",
        "schema: 1\nname: default\n",
        "[" * 5000,
        "schema: 1\nname: strict\n" + "#" * 300_000,
    ],
    ids=["empty", "allowing", "misspelt", "of tomorrow", "another's name", "deep", "large"],
)
def test_a_policy_that_is_broken_is_not_no_policy(tmp_path: Path, text: str) -> None:
    found = load(project(tmp_path, policies__strict=text))
    assert set(found.definitions) == {"web"}, "its DAG is made, and says in each run what is wrong"
    with pytest.raises(DefinitionError):
        policy_of(found, found.definition("web"))


def test_a_policy_that_is_gone_is_not_no_policy(tmp_path: Path) -> None:
    found = load(project(tmp_path, policies__other=POLICY.replace("strict", "other")))
    with pytest.raises(DefinitionError, match="there is no policy 'strict'"):
        policy_of(found, found.definition("web"))


def test_a_verdict_of_an_older_build_is_none_of_this(world: World) -> None:
    """The summary of a build that passed, put beside one that does not."""
    world.run(root())
    passed = world.run(child(), policy=PolicyDemand.of(policy(packages=[{"deny": ["telnet"]}]), ""))
    assert passed.candidate is not None
    (old,) = [one for one in world.catalog.evidence("child", passed.candidate.digest) if one.stage == "gate"]
    (world.contexts / "child" / "motd").write_text("new")
    run = world.run(child(), until="test", run_id="second", policy=DENY)
    assert run.candidate is not None
    assert run.candidate.digest != passed.candidate.digest
    job = world.job("child", run.resolution.plan_digest, run.candidate, "release")  # type: ignore[arg-type]
    (content,) = Witnesses.of(job, world.ports()).read(attempt_of([old])).values()
    world.registry.attach(
        "golden/child",
        job.subject(),
        artifact_type=old.artifact_type,
        blobs=[(old.artifact_type, content)],
        annotations={"io.golden-images.stage": "gate"},
        title="gate.intoto.json",
    )
    with pytest.raises(StageFailed, match="may not be released"):
        release.run(job, world.ports())
