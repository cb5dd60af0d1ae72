from __future__ import annotations

import pytest

from golden_images.core.stage_bases import found, pinned

HEAD = "ARG BASE\n"
TAIL = "FROM ${BASE}\n"
GO = "docker.io/library/golang:1.22"
PIN = "docker.io/library/golang@sha256:" + "a" * 64


def names(content: str, **args: str) -> list[str]:
    return [str(one.reference) for one in found(content, args)]


@pytest.mark.parametrize(
    "text",
    [
        "FROM golang:1.22 AS build",
        "from --platform=$BUILDPLATFORM golang:1.22 as build",
        "FROM \\\n  # why\n  golang:1.22 \\\n  AS build",
        "FROM scratch AS a\nCOPY --from=golang:1.22 /a /a",
        "FROM scratch AS a\nCOPY --chown=1:1 --from=golang:1.22 --link /a /a",
        "FROM scratch AS a\nRUN --mount=type=bind,from=golang:1.22,target=/go true",
        "FROM scratch AS a\nRUN --mount=from=golang:1.22,target=/go true",
        "FROM scratch AS a\nRUN --mount=type=bind,From=golang:1.22,target=/go true",
        "FROM scratch AS a\nRUN --network=none --mount=type=bind,target=/go,from=golang:1.22 true",
        "ARG GO=1.22\nFROM golang:${GO} AS build",
        'ARG GO="1.22"\nFROM golang:$GO AS build',
        "FROM golang:${GO:-1.22} AS build",
        "ARG MINOR=22\nARG GO=1.$MINOR\nFROM golang:${GO} AS build",
    ],
)
def test_every_place_where_an_image_is_named(text: str) -> None:
    assert names(f"{HEAD}{text}\n{TAIL}") == [GO]
    assert f"{PIN}" in pinned(f"{HEAD}{text}\n{TAIL}", {}, lambda _: PIN)


@pytest.mark.parametrize(
    "text",
    [
        "FROM ${BASE} AS build\nFROM Build AS second\nCOPY --from=build /a /a\nCOPY --from=0 /b /b",
        "FROM scratch AS a\nRUN --mount=type=bind,from=a,target=/a true",
        "FROM scratch AS a\nRUN --mount=type=bind,source=from=golang,target=/a true",
        "FROM scratch AS a\nRUN <<EOF\nFROM golang:1.22\nCOPY --from=golang:1.22 a b\nEOF",
        "FROM scratch AS a\nRUN echo --from=golang:1.22",
        "# FROM golang:1.22",
        "FROM scratch AS a\nCOPY --from=$GO /a /a",
    ],
)
def test_what_is_no_image(text: str) -> None:
    content = f"{HEAD}{text}\n{TAIL}"
    assert found(content, {}) == []
    assert pinned(content, {}, lambda _: PIN) == content


def test_a_build_argument_comes_before_the_default() -> None:
    content = f"{HEAD}ARG GO=1.21\nFROM golang:$GO AS build\n{TAIL}"
    assert names(content, GO="1.22") == [GO]
    assert names(content) == ["docker.io/library/golang:1.21"]


def test_an_argument_after_the_first_stage_is_no_stages() -> None:
    (one,) = found(f"{HEAD}FROM scratch\nARG GO=1.22\nFROM golang:$GO\n{TAIL}", {"GO": "1.22"})
    assert (one.written, one.reference, one.line) == ("golang:$GO", None, 4)


def test_a_stage_of_its_own_platform_says_so() -> None:
    content = f"{HEAD}FROM --platform=$BUILDPLATFORM golang AS a\nFROM golang AS b\n{TAIL}"
    assert [one.own_platform for one in found(content, {})] == [True, False]


def test_only_the_image_is_replaced() -> None:
    content = (
        f"{HEAD}FROM golang:1.22 AS golang\nRUN echo golang:1.22\nCOPY --from=golang /golang:1.22 /\n{TAIL}"
    )
    assert pinned(content, {}, lambda _: PIN) == content.replace("FROM golang:1.22 AS", f"FROM {PIN} AS")


def test_the_same_image_in_two_mounts_of_one_instruction() -> None:
    mount = "--mount=from=golang:1.22,target=/{}"
    content = f"{HEAD}FROM scratch AS a\nRUN {mount.format('a')} {mount.format('b')} true\n{TAIL}"
    assert pinned(content, {}, lambda _: PIN) == content.replace("golang:1.22", PIN)
