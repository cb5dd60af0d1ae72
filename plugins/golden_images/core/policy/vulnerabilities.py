"""Rules about vulnerabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from golden_images.core.findings import Level
from golden_images.core.policy.input import NoticeSeen, PolicyInput, VulnerabilitySeen
from golden_images.core.policy.model import SupportRule, VulnerabilityRule
from golden_images.core.policy.outcome import Found, outcome, unknown
from golden_images.core.policy.verdict import Held, RuleOutcome
from golden_images.core.scanning import SUPPORT_ENDED, SUPPORT_LIMITED
from golden_images.core.waivers.match import Waived
from golden_images.core.words import count

#: The lists that a rule reads besides scanners' answers.
KEV, EPSS = "kev", "epss"
#: The scanner that knows whose support has ended.
DISTRO = "distro"


def judged(rules: Sequence[VulnerabilityRule], waivers: Waived, seen: PolicyInput) -> Iterator[RuleOutcome]:
    """The rules about the worst first."""
    for rule in sorted(rules, key=_weight):
        if lacking := _lacking(rule, seen):
            yield unknown(rule.title, lacking, "run the scan with what is missing", rule)
            continue
        found = [
            Found(_held(one, rule), _names(one)) for one in seen.vulnerabilities if matches(rule, one, seen)
        ]
        told = f"of {count(len(seen.vulnerabilities), 'vulnerability', 'vulnerabilities')}"
        yield outcome(rule.title, rule, found, waivers, seen, told)


def support(rules: Sequence[SupportRule], waivers: Waived, seen: PolicyInput) -> Iterator[RuleOutcome]:
    """What the scanner of the distribution says of its packages' security support."""
    for rule in rules:
        if DISTRO not in {one.scanner for one in seen.scans}:
            yield unknown(
                rule.title, f"the scanner {DISTRO} has not answered", "clear the task that asks it", rule
            )
            continue
        wanted = {"ended": SUPPORT_ENDED, "limited": SUPPORT_LIMITED}[rule.state]
        found = [Found(_noticed(one), (one.id,)) for one in seen.notices if one.id == wanted]
        yield outcome(rule.title, rule, found, waivers, seen, "packages")


def _noticed(one: NoticeSeen) -> Held:
    package = named(one.package)
    what = f"{package}: {one.message or one.id}"
    return Held(
        finding=one.id, package=one.package, what=what, remedy=f"take {package} out, or another source"
    )


def matches(rule: VulnerabilityRule, one: VulnerabilitySeen, seen: PolicyInput) -> bool:
    return (
        (rule.severity is None or one.severity.reaches(Level(rule.severity)))
        and (rule.fixed is None or rule.fixed == bool(one.fixed_versions))
        and (rule.exploited is None or one.exploited is not None)
        and (rule.probability is None or (one.probability or 0) >= rule.probability)
        and (rule.for_more_than_days is None or _older(rule.for_more_than_days, one, seen))
    )


def _older(days: int, one: VulnerabilitySeen, seen: PolicyInput) -> bool:
    """One whose day nobody knows counts as that old, and so does a day to come: zones differ by one."""
    if one.fixed_since is None:
        return True
    old = (seen.now.date() - one.fixed_since).days
    return old > days or old < -1


def _lacking(rule: VulnerabilityRule, seen: PolicyInput) -> str:
    lists = {one.name for one in seen.lists}
    if not seen.scans:
        return "no scanner has answered"
    if rule.exploited and KEV not in lists:
        return "there is no list of what is exploited (kev)"
    if rule.probability is not None and EPSS not in lists:
        return "there is no list of probabilities (epss)"
    return ""


def _weight(rule: VulnerabilityRule) -> tuple[bool, bool, int, bool]:
    level = list(Level).index(Level(rule.severity)) if rule.severity else -1
    return rule.action != "fail", not rule.exploited, -level, rule.fixed is not True


def _names(one: VulnerabilitySeen) -> tuple[str, ...]:
    return (one.id, *one.aliases)


def _held(one: VulnerabilitySeen, rule: VulnerabilityRule) -> Held:
    package = named(one.package)
    fixed = " or ".join(one.fixed_versions)
    rated = "unrated" if one.severity is Level.UNKNOWN else str(one.severity)
    about = [f"fixed in {fixed}" if fixed else "no fix known"]
    about += [f"exploited since {one.exploited}"] if one.exploited else []
    about += [f"by {', '.join(one.scanners)}"] if one.scanners else []
    remedy = f"update {package} to {fixed}" if fixed else f"no fix is known: take {package} out"
    if not fixed and rule.waivable:
        remedy += ", or waive in include/waivers with a reason"
    return Held(
        finding=one.id,
        package=one.package,
        what=f"{one.id} {rated} in {package} ({'; '.join(about)})",
        remedy=remedy,
    )


@lru_cache(maxsize=4096)
def named(purl: str) -> str:
    """``openssl 3.0.14-1`` for its package URL."""
    from packageurl import PackageURL

    try:
        package = PackageURL.from_string(purl)
    except ValueError:
        return purl
    return f"{package.name} {package.version}" if package.version else str(package.name)
