"""A policy with what one image asks of itself beyond it: never with less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from golden_images.core.closed import Closed
from golden_images.core.plain import Loc
from golden_images.core.policy import floors
from golden_images.core.policy.model import Age, Ages, Choice, Compliance, Policy, WaiverLimits

_T = TypeVar("_T")
_WARN, _FAIL = "warn", "fail"
_LISTS = (
    *("stages", "scanners", "vulnerabilities", "support", "licences", "packages"),
    *("annotations", "labels"),
)


@dataclass(frozen=True, slots=True)
class Looser:
    """``loc`` is inside the definition's ``policy``."""

    loc: Loc
    message: str


def looser(policy: Policy, choice: Choice, options: Mapping[str, type[Closed]]) -> Iterator[Looser]:
    """What ``choice`` asks less of than ``policy`` does. ``options`` are the stages' by name. Lists are added
    to the policy's, so that they never ask less."""
    yield from _compliance(policy.compliance, choice.compliance, policy.name)
    for loc, given in _ages(choice.ages):
        of = policy.ages.base if loc[-1] == "base" else policy.ages.of_database(str(loc[-1]))
        if of is not None and given.days > of.days:
            yield Looser((*loc, "days"), _less(given.days, policy.name, f"at most {of.days}"))
        if (
            of is not None
            and of.action == _FAIL
            and "action" in given.model_fields_set
            and given.action == _WARN
        ):
            yield Looser((*loc, "action"), _less(_WARN, policy.name, _FAIL))
    if choice.waivers and choice.waivers.longest_days > policy.longest_waiver_days:
        asked = f"at most {policy.longest_waiver_days}"
        yield Looser(("waivers", "longest_days"), _less(choice.waivers.longest_days, policy.name, asked))
    for stage, given_floors in choice.floors.items():
        for option, value in given_floors.items():
            floor = policy.floors.get(stage, {}).get(option)
            field = options[stage].model_fields.get(option) if stage in options else None
            if floor is None or field is None or floors.fault(stage, option, value, options[stage])[0]:
                continue
            if floors.looser(field, value, floor):
                yield Looser(
                    ("floors", stage, option), _less(floors.told(value), policy.name, floors.told(floor))
                )


def together(policy: Policy, choice: Choice) -> Policy:
    """All that both ask for; of two values the stricter one. ``choice`` asks for nothing less."""
    asked = {
        name: _union(getattr(policy, name), getattr(choice, name))
        for name in (
            "stages",
            "scanners",
            "vulnerabilities",
            "support",
            "licences",
            "packages",
            "annotations",
            "labels",
        )
    }
    longest = min(policy.longest_waiver_days, choice.longest_waiver_days if choice.waivers else 10**6)
    return policy.model_copy(
        update={
            **asked,
            "compliance": _both(policy.compliance, choice.compliance),
            "ages": _stricter_ages(policy.ages, choice.ages),
            "floors": {
                stage: {**policy.floors.get(stage, {}), **choice.floors.get(stage, {})}
                for stage in {**policy.floors, **choice.floors}
            },
            "waivers": WaiverLimits(longest_days=longest) if policy.waivers or choice.waivers else None,
        }
    )


def _less(given: object, policy: str, asked: str) -> str:
    return (
        f"{given} is looser than the policy {policy}, which asks for {asked}; an image can only ask for more"
    )


def _compliance(policy: Compliance | None, choice: Compliance | None, name: str) -> Iterator[Looser]:
    if policy is None or choice is None:
        return
    given, asked = choice.minimum_score, policy.minimum_score
    if given is not None and asked is not None and given < asked:
        yield Looser(("compliance", "minimum_score"), _less(given, name, f"at least {asked}"))
    if choice.optional and not policy.optional:
        yield Looser(("compliance", "optional"), _less("optional", name, "it always"))
    if "action" in choice.model_fields_set and choice.action == _WARN and policy.action == _FAIL:
        yield Looser(("compliance", "action"), _less(_WARN, name, _FAIL))


def _both(policy: Compliance | None, choice: Compliance | None) -> Compliance | None:
    if policy is None or choice is None:
        return policy or choice
    scores = [one for one in (policy.minimum_score, choice.minimum_score) if one is not None]
    return Compliance(
        minimum_score=max(scores, default=None),
        must_pass=_union(policy.must_pass, choice.must_pass),
        action="fail" if _FAIL in (policy.action, choice.action) else "warn",
        optional=policy.optional and choice.optional,
    )


def _ages(ages: Ages) -> Iterator[tuple[Loc, Age]]:
    if ages.base is not None:
        yield ("ages", "base"), ages.base
    for name, age in ages.databases.items():
        yield ("ages", "databases", name), age


def _stricter_ages(policy: Ages, choice: Ages) -> Ages:
    names = {**policy.databases, **choice.databases}
    found = {name: _younger(policy.of_database(name), choice.of_database(name)) for name in names}
    return Ages(
        base=_younger(policy.base, choice.base),
        databases={name: age for name, age in found.items() if age is not None},
    )


def _younger(one: Age | None, other: Age | None) -> Age | None:
    if one is None or other is None:
        return one or other
    action: Any = "fail" if _FAIL in (one.action, other.action) else "warn"
    return Age(days=min(one.days, other.days), action=action)


def _union(one: tuple[_T, ...], other: tuple[_T, ...]) -> tuple[_T, ...]:
    return (*one, *(item for item in other if item not in one))
