"""A policy as a build plan holds it: part of the demands, with a digest, and told apart field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from golden_images.core.difference import Change, differences
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.policy.model import Policy


class PolicyDemand(BaseModel):
    """``asked`` is all that the policy asks of one image, defaults left out: a new kind of rule changes no
    digest. ``rego`` is the text of its file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    asked: dict[str, Any] = {}
    rego: str = ""

    @classmethod
    def of(cls, policy: Policy, rego: str) -> PolicyDemand:
        return cls(name=policy.name, asked=dict(policy.asked()), rego=rego)

    def policy(self) -> Policy:
        """Raises ValueError for one that this version does not know."""
        return Policy.model_validate({"schema": 1, "name": self.name, **self.asked})

    @property
    def digest(self) -> Digest:
        return Digest.of(canonical_json(self.model_dump(mode="json")))


def changes(before: PolicyDemand | None, after: PolicyDemand | None) -> list[Change]:
    """``policy.vulnerabilities.high or worse, unfixed: none → warn``."""
    if before == after:
        return []
    if before is None or after is None or before.name != after.name:
        return [Change("policy", before.name if before else "", after.name if after else "")]
    found = differences(_spelled(before), _spelled(after), "policy")
    if before.rego != after.rego:
        old, new = (Digest.of(one.rego.encode()).short for one in (before, after))
        found.append(Change("policy.rego", old, new))
    return found or [Change("policy", before.digest.short, after.digest.short)]


def _spelled(demand: PolicyDemand) -> Mapping[str, Any]:
    """Lists by what their entries are about, so that one more is told as that one."""
    try:
        policy = demand.policy()
    except ValidationError:
        return demand.asked
    rules = {
        "vulnerabilities": _titled(policy.vulnerabilities),
        "support": _titled(policy.support),
        "licences": _titled(policy.licences),
        "packages": _titled(policy.packages),
    }
    names = {
        name: dict.fromkeys(getattr(policy, name), "asked for")
        for name in ("stages", "scanners", "annotations", "labels")
    }
    return {**demand.asked, **rules, **names}


def _titled(rules: Sequence[Any]) -> dict[str, str]:
    """What each rule does; one that no waiver lifts says so."""
    return {rule.title: rule.action if rule.waivable else f"{rule.action}, never waived" for rule in rules}
