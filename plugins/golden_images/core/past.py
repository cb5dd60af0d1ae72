"""Build plans that this version or one before it wrote.

Version 1 hashed stage options and tests into the build id. What makes bytes is in it all the same, so
that a release of then is recognised, and not built again for the new form's sake.
"""

from __future__ import annotations

import json
from typing import Any

from golden_images.core.base import Base
from golden_images.core.definition import Build, makes_bytes
from golden_images.core.plan import SCHEMA_VERSION, BuildPlan


def parse(content: bytes) -> BuildPlan:
    """A plan of any version known here. Raises ValueError (pydantic's ValidationError is one).

    Of one of version 1, ``inputs.context`` is the digest of the whole context archive, and
    ``demands`` holds options with their defaults and nothing of the tests: whoever compares it has
    to look into the archive (:mod:`golden_images.planning.past`).
    """
    document = json.loads(content)
    if isinstance(document, dict) and document.get("schema_version") == 1:
        document = _from_version_1(document)
    plan = BuildPlan.model_validate(document)
    if plan.schema_version not in (1, SCHEMA_VERSION):
        raise ValueError(f"it has version {plan.schema_version}, this program knows {SCHEMA_VERSION}")
    return plan


def suite_of(plan: BuildPlan) -> str:
    """The folder of the tests of a plan of version 1, by the name that their stage had then."""
    tests = plan.demands.stages.get("test")
    return str((tests.options if tests else {}).get("suite", "tests"))


def _from_version_1(document: dict[str, Any]) -> dict[str, Any]:
    inputs = document.get("inputs")
    if not isinstance(inputs, dict) or not isinstance(inputs.get("definition"), dict):
        raise ValueError("its inputs cannot be read")
    was = inputs["definition"]
    build = Build.model_validate(was.get("build"))
    definition = makes_bytes(Base.model_validate(was.get("base")), build, was.get("labels") or {})
    kept = {key: value for key, value in inputs.items() if key not in ("definition", "args")}
    stages = {name: {"options": options} for name, options in (was.get("stages") or {}).items()}
    return {**document, "inputs": {**kept, "definition": definition}, "demands": {"stages": stages}}
