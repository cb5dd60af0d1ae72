"""Policies, waivers and what they are asked about, as short as a test needs them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from golden_images.core.closed import Closed
from golden_images.core.definition import Definition
from golden_images.core.policy.evaluate import evaluate
from golden_images.core.policy.input import PackageSeen, PolicyInput, ScanSeen, VulnerabilitySeen
from golden_images.core.policy.model import Policy
from golden_images.core.policy.verdict import PolicyVerdict, RuleOutcome
from golden_images.core.scanning import Database
from golden_images.core.waivers.model import Waiver
from golden_images.pipeline import demands, policy_table

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DIGEST = f"sha256:{'a' * 64}"


def policy(**fields: Any) -> Policy:
    return Policy.model_validate({"schema": 1, "name": "strict", **fields})


def waiver(finding: str = "CVE-2026-1", **fields: Any) -> Waiver:
    return Waiver.model_validate(
        {
            "finding": finding,
            "images": ["web"],
            "status": "not_affected",
            "justification": "vulnerable_code_not_present",
            "owner": "platform",
            "reason": "The module is not compiled in.",
            "expires": "2026-12-31",
            **fields,
        }
    )


def database(name: str = "osv", **fields: Any) -> Database:
    found = {"version": "1", "built": NOW, "digest": f"sha256:{'d' * 64}", "records": 50_000}
    return Database(**{"name": name, **found, **fields})


def scan(scanner: str = "osv", **fields: Any) -> ScanSeen:
    return ScanSeen(scanner=scanner, version="1", database=database(scanner, **fields))


def vulnerability(id_: str = "CVE-2026-1", severity: str = "critical", **fields: Any) -> VulnerabilitySeen:
    return VulnerabilitySeen.model_validate(
        {
            "id": id_,
            "package": "pkg:deb/debian/openssl@3.0.14-1",
            "severity": severity,
            "fixed_versions": ("3.0.15-1",),
            "scanners": ("osv",),
            **fields,
        }
    )


def package(name: str, *licences: str, version: str = "1.0", purl: str = "") -> PackageSeen:
    return PackageSeen(
        name=name, version=version, purl=purl or f"pkg:deb/debian/{name}@{version}", licences=licences
    )


def seen(**fields: Any) -> PolicyInput:
    """One scanner has answered, and found nothing."""
    return PolicyInput(**{"image": "web", "digest": DIGEST, "now": NOW, "scans": (scan(),), **fields})


def options(definition: Definition) -> dict[str, Closed]:
    return {one.stage: one.options for one in demands(definition)}


def judge(asked: Policy, found: PolicyInput, *waivers: Waiver) -> PolicyVerdict:
    return evaluate(asked, waivers, found, {})


def only(asked: Policy, found: PolicyInput, *waivers: Waiver) -> RuleOutcome:
    """The outcome of a policy's one rule."""
    (outcome,) = judge(asked, found, *waivers).rules
    return outcome


def project(root: Path, *, default: str | None = "strict", **files: str) -> Path:
    """A project with one image on an external base; ``files`` are written below ``include``, ``__`` in
    their names stands for a slash."""
    include = root / "include"
    (include / "images").mkdir(parents=True, exist_ok=True)
    named = f"defaults: {{policy: {default}}}\n" if default else ""
    (include / "golden_images.yaml").write_text(f"schema: 1\n{named}")
    written = {"images__web": WEB, **files}
    for name, text in written.items():
        path = include / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return root


WEB = "schema: 1\nname: web\ndescription: The web.\nowner: platform\nbase: {reference: debian}\n"
TABLE = policy_table()
