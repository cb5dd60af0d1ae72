"""Files of base versions: three forms, one meaning, every problem at its place."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from golden_images.core.digest import Digest
from golden_images.core.ledger_file import LedgerFile
from golden_images.core.release import BaseVersion

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
A, B = Digest.of(b"A"), Digest.of(b"B")
HUB = "docker.io/library/debian:bookworm-slim"
WANTED = [
    BaseVersion(HUB, A, datetime(2024, 11, 11, tzinfo=UTC), (), "bookworm-20241111-slim", "import"),
    BaseVersion(
        "root", B, datetime(2024, 12, 2, 6, 30, tzinfo=UTC), ("linux/amd64", "linux/arm64"), "", "import"
    ),
]
JSON_LINES = "\n".join(
    json.dumps(one)
    for one in (
        {"base": "debian:bookworm-slim", "digest": A, "at": "2024-11-11", "tag": "bookworm-20241111-slim"},
        {
            "base": "root",
            "digest": B,
            "at": "2024-12-02T07:30:00+01:00",
            "platforms": ["linux/amd64", "linux/arm64"],
        },
    )
)
CSV = f"""\
base,digest,at,tag,platforms
debian:bookworm-slim,{A},2024-11-11,bookworm-20241111-slim,
root,{B},2024-12-02T06:30:00Z,,linux/amd64 linux/arm64
"""
YAML = f"""\
- base: debian:bookworm-slim
  digest: {A}
  at: 2024-11-11
  tag: bookworm-20241111-slim
- base: root
  digest: {B}
  at: 2024-12-02T06:30:00Z
  platforms: [linux/amd64, linux/arm64]
"""
ARRAY = "[\n" + ",\n".join(JSON_LINES.splitlines()) + "\n]\n"


def read(text: str | bytes) -> LedgerFile:
    content = text.encode() if isinstance(text, str) else text
    return LedgerFile(Path("past.txt"), content, NOW, frozenset({"root"}))


@pytest.mark.parametrize("text", [JSON_LINES, CSV, YAML, ARRAY, "\ufeff" + CSV, CSV.replace("\n", "\r\n")])
def test_every_form_means_the_same(text: str) -> None:
    found = read(text)
    assert found.problems == []
    assert found.versions == WANTED


@pytest.mark.parametrize("text", ["", "\n\n", "base,digest,at\n"])
def test_nothing_is_no_problem(text: str) -> None:
    assert (read(text).versions, read(text).problems) == ([], [])


def lines(text: str | bytes) -> list[str]:
    return [str(problem).splitlines()[0] for problem in read(text).problems]


def test_all_problems_are_told_at_their_lines() -> None:
    text = f"""\
base,digest,at,tag
debian:bookworm-slim,{A},2024-11-11,
Debian:x,sha256:12,2024-13-01,bad tag
debian:bookworm-slim,{A},2024-11-11T10:00:00,
debian:bookworm-slim,,2024-11-11,
debian:bookworm-slim,{A}
debian:bookworm-slim,{A},2027-01-01,
"""
    found = lines(text)
    assert [line.split(": ")[:2] for line in found] == [
        ["past.txt:3:1", "base"],
        ["past.txt:3:1", "digest"],
        ["past.txt:3:1", "at"],
        ["past.txt:3:1", "tag"],
        ["past.txt:4:1", "at"],
        ["past.txt:5:1", "digest"],
        ["past.txt:6:1", "has 2 cells, the first line has 4"],
        ["past.txt:7:1", "at"],
    ]
    assert "has no time zone" in found[4]
    assert "lies in the future" in found[-1]


def test_positions_in_yaml_and_json_point_at_the_value() -> None:
    (found,) = lines(YAML.replace(str(B), "sha256:0"))
    assert found.startswith("past.txt:6:11: digest: ")
    (found,) = lines(JSON_LINES.replace('"2024-11-11"', '"yesterday"'))
    assert found.startswith("past.txt:1:")
    assert "'yesterday' is no time" in found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"base": ', "past.txt:1:10: is no JSON"),
        ('{"base": "root"}\n[1]', "past.txt:2:1: is no JSON object"),
        ("base,at\nroot,2024-01-01\n", "past.txt:1:1: the first line names the columns, and has no 'digest'"),
        ('base,digest,at\n"root', "past.txt:2:1: is no CSV"),
        ("- base: [", "past.txt:2:1: did not find"),
        ("- 1\n", "past.txt:1:3: is no mapping"),
        (b"base,digest,at\n\xff", "past.txt:2:1: is not UTF-8: byte 0xff"),
        (f"- {{base: root, digest: {A}, att: 2024-01-01}}", "past.txt:1:102: att: unknown key"),
    ],
)
def test_what_cannot_be_read(text: str | bytes, told: str) -> None:
    assert any(line.startswith(told) for line in lines(text))
