"""BuildKit's progress, decoded: lines for the log, and the error."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from golden_images.adapters.engine.buildkit import Progress
from golden_images.adapters.engine.protobuf import Status, Vertex, decode, encode
from golden_images.adapters.engine.transport import Transport
from golden_images.errors import EngineError, StageFailed

DOCKERFILE = "FROM base\nRUN make\n"

#: A message of Docker Engine 20.10, as it came: one step, started and completed.
RECORDED = base64.b64decode(
    "Cn0KR3NoYTI1NjplMzgzZWU0MDBkNmYxNzcwYTZkYTY3MjUyYjY0OTNmNWNlNjY5N2QxZDFkNDkxMDg1NGE5Yjk5NjBjNWM5YWNh"
    "GiRbaW50ZXJuYWxdIGxvYWQgcmVtb3RlIGJ1aWxkIGNvbnRleHQqDAjo45DYBhCot/rCAQ=="
)


def vertex(name: str = "[2/2] RUN make", **more: Any) -> Vertex:
    values = {"cached": False, "started": 10.0, "completed": None, "error": "", **more}
    return Vertex(digest=name, name=name, **values)


def trace(*vertexes: Vertex, logs: tuple[tuple[str, bytes], ...] = ()) -> dict[str, Any]:
    return {
        "id": "moby.buildkit.trace",
        "aux": base64.b64encode(encode(Status(vertexes, logs))).decode(),
    }


def failure(text: str) -> dict[str, Any]:
    return {"errorDetail": {"message": text}, "error": text}


def progress(*messages: dict[str, Any]) -> tuple[Progress, list[str]]:
    lines: list[str] = []
    made = Progress(lines.append)
    for message in messages:
        made.feed(message)
    made.close()
    return made, lines


def error(made: Progress) -> EngineError | StageFailed:
    def no_client() -> Any:
        raise AssertionError

    found = made.failure(Transport(no_client, "unix:///test.sock"), "build of a:1 failed", DOCKERFILE)
    assert isinstance(found, EngineError | StageFailed)
    return found


def test_a_recorded_message_is_understood() -> None:
    (only,) = decode(RECORDED).vertexes
    assert only.name == "[internal] load remote build context"
    assert only.started == pytest.approx(1795437032.408853416)
    assert (only.completed, only.error, only.cached) == (None, "", False)


#: Whole answers of ``POST /build?version=2``, as two engines gave them.
ANSWERS = Path(__file__).parents[3] / "fixtures" / "buildkit"


@pytest.mark.parametrize("engine", ["20.10", "26.1"])
@pytest.mark.parametrize(
    ("case", "dockerfile", "cause"),
    [
        (
            "unknown-instruction",
            "FROM scratch\nFETCH absent /file\n",
            "Dockerfile line 2: FETCH absent /file: unknown instruction: FETCH",
        ),
        (
            "unknown-flag",
            "FROM scratch\nRUN --nonsense true\n",
            "Dockerfile line 2: RUN --nonsense true: unknown flag: nonsense",
        ),
        (
            "missing-file",
            "FROM scratch\nCOPY absent /file\n",
            'Dockerfile line 2: COPY absent /file: "/absent" not found',
        ),
        (
            "two-missing-files",
            "FROM scratch\nCOPY file /a\nCOPY absent also-absent /dir/\n",
            'Dockerfile line 3: COPY absent also-absent /dir/: "/also-absent" not found',
        ),
        (
            "failing-step",
            'FROM scratch\nRUN ["/absent"]\n',
            'Dockerfile line 2: RUN ["/absent"]: exit code: 1',
        ),
    ],
)
def test_each_engines_words_become_the_same(case: str, engine: str, dockerfile: str, cause: str) -> None:
    lines = (ANSWERS / f"{case}.docker-{engine}.jsonl").read_text().splitlines()
    made, shown = progress(*(json.loads(line) for line in lines))
    found = made.failure(Transport(object, "x"), "failed", dockerfile)  # type: ignore[arg-type]
    assert isinstance(found, StageFailed)
    told, *output = found.cause.splitlines()
    assert told.replace("Unknown", "unknown") == cause
    assert not re.search(r"\bref \w|::", "\n".join([told, *output, *shown])), "an internal reference is shown"


def test_bytes_that_are_no_message_are_refused() -> None:
    with pytest.raises(ValueError, match="no BuildKit status"):
        decode(b"\xff\xff\xff")


def test_steps_and_their_lines_are_shown_in_order() -> None:
    name = "[2/2] RUN make"
    _, lines = progress(
        trace(vertex()),
        trace(logs=((name, b"one\ntw"),)),
        trace(logs=((name, b"o\n10%\r20%\r"),)),
        trace(logs=((name, b"100%\nlast"),)),
        trace(vertex(completed=12.5)),
        trace(vertex(completed=12.5)),
        trace(vertex("[1/2] FROM base", cached=True)),
    )
    assert lines == [
        "#1 [2/2] RUN make",
        "#1 one",
        "#1 two",
        "#1 100%",
        "#1 last",
        "#1 done in 2.5 s",
        "#2 [1/2] FROM base",
        "#2 CACHED",
    ]


def test_a_line_without_end_is_shown_at_the_end_and_when_it_grows_long() -> None:
    name = "[2/2] RUN make"
    _, lines = progress(trace(vertex()), trace(logs=((name, b"x" * 5000),)), trace(logs=((name, b"rest"),)))
    assert [len(line) for line in lines[1:]] == [5003, 7]


def test_the_image_id_comes_from_its_own_message() -> None:
    made, _ = progress(trace(vertex()), {"id": "moby.image.id", "aux": {"ID": "sha256:1"}})
    assert made.image_id == "sha256:1"


def test_a_failed_step_is_a_verdict_with_its_last_lines() -> None:
    name = "[2/2] RUN make"
    output = b"".join(b"line %d\n" % number for number in range(1, 31))
    made, lines = progress(
        trace(vertex()),
        trace(logs=((name, output),)),
        trace(vertex(error="executor failed running [/bin/sh -c make]: exit code: 2", completed=11.0)),
        failure("executor failed running [/bin/sh -c make]: exit code: 2"),
    )
    found = error(made)
    assert isinstance(found, StageFailed)
    assert found.cause.splitlines()[0] == "Dockerfile line 2: RUN make: exit code: 2"
    assert found.cause.splitlines()[2:] == [f"    line {number}" for number in range(11, 31)]
    assert lines[-1] == "#1 ERROR exit code: 2"


def test_a_long_instruction_is_shown_by_its_beginning() -> None:
    made, _ = progress(
        trace(vertex("[2/2] RUN " + "make;" * 100, error="exit code: 2")), failure("exit code: 2")
    )
    found = made.failure(Transport(object, "x"), "failed", f"FROM a\nRUN {'make;' * 100}\n")  # type: ignore[arg-type]
    assert found.cause.startswith("Dockerfile line 2: RUN make;make;")
    assert found.cause.endswith("…: exit code: 2")
    assert len(found.cause) < 220


def test_the_step_that_failed_counts_and_not_those_cancelled_for_it() -> None:
    made, _ = progress(
        trace(vertex("[stage-1 2/2] RUN other", error="context canceled")),
        trace(vertex(error="exit code: 2")),
        failure("exit code: 2"),
    )
    assert "RUN make" in error(made).cause


@pytest.mark.parametrize("where", ["output", "message"])
def test_a_full_disk_is_the_engines(where: str) -> None:
    name, text = "[2/2] RUN make", "write /x: no space left on device"
    made, _ = progress(
        trace(vertex()),
        trace(logs=((name, f"{text if where == 'output' else 'fine'}\n".encode()),)),
        trace(vertex(error="exit code: 1")),
        failure(text if where == "message" else "exit code: 1"),
    )
    found = error(made)
    assert isinstance(found, EngineError)
    assert found.cause.startswith("disk full: Dockerfile line 2")
    assert not found.retryable


@pytest.mark.parametrize(
    ("text", "retryable"),
    [
        ("dial tcp 10.0.0.1:443: connect: connection refused", True),
        ("unexpected status code [manifests 12]: 503 Service Unavailable", True),
        ("pull access denied, repository does not exist or may require authorization", False),
        ("registry.test/base@sha256:0: not found", False),
    ],
)
def test_a_base_that_cannot_be_had_is_the_registrys(text: str, retryable: bool) -> None:
    made, _ = progress(
        trace(vertex("[internal] load metadata for registry.test/base:1", error=text)),
        failure(f"failed to solve with frontend dockerfile.v0: failed to create LLB definition: {text}"),
    )
    found = error(made)
    assert isinstance(found, EngineError)
    assert "cannot get registry.test/base:1" in found.what
    assert (found.cause, found.retryable) == (text, retryable)


def test_a_syntax_line_that_no_registry_serves_is_explained() -> None:
    made, _ = progress(
        trace(vertex("resolve image config for docker.io/docker/dockerfile:1", error="no such host")),
        failure("failed to solve with frontend gateway.v0: no such host"),
    )
    assert "cannot get docker.io/docker/dockerfile:1" in error(made).what
    assert "# syntax=" in error(made).remedy
