"""How Airflow encodes an operator when it stores a DAG, and a way to encode one in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Encode = Callable[[Any], dict[str, Any]]


def encode_operators(encode: Callable[[Any, Encode], dict[str, Any]]) -> None:
    """From now on ``encode`` encodes each operator; it gets the operator and Airflow's own way. Once a
    process, whoever asks. Without effect where Airflow has no such function any more: it then encodes
    everything its own way."""
    from airflow.serialization.serialized_objects import OperatorSerialization

    plain: Encode | None = getattr(OperatorSerialization, "serialize_operator", None)
    if plain is None or getattr(plain, "golden_images", False):
        return

    def serialize_operator(task: Any) -> dict[str, Any]:
        return encode(task, plain)

    serialize_operator.golden_images = True  # type: ignore[attr-defined]
    OperatorSerialization.serialize_operator = staticmethod(serialize_operator)  # type: ignore[method-assign, assignment]


def encoded(value: Any) -> Any:
    """A field's value as Airflow encodes it."""
    from airflow.serialization.serialized_objects import OperatorSerialization

    return OperatorSerialization.serialize(value)
