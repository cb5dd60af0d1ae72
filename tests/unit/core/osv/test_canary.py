"""A version that an advisory affects, found by what would find it."""

from __future__ import annotations

from typing import Any

import pytest

from golden_images.core.osv.canary import affected_by
from golden_images.core.osv.record import Record
from tests.unit.core.osv.advisories import before, block, record, span


def of(*blocks: dict[str, Any], **more: Any) -> Record:
    return record("A", *blocks, **more)


@pytest.mark.parametrize(
    ("ecosystem", "release", "affected", "expected"),
    [
        ("Debian", "12", block("openssl", before("3.0.15-1~deb12u1")), ("openssl", "0")),
        ("Debian", "12", block("g++", before("1:2"), ecosystem="Debian"), ("g++", "0")),
        ("Ubuntu", "22.04", block("openssl", before("3"), ecosystem="Ubuntu:22.04:LTS"), ("openssl", "0")),
        ("Alpine", "v3.20", block("musl", before("1.2.4-r1"), ecosystem="Alpine:v3.20"), ("musl", "0")),
        (
            "PyPI",
            "",
            block("Flask", span({"introduced": "2.0"}, {"fixed": "2.1"}), ecosystem="PyPI"),
            ("Flask", "2.0"),
        ),
        ("PyPI", "", block("flask", ecosystem="PyPI", versions=["1.0"]), ("flask", "1.0")),
        ("npm", "", block("@angular/core", before("1.2.0"), ecosystem="npm"), ("@angular/core", "0.0.0")),
        (
            "Go",
            "",
            block("github.com/Azure/x", before("1.2.0"), ecosystem="Go"),
            ("github.com/Azure/x", "0.0.0"),
        ),
    ],
)
def test_one_that_is_affected(
    ecosystem: str, release: str, affected: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert affected_by(of(affected), ecosystem, release) == expected


@pytest.mark.parametrize(
    "unfit",
    [
        of(block("a", span({"introduced": "abc"}, type_="GIT"))),
        of(block("a", before("2")), withdrawn="2026-11-02T00:00:00Z"),
        of(block("a", before("2"), ecosystem="Debian:11")),
        of(block("a", before("2"), ecosystem="PyPI")),
        of(block("a", before("0"))),
        of(block("a")),
        of(),
    ],
)
def test_a_record_that_will_not_do(unfit: Record) -> None:
    assert affected_by(unfit, "Debian", "12") is None
