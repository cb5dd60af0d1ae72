"""``golden-images waivers``: the list, and the same for others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from golden_images.cli import main
from golden_images.cli.services import Services
from tests.fakes.policy import NOW, project
from tests.fakes.world import World

Capture = pytest.CaptureFixture[str]
WAIVERS = """schema: 1
waivers:
  - finding: CVE-2026-1
    images: [web]
    status: not_affected
    justification: component_not_present
    owner: platform
    reason: It is not there.
    expires: 2026-12-01
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    return project(tmp_path, policies__strict="schema: 1\nname: strict\n", waivers__all=WAIVERS)


def run(*arguments: str) -> int:
    return main(["waivers", *arguments], Services(now=lambda: NOW))


def test_the_list_says_whom_when_and_what_ends(root: Path, capsys: Capture) -> None:
    assert run("list") == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["FINDING", "IMAGES", "PACKAGE", "STATUS", "OWNER", "UNTIL"],
        ["CVE-2026-1", "web", "any", "not_affected", "platform", "2026-12-01T00:00:00Z", "ends"],
    ]
    assert run("list", "--json") == 0
    (line,) = json.loads(capsys.readouterr().out)
    assert (line["state"], line["package"], line["reason"]) == ("ends", None, "It is not there.")


def test_a_broken_file_is_told_and_the_sound_ones_are_listed(root: Path, capsys: Capture) -> None:
    (root / "include" / "waivers" / "broken.yaml").write_text("schema: 1\nwaivers: [{finding: CVE-2026-2}]\n")
    assert run("list") == 1
    captured = capsys.readouterr()
    assert "CVE-2026-1" in captured.out
    assert "broken.yaml:2:11: waivers[0].owner: is missing" in captured.err


def test_an_export_in_either_form(root: Path, capsys: Capture) -> None:
    assert run("export", "web") == 0
    (one,) = json.loads(capsys.readouterr().out)["statements"]
    assert one["products"] == [{"@id": "pkg:oci/web"}]
    assert run("export", "web", "--format", "cyclonedx", "--product", "pkg:oci/web@sha256:1") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["metadata"]["component"]["purl"] == "pkg:oci/web@sha256:1"


def test_nothing_is_exported_of_a_broken_file_or_an_unknown_image(root: Path, capsys: Capture) -> None:
    assert run("export", "wbe") == 2
    assert run("export", "web", "--product", "web") == 2
    (root / "include" / "waivers" / "broken.yaml").write_text("schema: 1\n")
    assert run("export", "web") == 1
    assert capsys.readouterr().out == ""


def test_the_list_of_images_tells_what_ends(root: Path, capsys: Capture) -> None:
    services = Services(now=lambda: NOW, ports=lambda *_, **__: World(contexts=root).ports())
    assert main(["list"], services) == 0
    assert capsys.readouterr().err == (
        "note: the waiver for CVE-2026-1 ends in 6 days, at 2026-12-01T00:00:00Z: platform answers for it\n"
    )
