"""BuildKit's ``moby.buildkit.v1.StatusResponse``, as far as progress needs it.

The message types are declared here at run time, so no generated code and no compiler is needed.
Source: buildkit ``api/services/control/control.proto``; unknown fields are skipped by protobuf.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

_STRING, _INT64, _BOOL, _MESSAGE, _BYTES = 9, 3, 8, 11, 12
_OPTIONAL, _REPEATED = 1, 3

#: message -> (field, number, type, label, type name)
_SCHEMA: dict[str, tuple[tuple[str, int, int, int, str], ...]] = {
    "Timestamp": (("seconds", 1, _INT64, _OPTIONAL, ""), ("nanos", 2, _INT64, _OPTIONAL, "")),
    "Vertex": (
        ("digest", 1, _STRING, _OPTIONAL, ""),
        ("name", 3, _STRING, _OPTIONAL, ""),
        ("cached", 4, _BOOL, _OPTIONAL, ""),
        ("started", 5, _MESSAGE, _OPTIONAL, "Timestamp"),
        ("completed", 6, _MESSAGE, _OPTIONAL, "Timestamp"),
        ("error", 7, _STRING, _OPTIONAL, ""),
    ),
    "VertexLog": (("vertex", 1, _STRING, _OPTIONAL, ""), ("msg", 4, _BYTES, _OPTIONAL, "")),
    "StatusResponse": (
        ("vertexes", 1, _MESSAGE, _REPEATED, "Vertex"),
        ("logs", 3, _MESSAGE, _REPEATED, "VertexLog"),
    ),
}


@dataclass(frozen=True, slots=True)
class Vertex:
    """One build step; times in seconds since the epoch, None until it happened."""

    digest: str
    name: str
    cached: bool
    started: float | None
    completed: float | None
    error: str


@dataclass(frozen=True, slots=True)
class Status:
    vertexes: tuple[Vertex, ...]
    #: ``(vertex digest, bytes of its output)``
    logs: tuple[tuple[str, bytes], ...]


@cache
def _message() -> Any:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    # A private pool: another library in the process may have declared the real ones.
    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(name="status.proto", package="progress", syntax="proto3")
    for name, fields in _SCHEMA.items():
        message = file.message_type.add(name=name)
        for field, number, kind, label, type_name in fields:
            entry = message.field.add(name=field, number=number, type=kind, label=label)
            if type_name:
                entry.type_name = f".progress.{type_name}"
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("progress.StatusResponse"))


def _seconds(message: Any, field: str) -> float | None:
    if not message.HasField(field):
        return None
    stamp = getattr(message, field)
    return float(stamp.seconds + stamp.nanos / 1e9)


def decode(content: bytes) -> Status:
    """Raises ``ValueError`` if ``content`` is no protobuf message."""
    from google.protobuf.message import DecodeError

    try:
        message = _message().FromString(content)
    except DecodeError as error:
        raise ValueError(f"no BuildKit status message: {error}") from error
    vertexes = tuple(
        Vertex(v.digest, v.name, v.cached, _seconds(v, "started"), _seconds(v, "completed"), v.error)
        for v in message.vertexes
    )
    return Status(vertexes, tuple((entry.vertex, bytes(entry.msg)) for entry in message.logs))


def encode(status: Status) -> bytes:
    """The inverse of :func:`decode`, for the fakes and tests."""
    message = _message()()
    for vertex in status.vertexes:
        entry = message.vertexes.add(
            digest=vertex.digest, name=vertex.name, cached=vertex.cached, error=vertex.error
        )
        for field in ("started", "completed"):
            seconds = getattr(vertex, field)
            if seconds is not None:
                stamp = getattr(entry, field)
                stamp.seconds = int(seconds)
                stamp.nanos = int(seconds % 1 * 1e9)
    for digest, text in status.logs:
        message.logs.add(vertex=digest, msg=text)
    return bytes(message.SerializeToString())
