from __future__ import annotations

import pytest

from golden_images.core.dockerfile import unpinned


@pytest.mark.parametrize(
    "content",
    [
        "ARG BASE\nFROM ${BASE}\n",
        "arg BASE=debian\nfrom $BASE\n",
        "# syntax=docker/dockerfile:1\nARG OTHER BASE\nFROM --platform=linux/amd64 ${BASE:-debian} AS x\n",
        "ARG BASE\nFROM golang AS build\nRUN go build\nFROM ${BASE}\nCOPY --from=build /a /a\n",
        "ARG BASE\nFROM ${BASE} AS first\nFROM First\n",
        "ARG BASE\nFROM \\\n  # why\n  ${BASE}\nRUN a \\\n FROM b\n",
        "ARG BASE\nFROM ${BASE}\nRUN <<EOF\nFROM golang\nEOF\n",
        "ARG BASE\nFROM ${BASE}\nRUN echo $((1<<x))\n",
    ],
)
def test_built_on_the_base(content: str) -> None:
    assert unpinned(content) is None


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", 1, "has no FROM"),
        ("RUN true\n", 1, "has no FROM"),
        ("FROM debian\n", 1, "the image is built from debian, so its base cannot be pinned by digest"),
        ("FROM ${BASE}\n", 1, "BASE is not declared before the first FROM"),
        ("FROM golang\nARG BASE\nFROM ${BASE}\n", 3, "BASE is not declared before the first FROM"),
        ("ARG BASE\nFROM ${BASE} AS a\nFROM scratch\n", 3, "the image is built from scratch, so"),
        ("ARG BASE\nFROM ${BASES}\n", 2, "the image is built from ${BASES}, so"),
        ("ARG BASE\nFROM golang AS a\nFROM a\n", 2, "the image is built from golang, so"),
        ("ARG BASE\nRUN echo $((1<<x))\n\nFROM debian\n", 4, "the image is built from debian, so"),
    ],
)
def test_cannot_be_pinned(content: str, line: int, message: str) -> None:
    fault = unpinned(content)
    assert fault is not None
    assert fault.line == line
    assert fault.message.startswith(message)


def test_the_target_is_what_counts() -> None:
    content = "ARG BASE\nFROM golang AS tools\nFROM ${BASE} AS service\nFROM scratch\n"
    assert unpinned(content, "service") is None
    assert unpinned(content, "1") is None
    assert unpinned(content, "tools") is not None
    missing = unpinned(content, "nothing")
    assert missing is not None
    assert missing.message == "there is no stage 'nothing', which build.target names"
