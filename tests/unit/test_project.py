from __future__ import annotations

import re
from pathlib import Path

import pytest

from golden_images.core import draft
from golden_images.core.definition import Definition
from golden_images.core.source import Source
from golden_images.errors import DefinitionError, InputError
from golden_images.project import find, load, load_organisation

ORGANISATION = "schema: 1\nchannels: [{name: dev, automatic: true}]\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "include" / "images").mkdir(parents=True)
    (tmp_path / "include" / "golden_images.yaml").write_text(ORGANISATION)
    return tmp_path


def write(root: Path, name: str, base: str = "reference: debian", *, file: str = "", more: str = "") -> Path:
    path = root / "include" / "images" / (file or f"{name}.yaml")
    path.write_text(
        f"schema: 1\nname: {name}\ndescription: An image.\nowner: platform\nbase: {{{base}}}\n{more}"
    )
    return path


def test_sound_definitions_and_their_graph(root: Path) -> None:
    write(root, "base")
    write(root, "web", "image: base")
    project = load(root)
    assert set(project.definitions) == {"base", "web"}
    assert project.broken == {}
    assert project.graph.children["base"] == ("web",)
    assert project.contexts == root.resolve() / "include" / "contexts"
    assert project.organisation.channels[0].name == "dev"


def test_a_broken_definition_costs_itself_alone(root: Path) -> None:
    write(root, "base")
    write(root, "broken", more="colour: red\n")
    project = load(root)
    assert set(project.definitions) == {"base"}
    assert set(project.broken) == {"broken"}


def test_a_child_of_a_broken_base_is_sound_and_keeps_its_place_in_the_graph(root: Path) -> None:
    write(root, "base", more="colour: red\n")
    write(root, "web", "image: base")
    project = load(root)
    assert set(project.definitions) == {"web"}
    assert project.graph.parents == {"web": "base"}
    assert load(root, only="web").definitions == project.definitions


def test_members_of_a_ring_are_broken_and_heirs_are_not(root: Path) -> None:
    write(root, "a", "image: b")
    write(root, "b", "image: a")
    write(root, "heir", "image: a")
    project = load(root)
    assert set(project.broken) == {"a", "b"}
    assert set(project.definitions) == {"heir"}
    for name in ("a", "b", "heir"):
        assert load(root, only=name).broken.get(name) == project.broken.get(name)


def test_one_image_reads_its_own_chain_and_nothing_else(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "base")
    write(root, "web", "image: base")
    write(root, "other")
    read: list[str] = []
    whole = Path.open

    def noting(path: Path, *args: object, **kwargs: object) -> object:
        read.append(path.name)
        return whole(path, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "open", noting)
    assert set(load(root, only="web").definitions) == {"web"}
    assert read == ["golden_images.yaml", "web.yaml", "base.yaml"]


@pytest.mark.parametrize("name", ["missing", "../golden_images", "a/b", ""])
def test_a_name_without_a_file_is_nothing(root: Path, name: str) -> None:
    project = load(root, only=name)
    assert (project.definitions, project.broken) == ({}, {})


def test_a_base_whose_name_is_a_path_is_unknown(root: Path) -> None:
    write(root, "web", "image: ../golden_images")
    assert [one.field for one in load(root).broken["web"]] == ["base.image"]


@pytest.mark.parametrize("only", [None, "web"])
def test_a_file_with_the_other_extension_is_broken(root: Path, only: str | None) -> None:
    write(root, "web", file="web.yml")
    (problem,) = load(root, only).broken["web"]
    assert problem.message == "a definition's file ends in .yaml; rename it to web.yaml"


@pytest.mark.parametrize("only", [None, "web"])
def test_two_files_of_one_name_are_both_doubtful(root: Path, only: str | None) -> None:
    write(root, "web")
    write(root, "web", file="web.yml")
    (problem,) = load(root, only).broken["web"]
    assert problem.message == "two definitions of one name: web.yaml and web.yml; remove one"


@pytest.mark.parametrize("stem", ["my image", "größe", "a" * 240, "x.y z"])
def test_a_file_whose_name_fits_no_dag_is_shown_all_the_same(root: Path, stem: str) -> None:
    write(root, "web")
    write(root, "my_image")
    write(root, "my image", file=f"{stem}.yaml")
    project = load(root)
    assert set(project.definitions) == {"web", "my_image"}
    ((key, problems),) = project.broken.items()
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", key)
    assert load(root, only=key).broken == {key: problems}


def test_files_that_editors_leave_are_no_definitions(root: Path) -> None:
    write(root, "web")
    (root / "include" / "images" / ".#web.yaml").symlink_to("nobody@nowhere")
    (root / "include" / "images" / "web.yaml~").write_text("")
    assert load(root).broken == {}


def test_a_repository_name_may_have_255_characters(root: Path) -> None:
    path = root / "include" / "golden_images.yaml"
    path.write_text(f"schema: 1\nregistry: {{namespace: {'n' * 200}}}\n")
    write(root, "a" * 54)
    write(root, "b" * 55)
    project = load(root)
    assert set(project.definitions) == {"a" * 54}
    (problem,) = project.broken["b" * 55]
    assert "more than 255 characters" in problem.message


def test_a_broken_organisation_raises_with_every_problem(root: Path) -> None:
    path = root / "include" / "golden_images.yaml"
    path.write_text("schema: 1\nchanels: []\nchannels: [{name: build-x}]\n")
    with pytest.raises(DefinitionError) as caught:
        load(root)
    assert [problem.field for problem in caught.value.problems] == ["chanels", "channels[0].name"]
    assert "did you mean channels?" in str(caught.value)


def test_a_folder_that_is_no_project_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load_organisation(tmp_path)
    with pytest.raises(InputError, match="is in no project"):
        find(tmp_path)


def test_the_project_is_found_from_below(root: Path) -> None:
    assert find(root / "include" / "images") == root.resolve()


def test_a_project_without_images_is_empty(root: Path) -> None:
    (root / "include" / "images").rmdir()
    assert load(root).definitions == {}


def test_a_mistake_of_ours_costs_one_definition(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "web")
    odd = write(root, "odd")
    whole = draft.validate

    def failing(source: Source, model: type[Definition]) -> object:
        if source.path.name == odd.name:
            raise RecursionError("too deep")
        return whole(source, model)

    monkeypatch.setattr(draft, "validate", failing)
    project = load(root)
    assert set(project.definitions) == {"web"}
    (problem,) = project.broken["odd"]
    assert problem.message.startswith("could not be checked (RecursionError: too deep)")


@pytest.mark.parametrize("only", [None, "gone"])
def test_a_definition_that_is_removed_while_it_is_looked_for_is_none(
    root: Path, monkeypatch: pytest.MonkeyPatch, only: str | None
) -> None:
    path = write(root, "gone")

    def removed(_: Path, *__: str) -> object:
        path.unlink(missing_ok=True)
        return {"gone": [path]} if only is None else [path]

    monkeypatch.setattr("golden_images.project.files", removed)
    monkeypatch.setattr(draft, "files_of", removed)
    found = load(root, only)
    assert not found.definitions
    assert not found.broken


def test_a_link_to_nothing_is_a_broken_definition(root: Path) -> None:
    (root / "include" / "images" / "linked.yaml").symlink_to("nowhere.yaml")
    assert list(load(root).broken) == ["linked"]
