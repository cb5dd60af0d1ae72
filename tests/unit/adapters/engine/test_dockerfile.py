"""From a step's name to the Dockerfile's line."""

from __future__ import annotations

import pytest

from golden_images.adapters.engine.dockerfile import instructions, locate

DOCKERFILE = """\
# syntax of the engine

ARG BASE
FROM ${BASE} AS build
ARG VERSION=1
RUN apt-get update && \\
    # a comment inside
    apt-get install -y make

run make "$VERSION" all
COPY . /src

FROM ${BASE}
COPY --from=build /src /src
RUN make "$VERSION" all
RUN true
WORKDIR /src
"""


def test_instructions_start_where_they_start() -> None:
    assert [(i.line, i.text.split(" ", 1)[0], i.number) for i in instructions(DOCKERFILE)] == [
        (3, "ARG", 0),
        (4, "FROM", 1),
        (5, "ARG", 1),
        (6, "RUN", 2),
        (10, "RUN", 3),
        (11, "COPY", 4),
        (13, "FROM", 1),
        (14, "COPY", 2),
        (15, "RUN", 3),
        (16, "RUN", 4),
        (17, "WORKDIR", 5),
    ]


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("[build 2/4] RUN apt-get update &&     apt-get install -y make", 6),
        ('[build 3/4] RUN make "1" all', 10),
        ("[build 4/4] COPY . /src", 11),
        ("[stage-1 2/5] COPY --from=build /src /src", 14),
        ('[stage-1 3/5] RUN make "1" all', 15),
        ("[stage-1 5/5] WORKDIR /src", 17),
        ("[stage-1 4/5] RUN true", 16),
    ],
)
def test_a_step_is_found(step: str, line: int) -> None:
    found = locate(DOCKERFILE, step)
    assert found is not None
    assert found.line == line


@pytest.mark.parametrize(
    "step", ["[internal] load build context", "exporting to image", "[2/3] RUN other", ""]
)
def test_what_is_no_step_of_the_file_is_not_guessed(step: str) -> None:
    assert locate(DOCKERFILE, step) is None


def test_equal_steps_are_told_apart_by_number() -> None:
    found = locate("FROM a\nRUN x\nCOPY b c\nRUN x\n", "[4/4] RUN x")
    assert found is not None
    assert found.line == 4


def test_a_parse_error_names_its_instruction() -> None:
    found = locate("FROM a\nRUN x && \\\n  y\nFETCH b\n", "", "dockerfile parse error line 3: flag")
    assert found is not None
    assert (found.line, found.text) == (2, "RUN x && y")


def test_another_escape_character_is_honoured() -> None:
    found = locate("# escape=`\nFROM a\nRUN x `\n  y\nRUN z\n", "[3/3] RUN z")
    assert found is not None
    assert found.line == 5
