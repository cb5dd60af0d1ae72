"""One file and its neighbours. A whole project of them: tests/unit/test_project.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_images.core.draft import Draft, chain, files, files_of, key
from golden_images.core.graph import ImageGraph
from golden_images.core.organisation import Organisation
from golden_images.core.problem import Problem
from golden_images.pipeline import schema

WEB = "schema: 1\nname: web\ndescription: d\nowner: o\nbase:\n  image: root\n"


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for name in ("web.yaml", "root.yaml"):
        (tmp_path / name).write_text(WEB.replace("web", name.removesuffix(".yaml")))
    return tmp_path


def draft(images: Path, text: str, name: str = "web.yaml") -> Draft:
    (images / name).write_text(text)
    return Draft([images / name], schema())


def placed(draft: Draft, images: Path, organisation: Organisation | None = None) -> list[tuple[str, str]]:
    return told(list(draft.placement(organisation or Organisation(schema=1), {}, images)))


def told(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(f"{one.line}:{one.column} {one.field}", one.message) for one in problems]


@pytest.mark.parametrize("stem", ["web", "web.2", "-web", "WEB_1", "a" * 200])
def test_a_plain_stem_is_its_own_key(stem: str) -> None:
    assert key(Path(f"{stem}.yaml")) == stem


@pytest.mark.parametrize("stem", ["my web", "wéb", ".web", "a" * 201, "a/b" * 3, "web\udcff"])
def test_any_other_stem_has_a_key_that_fits_a_dags_id(stem: str) -> None:
    path = Path("x.yaml").with_stem(stem.replace("/", "\\"))
    found = key(path)
    assert len(found) <= 109
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
    assert found != key(path.with_stem(f"{path.stem}2"))


def test_files_by_key_and_hidden_ones_are_nobodys(images: Path) -> None:
    for name in ("web.yml", ".web.yaml.swp", ".hidden.yaml", "notes.txt", "my web.yaml"):
        (images / name).touch()
    odd = key(Path("my web.yaml"))
    found = {name: [path.name for path in paths] for name, paths in files(images).items()}
    assert found == {"web": ["web.yaml", "web.yml"], "root": ["root.yaml"], odd: ["my web.yaml"]}
    for name, paths in files(images).items():
        assert files_of(images, name) == paths


@pytest.mark.parametrize("name", ["", "nothing", "../web", "web.yaml", "web/", "nothing.0123abcd"])
def test_a_name_without_a_file_has_none(images: Path, name: str) -> None:
    assert files_of(images, name) == []


def test_a_chain_ends_at_the_root_or_where_it_was_before(images: Path) -> None:
    draft(images, WEB.replace("image: root", "reference: debian:12"), "root.yaml")
    assert [name for name, _ in chain(images, "web", schema())] == ["web", "root"]
    draft(images, WEB.replace("image: root", "image: web"), "root.yaml")
    assert [name for name, _ in chain(images, "web", schema())] == ["web", "root"]
    assert list(chain(images, "nothing", schema())) == []


def test_a_sound_file_is_a_definition_and_fits_its_place(images: Path) -> None:
    sound = draft(images, WEB)
    assert sound.definition is not None
    assert (sound.definition.name, sound.base) == ("web", "root")
    assert sound.problems == []
    assert placed(sound, images) == []


@pytest.mark.parametrize("text", ["", "- a\n", "base: root\n", "base:\n  image: [root]\n"])
def test_a_file_without_a_readable_base_has_none(images: Path, text: str) -> None:
    broken = draft(images, text)
    assert broken.base is None
    assert broken.problems != []


def test_two_files_of_one_name_and_the_other_ending(images: Path) -> None:
    (images / "web.yml").write_text(WEB)
    both = Draft([images / "web.yaml", images / "web.yml"], schema())
    assert told(both.problems) == [("1:1 ", "two definitions of one name: web.yaml and web.yml; remove one")]
    other = Draft([images / "web.yml"], schema())
    assert told(other.problems) == [("1:1 ", "a definition's file ends in .yaml; rename it to web.yaml")]


def test_a_file_is_named_after_its_image(images: Path) -> None:
    assert placed(draft(images, WEB, "other.yaml"), images) == [
        ("2:7 name", "'web' is not the file's name, 'other'")
    ]


def test_a_base_that_is_no_image_is_told_with_the_nearest_that_is(images: Path) -> None:
    wrong = draft(images, WEB.replace("image: root", "image: roots"))
    (problem,) = wrong.placement(None, {}, images)
    assert (problem.line, problem.message) == (6, "there is no image 'roots'")
    assert problem.suggestion == "root"
    assert list(wrong.placement(None, {"roots": wrong}, images)) == []


def test_nothing_is_said_to_be_meant_as_its_own_base(images: Path) -> None:
    (problem,) = draft(images, WEB.replace("image: root", "image: webs")).placement(None, {}, images)
    assert problem.suggestion == ""


def test_a_repository_that_no_registry_takes_is_told(images: Path) -> None:
    long = Organisation.model_validate({"schema": 1, "registry": {"namespace": "a" * 251}})
    assert placed(draft(images, WEB), images, long) == []
    longer = Organisation.model_validate({"schema": 1, "registry": {"namespace": "a" * 252}})
    ((where, message),) = placed(draft(images, WEB), images, longer)
    assert where == "2:7 name"
    assert "has more than 255 characters" in message


def test_a_channel_that_the_organisation_has_not_is_told_at_its_place(images: Path) -> None:
    organisation = Organisation.model_validate({"schema": 1, "channels": [{"name": "dev"}, {"name": "prod"}]})
    wrong = draft(images, f"{WEB}promote:\n  automatic: [dev, prdo]\n")
    (problem,) = wrong.placement(organisation, {}, images)
    assert (problem.line, problem.column, problem.field) == (8, 20, "promote.automatic[1]")
    assert problem.message == "there is no channel 'prdo'; the organisation has dev, prod"
    assert problem.suggestion == "prod"
    assert list(wrong.placement(None, {}, images)) == [], "the organisation's own file is broken"


@pytest.mark.parametrize("promote", ["dev", "{automatic: dev}", "{automatic: [1]}", "[]"])
def test_a_promotion_that_is_none_is_told_by_the_schema_alone(images: Path, promote: str) -> None:
    wrong = draft(images, f"{WEB}promote: {promote}\n")
    assert wrong.problems != []
    assert placed(wrong, images) == []


def test_a_ring_is_told_from_where_one_stands(images: Path) -> None:
    graph = ImageGraph.of({"root": "web", "web": "edge", "edge": "root", "other": "web"})
    ((where, message),) = told(list(draft(images, WEB).ring(graph)))
    assert where == "6:10 base.image"
    assert message == "the bases go round in a ring: web → edge → root → web"
    assert list(draft(images, WEB, "other.yaml").ring(graph)) == []
