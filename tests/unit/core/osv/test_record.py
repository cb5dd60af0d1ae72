"""One record, read strictly and within bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from golden_images.core.osv import record as records
from golden_images.core.osv.record import read

WHOLE: dict[str, Any] = {
    "schema_version": "1.7.3",
    "id": "DEBIAN-CVE-2026-0001",
    "modified": "2026-11-01T00:00:00Z",
    "affected": [
        {
            "package": {"ecosystem": "Debian:12", "name": "openssl", "purl": "pkg:deb/debian/openssl"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3"}]}],
            "ecosystem_specific": {"urgency": "low"},
        }
    ],
}


def changed(**changes: Any) -> bytes:
    return json.dumps({**WHOLE, **changes}).encode()


def affected(**changes: Any) -> bytes:
    return changed(affected=[{**WHOLE["affected"][0], **changes}])


def test_what_is_read() -> None:
    one = read(changed(summary="a hole", aliases=["CVE-2026-0001"]))
    assert (one.id, one.summary, one.aliases) == (WHOLE["id"], "a hole", ("CVE-2026-0001",))
    ((block,),) = [one.affected]  # type: ignore[misc]
    assert [(event.introduced, event.fixed) for event in block.ranges[0].events] == [("0", None), (None, "3")]


@pytest.mark.parametrize("name", ["aliases", "upstream", "severity", "affected"])
def test_null_is_an_empty_list_where_the_schema_has_it(name: str) -> None:
    assert getattr(read(changed(**{name: None})), name) is None


def test_fields_that_nobody_reads_hold_what_they_like() -> None:
    assert read(changed(references=7, some_new_field={"a": [1]}, database_specific=["x"])).id == WHOLE["id"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "truncated"),
        (b"[]", "Expected `object`"),
        (b"\xff\xfe", "malformed"),
        (changed(id=7), r"\$\.id"),
        (changed(id=""), "its id is empty"),
        (changed(aliases="CVE-2026-0001"), r"\$\.aliases"),
        (changed(affected={}), r"\$\.affected"),
        (changed(withdrawn=True), r"\$\.withdrawn"),
        (affected(versions=[1]), r"versions"),
        (affected(ranges=[{"type": "FANCY", "events": []}]), "Invalid enum value"),
        (affected(ranges=[{"type": "SEMVER", "events": [{}]}]), "not exactly one version"),
        (
            affected(ranges=[{"type": "SEMVER", "events": [{"introduced": "1", "fixed": "2"}]}]),
            "not exactly one version",
        ),
        (affected(package={"ecosystem": "PyPI", "name": ""}), "name is empty"),
        (affected(package={"ecosystem": "PyPI"}), "missing required field `name`"),
    ],
)
def test_what_is_no_record(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(content)


@pytest.mark.parametrize("field", ["database_specific", "nobody_reads_it"])
def test_any_depth_is_a_fault_and_no_crash(field: str) -> None:
    deep = b"[" * 200_000 + b"]" * 200_000
    with pytest.raises(ValueError, match="nested too deeply"):
        read(b'{"id": "A", "modified": "x", "%s": %s}' % (field.encode(), deep))


def test_a_million_of_anything_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    span = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}
    with pytest.raises(ValueError, match="at most"):
        read(affected(ranges=[span] * records.MOST_EVENTS))
    with pytest.raises(ValueError, match="at most"):
        read(affected(ranges=[{"type": "ECOSYSTEM", "events": []}] * (records.MOST_EVENTS + 1)))
    with pytest.raises(ValueError, match="at most"):
        read(affected(versions=["1"] * (records.MOST_VERSIONS + 1)))
    with pytest.raises(ValueError, match="at most"):
        read(changed(affected=[{}] * (records.MOST_AFFECTED + 1)))
    with pytest.raises(ValueError, match="too long"):
        read(affected(versions=["1" * 501]))
