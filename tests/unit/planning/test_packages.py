"""What an image holds, by its SBOM, and what of it is newer in the archive."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from golden_images.core.versions.debian import newer
from golden_images.planning.packages import Installed, Update, describe, installed, state, updates

SYSTEM = {"type": "operating-system", "name": "debian", "version": "12"}


def sbom(*purls: str, system: Mapping[str, str] = SYSTEM) -> bytes:
    packages: list[Mapping[str, Any]] = [{"type": "library", "purl": purl} for purl in purls]
    return json.dumps({"components": [system, *packages]}).encode()


def deb(name: str, version: str, arch: str = "amd64") -> str:
    return f"pkg:deb/debian/{name}@{version}?arch={arch}&distro=debian-12"


class Archive:
    def __init__(self, candidates: Mapping[str, str]) -> None:
        self._candidates = candidates
        self.asked: list[tuple[object, ...]] = []

    def candidates(
        self, suite: str, components: Sequence[str], architecture: str, mirror: str = ""
    ) -> Mapping[str, str]:
        self.asked.append((suite, tuple(components), architecture, mirror))
        return self._candidates

    def newer(self, candidate: str, installed: str) -> bool:
        return newer(candidate, installed)

    def release_time(self, suite: str, mirror: str = "") -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)


def test_names_and_versions_are_read_as_their_urls_mean_them() -> None:
    found = installed(
        sbom(
            deb("libstdc%2B%2B6", "12.2.0-14%2Bdeb12u1"),
            deb("perl", "5:5.36.0-7%2bdeb12u1"),
            deb("tzdata", "1%3A2026a~rc1-0+deb12u1", "all"),
            "pkg:pypi/requests@2.0",
            "pkg:deb/ubuntu/bash@1?arch=arm64",
            "",
        )
    )
    assert found == Installed(
        "bookworm",
        "amd64",
        {"libstdc++6": "12.2.0-14+deb12u1", "perl": "5:5.36.0-7+deb12u1", "tzdata": "1:2026a~rc1-0+deb12u1"},
    )


@pytest.mark.parametrize(
    "document",
    [
        sbom(),
        sbom("pkg:apk/alpine/busybox@1?arch=x86_64"),
        sbom(deb("bash", "1"), system={"type": "operating-system", "name": "debian", "version": "99"}),
        sbom(deb("bash", "1"), system={"type": "operating-system", "name": "alpine", "version": "12"}),
    ],
)
def test_an_image_that_is_not_debians_of_a_known_release_has_no_such_packages(document: bytes) -> None:
    assert installed(document) is None


def test_a_point_release_is_its_release() -> None:
    found = installed(sbom(deb("bash", "1"), system={**SYSTEM, "version": "12.4"}))
    assert found is not None
    assert found.suite == "bookworm"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b'{"components": {}}',
        b'{"components": [1]}',
        sbom("pkg:deb/debian/bash?arch=amd64"),
        sbom("pkg:deb/debian/bash@1?arch"),
        sbom(deb("bash", "1", "amd64"), deb("zlib", "1", "arm64")),
        sbom(deb("tzdata", "1", "all")),
        sbom("pkg:deb/debian/bash@1"),
    ],
)
def test_a_document_that_cannot_be_read_is_no_image_without_packages(document: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's is one
        installed(document)


IMAGE = Installed("bookworm", "amd64", {"bash": "5.2-2", "openssl": "3.0.14-1", "zlib": "1:1-1", "own": "1"})


def test_only_what_is_newer_in_the_archive_is_an_update() -> None:
    archive = Archive({"openssl": "3.0.15-1~deb12u1", "bash": "5.2-2", "zlib": "1.9-9", "vim": "9"})
    found = updates(IMAGE, archive, ("main", "contrib"), "http://mirror.test")
    assert found == (Update("openssl", "3.0.14-1", "3.0.15-1~deb12u1"),)
    assert archive.asked == [("bookworm", ("main", "contrib"), "amd64", "http://mirror.test")]


def test_updates_are_told_by_name_the_first_and_how_many_more() -> None:
    found = updates(IMAGE, Archive({"zlib": "1:1-2", "openssl": "3.0.15-1", "bash": "5.2-3"}))
    assert [one.name for one in found] == ["bash", "openssl", "zlib"]
    assert describe(found) == "bash 5.2-2 → 5.2-3, +2"
    assert describe(found[:1]) == "bash 5.2-2 → 5.2-3"


def test_the_state_changes_with_what_is_new_and_with_nothing_else() -> None:
    one, other = (updates(IMAGE, Archive({"bash": version})) for version in ("5.2-3", "5.2-4"))
    assert state("before", ()) == "before"
    assert state("", ()) == ""
    assert len({state("before", one), state("before", other), state("", one), "before"}) == 4
    assert state("before", one) == state("before", one)
