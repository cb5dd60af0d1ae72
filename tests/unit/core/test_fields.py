"""What single values may be, and what their authors are told."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from golden_images.core import fields


def told(kind: Any, value: object) -> list[dict[str, Any]]:
    """What is wrong with ``value``, as :func:`golden_images.core.fields.wrong` says it."""
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        return [item["ctx"] for item in error.errors()]
    return []


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (fields.Name, ["a", "a.b", "a-b", "a--b", "a_b", "a__b", "2x", "a" * 100]),
        (fields.Cron, ["0 2 * * *", "*/5 * * * 1-5", "0 0 29 2 *", "@daily"]),
        (fields.TimeZone, ["UTC", "Europe/Berlin"]),
        (fields.ImageReference, ["debian", "debian:12", "quay.io/a/b@sha256:" + "0" * 64]),
        (fields.InsidePath, ["a", "a/b", ".hidden", "a/./b", "a" * 255]),
        (fields.Platforms, [("linux/amd64",), ("linux/amd64", "linux/arm64/v8")]),
        (fields.ArgumentName, ["A", "_a", "base", "BASE_2"]),
        (fields.RegistryHost, ["docker.io", "localhost:5000", "[::1]:5000", "a.b"]),
        (fields.ChannelName, ["dev", "latest", "prod-eu", "builds", "1.2.3", "move"]),
        (fields.ChannelNames, [(), ("dev", "prod")]),
        (fields.Namespace, ["", "golden", "a/b"]),
        (fields.DatePattern, ["bookworm-(?P<date>[0-9]{8})-slim"]),
    ],
)
def test_what_is_meant_is_taken(kind: Any, values: list[object]) -> None:
    assert [TypeAdapter(kind).validate_python(value) for value in values] == values


@pytest.mark.parametrize("value", ["", "A", "-a", "a-", "a..b", "a___b", "a/b", "a b", "ä", "a\n", "a" * 101])
def test_a_name_is_a_part_of_a_repository(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(fields.Name).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (fields.Cron, "every night", "is no cron expression (such as '0 2 * * *')"),
        (fields.Cron, "0 2 * * * *", "has seconds or years; five fields are needed"),
        (fields.Cron, "0 0 30 2 *", "it never comes to pass"),
        (fields.Cron, "", "is no cron expression"),
        (fields.TimeZone, "../../etc/passwd", "is no time zone"),
        (fields.TimeZone, "/etc/localtime", "is no time zone"),
        (fields.TimeZone, "", "is no time zone"),
        (fields.TimeZone, "Europe", "is no time zone"),
        (fields.ImageReference, "Debian", "is no repository name"),
        (fields.ImageReference, "debian:", "is no tag"),
        (fields.InsidePath, "a\nb", "has a control character"),
        (fields.InsidePath, "a/-rf", "begins with a dash"),
        (fields.InsidePath, "a" * 256, "has 256 characters, at most 255"),
        (fields.InsidePath, "/etc", "is not a relative path"),
        (fields.InsidePath, "~root", "is not a relative path"),
        (fields.InsidePath, "a\\b", "is not a relative path"),
        (fields.InsidePath, "a/../../b", "leaves its folder"),
        (fields.InsidePath, ".", "names nothing inside"),
        (fields.InsidePath, "", "names nothing inside"),
        (fields.ArgumentName, "BASE", "is reserved"),
        (fields.ArgumentName, "BUILDKIT_SYNTAX", "is reserved: the engine would fetch another frontend"),
        (fields.ArgumentName, "2A", "is no name of a build argument"),
        (fields.ArgumentName, "A-B", "is no name of a build argument"),
        (fields.RegistryHost, "docker.io/library", "is no registry host"),
        (fields.RegistryHost, "https://docker.io", "is no registry host"),
        (fields.RegistryHost, "user@docker.io", "is no registry host"),
        (fields.RegistryHost, "docker", "is no registry host"),
        (fields.RegistryHost, "", "is no registry host"),
        (fields.Namespace, "golden/", "is no repository prefix"),
        (fields.DatePattern, "bookworm-[0-9]{8}", "date"),
    ],
)
def test_what_is_not_meant_is_told(kind: Any, value: str, text: str) -> None:
    (found,) = told(kind, value)
    assert text in found["text"]


@pytest.mark.parametrize(
    "name",
    [
        "build-1",
        "sha256-ab",
        "2026.11.23-1a2b3c4d",
        "2026.11.23-x",
        "1.release",
        "dev.move",
        "dev.plan",
        "eu.judgement",
    ],
)
def test_a_channel_is_no_tag_of_ours(name: str) -> None:
    (found,) = told(fields.ChannelName, name)
    assert "is reserved" in found["text"]


@pytest.mark.parametrize(
    ("kind", "value", "suggestion"),
    [
        (fields.TimeZone, "Europe/Berlim", "Europe/Berlin"),
        (fields.TimeZone, "europe/berlin", "Europe/Berlin"),
        (fields.Platform, "linux/amd46", "linux/amd64"),
        (fields.Platform, "linux/ARM64", "linux/arm64"),
        (fields.Platform, "plan9", ""),
    ],
)
def test_what_was_meant_is_named(kind: Any, value: str, suggestion: str) -> None:
    (found,) = told(kind, value)
    assert found["suggestion"] == suggestion


def test_what_is_named_twice_is_shown_at_its_second_place() -> None:
    (found,) = told(fields.ChannelNames, ("dev", "prod", "dev"))
    assert (found["text"], found["at"]) == ("'dev' is named twice", 2)
    (found,) = told(fields.Platforms, ("linux/amd64", "linux/amd64"))
    assert found["at"] == 1


def test_an_image_has_a_platform() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(fields.Platforms).validate_python(())
