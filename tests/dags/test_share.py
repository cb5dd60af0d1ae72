"""Copies of the DAG file: every image's DAG is made by exactly one of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow.sdk import DAG

from golden_images.factory import golden_images_dags

IMAGES = [f"image-{number:02}" for number in range(30)]
WATCH = "golden_images_base_watch"


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A project's DAG file; one of its thirty definitions is broken."""
    images = tmp_path / "include" / "images"
    images.mkdir(parents=True)
    (tmp_path / "include" / "golden_images.yaml").write_text("schema: 1\n")
    for name in IMAGES:
        base = "base: {reference: 'quay.io/a/b:1'}" if name != "image-07" else "basis: {}"
        text = f"schema: 1\nname: {name}\ndescription: D.\nowner: team\n{base}\n"
        (images / f"{name}.yaml").write_text(text)
    file = tmp_path / "dags" / "golden_images.py"
    file.parent.mkdir()
    file.write_text("")
    return file


def made(files: list[Path]) -> Iterator[dict[str, DAG]]:
    for file in files:
        yield golden_images_dags(file)


def all_of() -> set[str]:
    return {WATCH, *(f"golden_images.{name}" for name in IMAGES)}


def test_one_file_makes_them_all(first: Path) -> None:
    (first.parent / "golden_images_report.py").write_text("# somebody else's")
    (first.parent / "other_2.py").write_text("# somebody else's")
    assert set(golden_images_dags(first)) == all_of()


@pytest.mark.parametrize("link", [False, True])
def test_copies_make_each_dag_once_and_about_equally_many(first: Path, link: bool) -> None:
    copies = [first.with_stem(f"golden_images_{number}") for number in (2, 3, 10)]
    for copy in copies:
        if link:
            copy.symlink_to(first)
        else:
            shutil.copy(first, copy)
    shares = [set(dags) for dags in made([first, *copies])]
    assert set.union(*shares) == all_of()
    assert sum(map(len, shares)) == len(all_of())
    assert WATCH in shares[0]
    assert min(map(len, shares)) > 2


def test_a_task_finds_its_dag_in_any_of_them(first: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow names the file in which it found the DAG last; a copy may have been added since."""
    shutil.copy(first, second := first.with_stem("golden_images_2"))
    for asked in ("golden_images.image-03", "golden_images.image-07", WATCH):
        monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", asked)
        assert [set(dags) for dags in made([first, second])] == [{asked}, {asked}]
