"""Rules about what has to be there: stages, scanners, compliance, annotations, labels, floors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from golden_images.core.closed import Closed
from golden_images.core.policy import floors
from golden_images.core.policy.input import PolicyInput
from golden_images.core.policy.model import Compliance, Policy
from golden_images.core.policy.outcome import plain, unknown
from golden_images.core.policy.verdict import Held, RuleOutcome


def stages(policy: Policy, seen: PolicyInput) -> Iterator[RuleOutcome]:
    for name in policy.stages:
        title, found = f"{name} has passed", seen.evidence.get(name)
        if found is None:
            yield plain(title, "does not apply to this image", ())
        elif found.passed:
            yield plain(title, "it has", ())
        else:
            what = "; ".join(found.problems) or "it has not"
            held = Held(what=f"{name}: {what}", remedy=f"mend what {name} found, and clear it")
            yield plain(title, what, [held]).model_copy(update={"stage": name})


def scanners(policy: Policy, seen: PolicyInput) -> Iterator[RuleOutcome]:
    answered = {one.scanner: one for one in seen.scans}
    for name in policy.scanners:
        title = f"the scanner {name} has answered"
        if name in answered:
            one = answered[name].database
            yield plain(title, f"by {one.name} of {one.built:%Y-%m-%d}, {one.records} records", ())
        else:
            yield unknown(
                title, "it has not", f"clear the task that asks it; the worker needs {name} and its database"
            )


def compliance(asked: Compliance | None, seen: PolicyInput) -> Iterator[RuleOutcome]:
    if asked is None:
        return
    title, found = "compliance", seen.compliance
    if found is None:
        if asked.optional:
            yield plain(title, "no stage checks it yet", ())
        else:
            yield unknown(title, "nobody has checked it", "clear the stage that checks it")
        return
    held = []
    if asked.minimum_score is not None and found.score < asked.minimum_score:
        what = f"a score of {found.score:g}, at least {asked.minimum_score:g} is wanted"
        held.append(Held(what=what, remedy="mend the rules that failed"))
    for rule in asked.must_pass:
        if rule in found.failed:
            held.append(Held(what=f"{rule} failed", remedy=f"mend {rule}"))
    yield plain(title, f"a score of {found.score:g}, {len(found.failed)} rules failed", held, asked.action)


def said(policy: Policy, seen: PolicyInput) -> Iterator[RuleOutcome]:
    """What the image says of itself."""
    for kind, asked, given, where in (
        ("annotation", policy.annotations, seen.annotations, "about"),
        ("label", policy.labels, seen.labels, "labels or about"),
    ):
        for name in asked:
            text = given.get(name, "")
            title = f"the {kind} {name} is there"
            held = Held(
                what=f"there is no {kind} {name}", remedy=f"say {name} below {where} in the definition"
            )
            yield plain(title, text or "it is not", () if text else [held])


def options(policy: Policy, given: Mapping[str, Closed]) -> Iterator[RuleOutcome]:
    below = {(stage, option): what for stage, option, what in floors.below(policy.floors, given)}
    for stage, asked in policy.floors.items():
        for option, floor in asked.items():
            title = f"stages.{stage}.{option} is no looser than {floors.told(floor)}"
            if stage not in given:
                yield plain(title, "does not apply to this image", ())
            elif what := below.get((stage, option)):
                remedy = f"set stages.{stage}.{option} to {floors.told(floor)}, or stricter"
                yield plain(title, what, [Held(what=f"stages.{stage}.{option} {what}", remedy=remedy)])
            else:
                yield plain(title, "it is not", ())
