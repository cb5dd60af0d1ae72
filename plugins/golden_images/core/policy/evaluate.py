"""A policy, asked about one digest: every rule, what it saw and how it decided. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from golden_images.core.closed import Closed
from golden_images.core.policy import ages, contents, rego, required, vulnerabilities
from golden_images.core.policy.input import PolicyInput
from golden_images.core.policy.model import Policy
from golden_images.core.policy.verdict import Decision, PolicyVerdict, RuleOutcome
from golden_images.core.waivers.match import Waived
from golden_images.core.waivers.model import Terms

_ORDER = (Decision.FAIL, Decision.WARN, Decision.PASS)


def evaluate(
    policy: Policy,
    waivers: Iterable[Terms],
    seen: PolicyInput,
    options: Mapping[str, Closed],
    rego_module: str = "",
) -> PolicyVerdict:
    """``options``: the stages' by name, as the image has them. ``rego_module``: the text of the file that
    the policy names. What fails comes first, and of that what matters most."""
    found = list(_outcomes(policy, Waived(waivers), seen, options, rego_module))
    return PolicyVerdict(
        policy=policy.name, rules=tuple(sorted(found, key=lambda one: _ORDER.index(one.decision)))
    )


def _outcomes(
    policy: Policy,
    waivers: Waived,
    seen: PolicyInput,
    options: Mapping[str, Closed],
    rego_module: str,
) -> Iterator[RuleOutcome]:
    # What was not looked at comes first: nothing after it can be believed to be all.
    yield from required.stages(policy, seen)
    yield from required.scanners(policy, seen)
    yield from ages.databases(policy.ages, seen)
    yield from vulnerabilities.judged(policy.vulnerabilities, waivers, seen)
    yield from vulnerabilities.support(policy.support, waivers, seen)
    yield from contents.packages(policy.packages, waivers, seen)
    yield from contents.licences(policy.licences, waivers, seen)
    if policy.rego is not None:
        yield from rego.judged(policy.rego, rego_module, seen)
    yield from required.compliance(policy.compliance, seen)
    yield from required.options(policy, options)
    yield from required.said(policy, seen)
    yield from ages.base(policy.ages, seen)
