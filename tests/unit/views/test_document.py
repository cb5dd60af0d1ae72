"""A record as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from golden_images.core.digest import Digest
from golden_images.core.problem import Problem
from golden_images.core.reason import Reason, Why
from golden_images.views.document import document

AT = datetime(2026, 11, 23, 3, 0, 0, 999_999, timezone(timedelta(hours=1)))
DIGEST = Digest.of(b"")


@dataclass(frozen=True, slots=True)
class Inner:
    at: datetime
    digest: Digest | None


@dataclass(frozen=True, slots=True)
class Outer:
    from_: str
    why: Why
    reason: Reason
    inner: tuple[Inner, ...]
    channels: dict[str, Digest]


def test_fields_are_keys_in_their_order() -> None:
    record = Outer("x", Why.NEW, Reason(why=Why.NEW), (Inner(AT, None),), {"dev": DIGEST})
    made = document(record)
    assert list(made) == ["from", "why", "reason", "inner", "channels"]
    assert made["inner"] == [{"at": "2026-11-23T02:00:00Z", "digest": None}]
    assert made["reason"] == {"why": "new", "old": "", "new": "", "detail": ""}
    assert made["channels"] == {"dev": str(DIGEST)}


def test_a_problem_names_its_file_as_asked() -> None:
    problem = Problem(Path("/p/a.yaml"), 1, 2, "base", "is missing", "")
    assert document([problem], lambda path: Path(path.name))[0]["path"] == "a.yaml"
    assert document([problem])[0]["path"] == "/p/a.yaml"


@pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}, Inner])
def test_what_has_no_form_in_json_is_a_mistake(value: Any) -> None:
    with pytest.raises(TypeError, match="no form in JSON"):
        document(value)
