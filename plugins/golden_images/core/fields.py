"""Checks of single values, as types for the models; each says what is wrong and what was meant."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from golden_images.core import date_pattern
from golden_images.core.names import may_be_channel
from golden_images.core.problem import closest
from golden_images.core.reference import Reference, valid_repository, valid_tag

NAME = r"^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$"
Name = Annotated[str, Field(pattern=NAME, max_length=100)]

#: A file system takes no longer name.
_LONGEST = 255
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]|(?:^|/)-")
_ARGUMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Source: OCI image specification, "platform"; architectures are Go's.
_PLATFORMS = (
    *("linux/amd64", "linux/amd64/v2", "linux/amd64/v3", "linux/amd64/v4", "linux/386"),
    *("linux/arm64", "linux/arm64/v8", "linux/arm/v5", "linux/arm/v6", "linux/arm/v7"),
    *("linux/loong64", "linux/mips64le", "linux/ppc64le", "linux/riscv64", "linux/s390x"),
)
#: What looks like a tag of ours is no channel either; the forms of ours: golden_images.core.names.
_LIKE_OURS = re.compile(r"build-.*|sha256-.*|\d{4}\.\d{2}\.\d{2}-.*")


def wrong(message: str, *, suggestion: str = "", at: str | int = "") -> PydanticCustomError:
    """A finding about a value; ``at`` is the key or the index of the part that it is about."""
    context = {"text": message, "suggestion": suggestion, "at": at}
    return PydanticCustomError("golden_images", "{text}", context)


@cache
def _cron_fault(expression: str) -> str:
    """Empty if Airflow's own cron library takes it and it ever fires. Cached: images share a few."""
    from datetime import UTC, datetime

    from croniter import CroniterBadDateError, CroniterError, croniter

    try:
        cron = croniter(expression, datetime(2024, 1, 1, tzinfo=UTC))
        if len(cron.expanded) != 5:
            return "has seconds or years; five fields are needed: minute hour day month weekday"
        cron.get_next()
    except CroniterBadDateError:
        return "it never comes to pass"
    except (CroniterError, ValueError, KeyError, AttributeError) as error:
        return str(error) or "cannot be read"
    return ""


def check_cron(text: str) -> str:
    fault = _cron_fault(text)
    if fault:
        raise wrong(f"{text!r} is no cron expression (such as '0 2 * * *'): {fault}")
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
    if _UNFIT.search(text):
        # Tools would take it for an option, and logs for two lines.
        raise wrong(f"{text!r} has a control character, or a part that begins with a dash")
    if len(text) > _LONGEST:
        raise wrong(f"has {len(text)} characters, at most {_LONGEST} are allowed")
    if path.is_absolute() or text.startswith("~") or "\\" in text:
        raise wrong(f"{text!r} is not a relative path with forward slashes")
    if ".." in path.parts:
        raise wrong(f"{text!r} leaves its folder through '..'")
    if not path.parts:
        raise wrong(f"{text!r} names nothing inside its folder")
    return text


def check_platform(platform: str) -> str:
    if platform not in _PLATFORMS:
        message = f"{platform!r} is no platform of Linux containers (os/architecture[/variant])"
        raise wrong(message, suggestion=closest(platform, _PLATFORMS))
    return platform


def check_distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise wrong(f"{value!r} is named twice", at=index)
    return values


def check_argument(name: str) -> str:
    if name == "BASE":
        raise wrong("is reserved: the base image's digest is passed in it")
    if name == "BUILDKIT_SYNTAX":
        raise wrong("is reserved: the engine would fetch another frontend, which is pinned by nobody")
    if not _ARGUMENT.fullmatch(name):
        raise wrong(f"{name!r} is no name of a build argument (letters, digits and _)")
    return name


def check_host(text: str) -> str:
    """``host[:port]`` as it stands in references."""
    try:
        parsed = Reference.parse(f"{text}/repository").registry
    except ValueError:
        parsed = ""
    if not text or parsed != text:
        raise wrong(f"{text!r} is no registry host (host[:port], such as docker.io)")
    return text


def check_date_pattern(text: str) -> str:
    if fault := date_pattern.fault(text):
        raise wrong(fault)
    return text


def check_channel(name: str) -> str:
    """``latest`` is allowed: it is a channel like others, if an organisation wants one."""
    if not may_be_channel(name) or _LIKE_OURS.fullmatch(name) or not valid_tag(name):
        raise wrong(
            f"{name!r} is reserved: build-…, sha256-…, dates and ….release, .move, .judgement, .plan are"
            " tags of ours"
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
Platform = Annotated[str, AfterValidator(check_platform)]
Platforms = Annotated[tuple[Platform, ...], Field(min_length=1), AfterValidator(check_distinct)]
ArgumentName = Annotated[str, AfterValidator(check_argument)]
RegistryHost = Annotated[str, AfterValidator(check_host)]
DatePattern = Annotated[str, AfterValidator(check_date_pattern)]
ChannelName = Annotated[Name, AfterValidator(check_channel)]
ChannelNames = Annotated[tuple[ChannelName, ...], AfterValidator(check_distinct)]
Namespace = Annotated[str, AfterValidator(check_namespace)]
