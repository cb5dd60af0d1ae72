"""BuildKit's progress: live lines for the log, and what went wrong for the error."""

from __future__ import annotations

import base64
import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from golden_images.adapters.engine.dockerfile import locate
from golden_images.adapters.engine.protobuf import Vertex, decode
from golden_images.adapters.engine.transport import Transport
from golden_images.errors import EngineError, GoldenImagesError, StageFailed
from golden_images.ports import Log

TAIL_LINES = 20
#: A step that never ends its line is shown after so many bytes.
_LONG = 4096
#: Characters of a failing instruction in the error.
_SHOWN = 160
_NO_SPACE = re.compile(r"no space left on device|disk quota exceeded|ENOSPC", re.IGNORECASE)
_BASE = re.compile(r"\[internal\] load metadata for (?P<base>\S+)|resolve image config for (?P<frontend>\S+)")
_NO_ANSWER = re.compile(
    r"connection refused|connection reset|timeout|no such host|temporary failure|\bEOF\b|"
    r"50[0-9] |too ?many ?requests|server misbehaving",
    re.IGNORECASE,
)
_ROOMS = re.compile(
    r"(failed to solve(?: with frontend \S+)?: |failed to create LLB definition: |"
    r"rpc error: code = \w+ desc = |failed to (?:compute|load) cache key: |"
    r"failed to calculate checksum of ref \S+: |dockerfile parse error (?:on )?line \d+: |"
    r"executor failed running \[.*\]: |process \".*\" did not complete successfully: )+",
    re.DOTALL,
)
#: Of a file that is to be copied: Docker Engine 26 says the first, 20.10 the second.
_ABSENT = re.compile(r'("[^"]*")(?:: not found| not found: not found)$')
_HINTS = (
    (
        re.compile(r"no active sessions|no session|could not access local|secret|ssh", re.IGNORECASE),
        "builds run without a session, so secret and ssh mounts cannot be served: remove the mount",
    ),
    (
        re.compile(r"gateway\.v0|unknown flag", re.IGNORECASE),
        "the engine's own Dockerfile syntax is used: drop '# syntax=' and flags newer than the engine",
    ),
)


@dataclass(slots=True)
class _Step:
    number: int
    name: str = ""
    started: bool = False
    done: bool = False
    partial: bytes = b""
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))


class Progress:
    """Feed it the messages of one build; ``image_id`` and ``message`` (the failure) are its result."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._steps: dict[str, _Step] = {}
        self._failed: Vertex | None = None
        self.image_id = ""
        self.message = ""

    def feed(self, message: dict[str, Any]) -> None:
        """One JSON message of ``POST /build?version=2``."""
        if "error" in message or "errorDetail" in message:
            self.message = (message.get("errorDetail") or {}).get("message") or str(message.get("error"))
        elif message.get("id") == "moby.buildkit.trace":
            status = decode(base64.b64decode(message["aux"]))
            for vertex in status.vertexes:
                self._vertex(vertex)
            for digest, output in status.logs:
                self._output(self._step(digest), output)
        elif message.get("id") == "moby.image.id":
            self.image_id = message["aux"]["ID"]
        elif text := str(message.get("stream", "")).strip():
            self._log(text)

    def close(self) -> None:
        """Shows what is left of lines that were not ended."""
        for step in self._steps.values():
            self._flush(step)

    def failure(self, transport: Transport, what: str, dockerfile: str) -> GoldenImagesError:
        """The error for ``message``: a verdict where the Dockerfile failed, else the engine's."""
        step = self._steps.get(self._failed.digest) if self._failed else None
        name = step.name if step else ""
        tail = list(step.tail) if step else []
        cause = _clean(self._failed.error if self._failed and self._failed.error else self.message)
        where = locate(dockerfile, name, self.message)
        if where is not None:
            cause = f"Dockerfile line {where.line}: {_short(where.text)}: {cause}"
        elif name and not _BASE.match(name):
            cause = f"step {name}: {cause}"
        if _NO_SPACE.search(self.message) or any(_NO_SPACE.search(line) for line in tail):
            return transport.error(
                what,
                cause=_with_tail(f"disk full: {cause}", tail),
                remedy="see `docker system df`, free space with `docker builder prune` and "
                "`docker image prune` on the engine's machine, then retry",
                retryable=False,
            )
        if base := _BASE.match(name):
            return self._base_failure(transport, what, base["base"] or base["frontend"], cause)
        hint = next((text for pattern, text in _HINTS if pattern.search(self.message)), "")
        return StageFailed(what, cause=_with_tail(cause, tail), remedy=hint or "correct the Dockerfile")

    def _base_failure(self, transport: Transport, what: str, base: str, cause: str) -> EngineError:
        answered = _NO_ANSWER.search(cause) is None
        remedy = "check that the engine reaches this registry"
        if answered:
            remedy = "check that it exists and that the engine may read it"
        if "dockerfile" in base:
            remedy += ", or drop the Dockerfile's '# syntax=' line: the engine's own syntax needs none"
        return transport.error(
            f"{what}: the engine cannot get {base}", cause=cause, remedy=remedy, retryable=not answered
        )

    def _step(self, digest: str) -> _Step:
        return self._steps.setdefault(digest, _Step(len(self._steps) + 1))

    def _vertex(self, vertex: Vertex) -> None:
        step = self._step(vertex.digest)
        step.name = vertex.name
        if vertex.started is not None and not step.started:
            step.started = True
            self._log(f"#{step.number} {vertex.name}")
        # A vertex is completed more than once while the solver looks at it; an error stays.
        if vertex.error:
            self._flush(step)
            if not step.done:
                self._log(f"#{step.number} ERROR {_clean(vertex.error)}")
            step.done = True
            if self._failed is None or "context canceled" in self._failed.error:
                self._failed = vertex
        elif vertex.cached and not step.done:
            step.done = True
            self._log(f"#{step.number} {'' if step.started else vertex.name + ' '}CACHED")
        elif vertex.completed is not None and vertex.started is not None and not step.done:
            step.done = True
            self._flush(step)
            self._log(f"#{step.number} done in {vertex.completed - vertex.started:.1f} s")

    def _output(self, step: _Step, text: bytes) -> None:
        *lines, step.partial = (step.partial + text).split(b"\n")
        for line in lines:
            self._line(step, line)
        if len(step.partial) > _LONG:
            self._flush(step)

    def _flush(self, step: _Step) -> None:
        rest, step.partial = step.partial, b""
        if rest.strip():
            self._line(step, rest)

    def _line(self, step: _Step, raw: bytes) -> None:
        # Progress bars overwrite their line with carriage returns: only the last state counts.
        text = raw.rstrip(b"\r").rsplit(b"\r", 1)[-1].decode(errors="replace").rstrip()
        step.tail.append(text)
        self._log(f"#{step.number} {text}")


def _short(instruction: str) -> str:
    """The line number tells where the rest of a long instruction is."""
    return instruction if len(instruction) <= _SHOWN else f"{instruction[:_SHOWN].rstrip()} …"


def _clean(error: str) -> str:
    """Without the prefixes that name BuildKit's own rooms, in one engine's words for all."""
    match = _ROOMS.match(error)
    return _ABSENT.sub(r"\1 not found", error[match.end() :] if match else error)


def _with_tail(cause: str, tail: list[str]) -> str:
    if not tail:
        return cause
    return "\n".join([cause, f"  last output ({len(tail)} lines):", *(f"    {line}" for line in tail)])
