"""Definitions come, go and change under the watch: no wake is lost or doubled, and none fails."""

from __future__ import annotations

import pytest

from tests.integration.base_watch.watched import Watched

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]


def test_definition_removed_while_its_base_changes(watched: Watched) -> None:
    watched.define("gone", "left")
    watched.woken(gone=watched.expected["left"][-1])
    watched.remove("gone")
    watched.woken(left=watched.push("left", "pushed meanwhile"))


def test_definition_renamed(watched: Watched) -> None:
    watched.rename("old", "new")
    watched.woken(new=watched.expected["old"][-1])
    watched.woken(new=watched.push("old", "pushed later"))


def test_base_replaced_by_another(watched: Watched) -> None:
    first = watched.push("other", "another")
    watched.define("moved", "other")
    watched.woken(moved=first)
    watched.push("moved", "nobody's any more")
    watched.woken(moved=watched.push("other", "and the next"))
