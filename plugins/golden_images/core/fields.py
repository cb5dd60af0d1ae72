"""Checks of single values, as types for the models; each says what is wrong and what was meant."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from golden_images.core.names import is_version
from golden_images.core.problem import closest
from golden_images.core.reference import Reference, valid_repository, valid_tag

NAME = r"^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$"
Name = Annotated[str, Field(pattern=NAME, max_length=100)]

_ARGUMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLATFORM = re.compile(r"[a-z0-9]+/[a-z0-9_]+(?:/v[0-9]+)?")
_RESERVED_LABEL = "io.golden-images."
#: Release versions begin so; candidates, evidence, records: see golden_images.core.names.
_RESERVED_CHANNEL = re.compile(r"build-.*|sha256-.*|\d{4}\.\d{2}\.\d{2}-.*|.*\.(?:release|move|plan)")


def wrong(message: str, *, suggestion: str = "", at: str = "") -> PydanticCustomError:
    """A finding about a value; ``at`` names the part of a mapping that it is about."""
    context = {"text": message, "suggestion": suggestion, "at": at}
    return PydanticCustomError("golden_images", "{text}", context)


@cache
def _cron_fault(expression: str) -> str:
    """Empty if Airflow's own cron library takes it and it ever fires. Cached: images share a few."""
    from datetime import UTC, datetime

    from croniter import CroniterError, croniter

    try:
        cron = croniter(expression, datetime(2024, 1, 1, tzinfo=UTC))
        if len(cron.expanded) != 5:
            return "has seconds or years; five fields are needed: minute hour day month weekday"
        cron.get_next()
    except (CroniterError, ValueError, KeyError, AttributeError) as error:
        return str(error) or "cannot be read"
    return ""


def check_cron(text: str) -> str:
    fault = _cron_fault(text)
    if fault:
        raise wrong(f"{text!r} is no cron expression such as '0 2 * * *': {fault}")
    return text


@cache
def _known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        return False
    except KeyError:
        return False
    return True


def check_zone(name: str) -> str:
    if not _known_zone(name):
        raise wrong(
            f"{name!r} is no time zone (IANA name, such as Europe/Berlin)",
            suggestion=closest(name, available_timezones()),
        )
    return name


def check_reference(text: str) -> str:
    try:
        Reference.parse(text)
    except ValueError as error:
        raise wrong(f"{text!r} is no image reference: {error}") from None
    return text


def check_inside(text: str) -> str:
    """A relative path that stays below its folder by its words alone (links: see golden_images.checking)."""
    path = PurePosixPath(text)
    if path.is_absolute() or text.startswith("~") or "\\" in text:
        raise wrong(f"{text!r} is not a relative path with forward slashes")
    if ".." in path.parts:
        raise wrong(f"{text!r} leaves its folder through '..'")
    if not path.parts:
        raise wrong(f"{text!r} names nothing inside its folder")
    return text


def check_platforms(platforms: tuple[str, ...]) -> tuple[str, ...]:
    for platform in platforms:
        if not _PLATFORM.fullmatch(platform):
            known = ("linux/amd64", "linux/arm64", "linux/arm/v7", "linux/ppc64le", "linux/s390x")
            raise wrong(
                f"{platform!r} is no platform (os/architecture[/variant])",
                suggestion=closest(platform, known),
            )
    return check_distinct(platforms)


def check_distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise wrong(f"{value!r} is named twice")
    return values


def check_arguments(arguments: dict[str, str]) -> dict[str, str]:
    for name in arguments:
        if name == "BASE":
            raise wrong("BASE is reserved: the base image's digest is passed in it", at=name)
        if not _ARGUMENT.fullmatch(name):
            raise wrong(f"{name!r} is no name of a build argument (letters, digits and _)", at=name)
    return arguments


def check_labels(labels: dict[str, str]) -> dict[str, str]:
    for name in labels:
        if name.startswith(_RESERVED_LABEL):
            raise wrong(f"labels below {_RESERVED_LABEL} are reserved", at=name)
    return labels


def check_date_pattern(text: str) -> str:
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise wrong(f"is no regular expression: {error}") from None
    if "date" not in pattern.groupindex:
        raise wrong("has no group (?P<date>…) that tells the date in a tag")
    return text


def check_channel(name: str) -> str:
    """``latest`` is allowed: it is a channel like others, if an organisation wants one."""
    if is_version(name) or _RESERVED_CHANNEL.fullmatch(name) or not valid_tag(name):
        raise wrong(
            f"{name!r} is reserved: build-…, sha256-…, dates and ….release, .move, .plan are tags of ours"
        )
    return name


def check_namespace(text: str) -> str:
    if text and not valid_repository(text):
        raise wrong(f"{text!r} is no repository prefix (lower case, digits, . _ - and /)")
    return text


Cron = Annotated[str, AfterValidator(check_cron)]
TimeZone = Annotated[str, AfterValidator(check_zone)]
ImageReference = Annotated[str, AfterValidator(check_reference)]
#: A path inside a folder: relative, never outside.
InsidePath = Annotated[str, AfterValidator(check_inside)]
Platforms = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(check_platforms)]
Arguments = Annotated[dict[str, str], AfterValidator(check_arguments)]
Labels = Annotated[dict[str, str], AfterValidator(check_labels)]
DatePattern = Annotated[str, AfterValidator(check_date_pattern)]
ChannelName = Annotated[Name, AfterValidator(check_channel)]
ChannelNames = Annotated[tuple[str, ...], AfterValidator(check_distinct)]
Namespace = Annotated[str, AfterValidator(check_namespace)]
