"""Findings of every tool have one form, one line and one JSON."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from golden_images.core.findings import Finding, Level, Severity

CVE = Finding(
    id="DSA-5000-1",
    aliases=("CVE-2026-1",),
    package="pkg:deb/debian/zlib1g@1.2",
    where="/var/lib/dpkg/status",
    severity=Severity(level=Level.HIGH, source="nvd"),
    fixed_version="1.3",
    message="a buffer overflows",
)


def test_the_whole_of_a_finding_comes_back_from_json() -> None:
    for finding in (CVE, Finding(id="test_port")):
        assert Finding.model_validate_json(finding.model_dump_json()) == finding


@pytest.mark.parametrize(
    "change", [{"id": ""}, {"package": "zlib1g"}, {"severity": {"level": "bad", "source": "x"}}, {"line": 3}]
)
def test_what_is_no_finding_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Finding.model_validate(CVE.model_dump() | change)


def test_a_finding_is_told_in_one_line() -> None:
    assert str(CVE) == (
        "/var/lib/dpkg/status: DSA-5000-1 high: a buffer overflows (pkg:deb/debian/zlib1g@1.2, fixed in 1.3)"
    )
    warning = Severity(level=Level.MEDIUM, source="hadolint", word="warning")
    lint = Finding(id="DL3008", where="Dockerfile:3", severity=warning, message="Pin\nversions \x1b[31m")
    assert str(lint) == "Dockerfile:3: DL3008 warning: Pin versions \ufffd[31m"
    assert str(Finding(id="test_port")) == "test_port"


def test_what_nobody_rated_may_be_the_worst() -> None:
    assert all(Level.UNKNOWN.reaches(level) for level in Level)
    assert Level.HIGH.reaches(Level.MEDIUM)
    assert not Level.LOW.reaches(Level.MEDIUM)
