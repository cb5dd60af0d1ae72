"""The text of every kind of problem: tests/golden/definitions is one project, nearly all of it broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from golden_images.project import Project, load
from tests.golden.compare import Golden

HERE = Path(__file__).parent
DEFINITIONS = HERE / "definitions"
SOUND = {"sound", "child-of-broken"}
STEMS = sorted({path.stem for path in DEFINITIONS.iterdir()})

ORGANISATION = """\
schema: 1
channels: [{name: dev, automatic: true}, {name: staging}]
"""


def write_project(root: Path) -> Path:
    shutil.copytree(DEFINITIONS, root / "include" / "images")
    (root / "include" / "golden_images.yaml").write_text(ORGANISATION)
    return root


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load(write_project(tmp_path_factory.mktemp("project")))


def test_only_the_broken_ones_are_broken(project: Project) -> None:
    assert set(project.definitions) == SOUND
    assert set(project.broken) == set(STEMS) - SOUND


@pytest.mark.parametrize("stem", sorted(set(STEMS) - SOUND))
def test_text(stem: str, project: Project, golden: Golden) -> None:
    texts = [problem.text(problem.path.relative_to(project.root)) for problem in project.broken[stem]]
    golden(f"problems/{stem}.txt", "\n".join(texts) + "\n")


@pytest.mark.parametrize("stem", STEMS)
def test_one_image_alone_is_judged_as_among_all(stem: str, project: Project) -> None:
    """A task loads its own definition only: it must come to what the scheduler came to."""
    alone = load(project.root, only=stem)
    assert alone.broken.get(stem) == project.broken.get(stem)
    assert alone.definitions.get(stem) == project.definitions.get(stem)
    assert {*alone.definitions, *alone.broken} == {stem}
