"""The regular expression that tells the date in a registry's tags: an author's pattern over a
stranger's texts, so it has to be one that ends soon on whatever it is shown."""

from __future__ import annotations

import re

LONGEST = 200
#: A tag has at most 128 characters: three open repetitions are some hundred thousand steps.
_REPETITIONS = 3
#: Each doubles the ways through the pattern.
_CHOICES = 8
_ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_PLAIN_GROUP = re.compile(r"\(\?(?:P<\w+>|:|<?[=!])")
_REPEATED = re.compile(r"[*+]|\{\d*,\d*\}")


def fault(text: str) -> str:
    """What is wrong with the pattern; or nothing."""
    if len(text) > LONGEST:
        return f"has {len(text)} characters, at most {LONGEST} are allowed"
    try:
        pattern = re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        return f"is no regular expression: {error}"
    if "date" not in pattern.groupindex:
        return "has no group (?P<date>…) that tells the date in a tag"
    return _endless(_PLAIN_GROUP.sub("(", _ATOM.sub("x", text)))


def _endless(bare: str) -> str:
    """What could keep the pattern busy for ever. ``bare`` has one letter for each class and escape."""
    if "(?" in bare:
        return "has flags or conditions in it; plain groups, (?:…) and (?P<date>…) are allowed"
    if re.search(r"\)(?:[*+]|\{)", bare):
        return "repeats a group, which some tag may keep busy for ever; repeat single characters"
    # The question mark behind a repetition makes it lazy; it is no choice of its own.
    repetitions = len(_REPEATED.findall(bare))
    choices = _REPEATED.sub("x", re.sub(r"([*+}])[?+]", r"\1", bare))
    if repetitions > _REPETITIONS or choices.count("?") + choices.count("|") > _CHOICES:
        return f"has too many choices: at most {_REPETITIONS} open repetitions and {_CHOICES} of ? and |"
    return ""
