"""Copies of a task are encoded by copying what Airflow made of the first of them.

Most of a DAG file's serialising went into finding for each copy what had been found for the one before.
Only this module reaches into Airflow's serialisation. A copy that anybody has changed since (a cluster
policy, say) is encoded Airflow's own way, and so are all where Airflow has no such function any more.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

#: Where a task keeps its encodings: by owner, the fields that one copy had, and what was made of them.
_KNOWN = "_encodings_of_copies"
#: What copies differ in and what does not stand in an encoding. Outlets do: they are put in anew.
_OWN = dict.fromkeys(("image", "_dag", "task_group", "_BaseOperator__init_kwargs"))

_Encode = Callable[[Any], dict[str, Any]]


class _Encodings(dict[str, tuple[dict[str, Any], dict[str, Any]]]):
    """Of all copies of one task, and of copies of those."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _Encodings:
        return self


def share(pattern: Any) -> None:
    """Copies that are made of ``pattern`` from now on share an encoding."""
    vars(pattern)[_KNOWN] = _Encodings()
    _install()


def _install() -> None:
    from airflow.serialization.serialized_objects import OperatorSerialization

    plain: _Encode | None = getattr(OperatorSerialization, "serialize_operator", None)
    if plain is None or getattr(plain, "golden_images", False):
        return

    def serialize_operator(task: Any) -> dict[str, Any]:
        return _encoded(task, plain, OperatorSerialization.serialize)

    serialize_operator.golden_images = True  # type: ignore[attr-defined]
    OperatorSerialization.serialize_operator = staticmethod(serialize_operator)  # type: ignore[method-assign, assignment]


def _encoded(task: Any, plain: _Encode, value: Callable[[Any], Any]) -> dict[str, Any]:
    known = vars(task).get(_KNOWN)
    if known is None:
        return plain(task)
    fields = {**vars(task), **_OWN, "outlets": bool(task.outlets)}
    if task.owner not in known:
        made = plain(task)
        known[task.owner] = _apart(fields), made
        return _apart(made)
    like, made = known[task.owner]
    if fields != like:
        return plain(task)
    made = _apart(made)
    if task.outlets:
        made["outlets"] = value(task.outlets)
    return made


def _apart(fields: dict[str, Any]) -> dict[str, Any]:
    """A copy in which a change does not reach the original."""
    return {key: copy.copy(one) if type(one) in (list, dict, set) else one for key, one in fields.items()}
