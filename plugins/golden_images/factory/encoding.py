"""Copies of a task are encoded by copying what Airflow made of the first of them.

Most of a DAG file's serialising went into finding for each copy what had been found for the one before.
A copy that anybody has changed since (a cluster policy, say) is encoded Airflow's own way, and so are all
where Airflow has no such function any more.
"""

from __future__ import annotations

import copy
from typing import Any

from golden_images.airflow_internals.encoding import Encode, encode_operators, encoded
from golden_images.airflow_internals.tasks import TIES, TaskPattern

#: Where a task keeps its encodings: by owner, the fields that one copy had, and what was made of them.
_KNOWN = "_encodings_of_copies"
#: What copies differ in and what does not stand in an encoding. Outlets do: they are put in anew.
_OWN = dict.fromkeys(("image", *TIES))


class _Encodings(dict[str, tuple[dict[str, Any], dict[str, Any]]]):
    """Of all copies of one task, and of copies of those."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _Encodings:
        return self


def share(pattern: TaskPattern) -> TaskPattern:
    """``pattern``, whose copies share an encoding from now on."""
    vars(pattern.task)[_KNOWN] = _Encodings()
    encode_operators(_encode)
    return pattern


def _encode(task: Any, plain: Encode) -> dict[str, Any]:
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
        made["outlets"] = encoded(task.outlets)
    return made


def _apart(fields: dict[str, Any]) -> dict[str, Any]:
    """A copy in which a change does not reach the original."""
    return {key: copy.copy(one) if type(one) in (list, dict, set) else one for key, one in fields.items()}
