"""The demo's advisories: sound OSV records, called what they are, and never in the place of real ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from golden_images.advisories.formats import osv
from golden_images.advisories.importing import import_
from golden_images.core.organisation import Organisation
from local import for_show
from local.console import Step
from tests.fakes.advisories import NOW, record, store, written


def test_they_are_sound_and_dated_when_they_were_made(tmp_path: Path) -> None:
    for_show.write(tmp_path, NOW)
    found = {part.path: part for part in osv.folder(tmp_path, tmp_path).parts}
    assert set(found) == {"Debian/all.zip", "Go/all.zip", "PyPI/all.zip", "npm/all.zip"}
    assert {part.built for part in found.values()} == {NOW}


def test_each_says_what_it_is() -> None:
    assert all("for show, no security statement" in one["summary"] for _, one in for_show.records(NOW))
    assert "no security statement" in for_show.FACTS.read_text()


def test_every_release_that_an_example_stands_on_is_in_it() -> None:
    named = {one["package"]["ecosystem"] for _, record in for_show.records(NOW) for one in record["affected"]}
    assert {"Debian:12", "Debian:13"} <= named


def test_it_is_imported_once_and_anew_when_it_is_old() -> None:
    ours = store()
    for_show.ensure(ours, Step(""))
    first = ours.current("osv")
    assert first is not None
    assert first.source == for_show.SOURCE
    for hours, same in ((11, True), (13, False)):
        for_show.ensure(replace(ours, now=lambda hours=hours: NOW + timedelta(hours=hours)), Step(""))
        assert (ours.current("osv") == first) is same


def test_a_real_one_stays(tmp_path: Path) -> None:
    ours = store()
    real = import_(ours, written(tmp_path / "all.zip", record())).database
    for_show.ensure(ours, Step(""))
    assert ours.current("osv") == real


def test_a_real_one_takes_its_place_whole(tmp_path: Path) -> None:
    ours = store()
    for_show.ensure(ours, Step(""))
    shown = ours.current("osv")
    assert shown is not None
    assert shown.version == "for show", "every scan names it so"
    real = import_(ours, written(tmp_path / "all.zip", record())).database
    assert real.built < shown.built
    assert [layer.path for layer in ours.artifact(real).layers] == ["Debian/all.zip"]
    assert ours.current("osv") == real


def test_sources_of_the_organisation_are_waited_for() -> None:
    source = {"name": "osv", "ecosystem": "Debian", "url": "https://host.test/all.zip"}
    named = Organisation.model_validate({"schema": 1, "advisories": {"sources": [source]}})
    ours = store(organisation=named)
    for_show.ensure(ours, Step(""))
    assert ours.current("osv") is None
