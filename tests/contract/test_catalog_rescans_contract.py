"""One suite for every catalog: what is known of releases now, and what builds were asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from golden_images.core.findings import Level
from golden_images.core.rescanning.known import KnownFinding, Rescan
from golden_images.ports import Catalog
from tests.contract.catalog import HOUR, START, digest
from tests.contract.conftest import Connect


def rescan(number: int, image: str = "root") -> Rescan:
    found = KnownFinding(
        id=f"CVE-2026-{number}",
        package="pkg:deb/debian/openssl@1%2B1",
        names=("libssl3",),
        level=Level.HIGH,
        fixed=("2",),
        since=START,
    )
    past = found.model_copy(update={"id": "CVE-2020-1", "gone": START + HOUR})
    return Rescan(image, digest(f"{number}"), START + number * HOUR, (found, past), "näher", ("a: 1", "b"))


def test_the_last_look_at_each_release_is_known(connect: Connect) -> None:
    assert connect().rescan("root", digest("1")) is None
    for one in (rescan(1), rescan(2), rescan(1, "child")):
        connect().record_rescan(one)
        connect().record_rescan(one)
    assert connect().rescan("root", digest("1")) == rescan(1)
    connect().record_rescan(replace(rescan(1), findings=(), problem=""))
    assert connect().rescan("root", digest("1")) == replace(rescan(1), findings=(), problem="")
    assert connect().rescans(["root", "child", "none"]) == {
        "root": {
            digest("1"): replace(rescan(1), findings=(), problem="").summary,
            digest("2"): rescan(2).summary,
        },
        "child": {digest("1"): rescan(1, "child").summary},
    }
    assert connect().rescans([]) == {}


def test_releases_that_nobody_holds_are_forgotten(catalog: Catalog) -> None:
    for one in (rescan(1), rescan(2), rescan(3), rescan(1, "child")):
        catalog.record_rescan(one)
    catalog.keep_rescans("root", [digest("2"), digest("9")])
    assert {image: set(found) for image, found in catalog.rescans(["root", "child"]).items()} == {
        "root": {digest("2")},
        "child": {digest("1")},
    }


def test_what_builds_were_asked_for_is_all_that_was_said_last(connect: Connect) -> None:
    connect().set_rebuilds_asked("root", ["CVE-1 ü 2", "CVE-2"], START)
    connect().set_rebuilds_asked("child", ["CVE-1"], START)
    connect().set_rebuilds_asked("root", ["CVE-2", "CVE-3"], START + HOUR)
    assert connect().rebuilds_asked(["root", "child", "none"]) == {
        "root": {"CVE-2", "CVE-3"},
        "child": {"CVE-1"},
    }
    connect().set_rebuilds_asked("root", [], START)
    assert connect().rebuilds_asked(["root"]) == {}
    assert connect().rebuilds_asked([]) == {}


@pytest.mark.parametrize("empty", ["clear", "refill"])
def test_a_rebuild_keeps_them(catalog: Catalog, empty: str) -> None:
    catalog.record_rescan(rescan(1))
    catalog.set_rebuilds_asked("root", ["CVE-1"], START)
    if empty == "clear":
        catalog.clear()
    else:
        catalog.refill(releases=[], identical={}, evidence=[], judgements=[], moves=[])
    assert catalog.rescan("root", digest("1")) == rescan(1)
    assert catalog.rebuilds_asked(["root"]) == {"root": {"CVE-1"}}
