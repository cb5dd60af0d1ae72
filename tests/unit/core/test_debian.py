from __future__ import annotations

import pytest

from golden_images.core import debian


@pytest.mark.parametrize(
    "text",
    ["curl", "g++", "libstdc++6", "libc6:arm64", "jq=1.6-2", "a1=1:2.0~rc1+dfsg-3+deb12u1", "python3.11"],
)
def test_packages_as_policy_names_them(text: str) -> None:
    assert debian.package(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "-o", "-oDPkg::Pre-Invoke::=id", "Curl", "curl jq", "curl,jq", "curl\n", "./curl.deb"),
        # What apt would read as: remove it, a pattern, a task, another suite's, a version that is none.
        *("bash-", "bash:amd64-", "bash=5.2-"),
        *("?essential", "~i", "ssh-server^", "curl/sid", "curl=", "curl=-o", "curl=1 -o", "a" * 300),
    ],
)
def test_what_apt_would_read_otherwise_is_no_package(text: str) -> None:
    assert debian.package(text).startswith(repr(text))


@pytest.mark.parametrize(
    "text",
    [
        "http://mirror.example/debian",
        "https://mirror.example:8443/debian/",
        "http://127.0.0.1:5000/debian",
        "http://[::1]:80/debian",
        "https://snapshot.example/archive/debian/20261124T000000Z",
        "http://mirror.example",
    ],
)
def test_mirrors_are_plain_addresses(text: str) -> None:
    assert debian.mirror(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        *(
            "file:///srv/debian",
            "ftp://a/debian",
            "copy:/srv",
            "cdrom:",
            "/srv/debian",
            "mirror.example/debian",
        ),
        *("http://a/debian bookworm main", "http://a/debian\ndeb http://b x main", "http://a/\tdebian"),
        *("http://a/debian?x=1", "http://a/debian#x", "http://a/../b", "http:///debian", "http://-o/debian"),
        # apt decodes it: a line break, and a file that its downloader writes.
        *("http://a/b%0aFilename%3a%20%2fetc%2fx", "http://a/%64ebian"),
        *(
            "[trusted=yes] http://a/debian",
            "http://a/[trusted=yes]",
            "HTTP://a/debian",
            "http://a:999999/debian",
        ),
    ],
)
def test_other_mirrors_are_refused(text: str) -> None:
    assert debian.mirror(text).startswith(repr(text))


def test_a_login_in_a_mirror_is_refused_and_not_shown() -> None:
    fault = debian.mirror("https://me:sesame@mirror.example/debian")
    assert "may hold no login" in fault
    assert "sesame" not in fault


def test_components_and_suites_are_plain_words() -> None:
    assert debian.first_fault(debian.component, "main", "contrib", "non-free-firmware") == ""
    assert debian.first_fault(debian.suite, "bookworm", "sid", "bookworm-backports") == ""
    for text in ("", "-o", "main contrib", "main\n", "../main", "[x]", "Main"):
        assert debian.component(text).startswith(repr(text))
        assert debian.suite(text).startswith(repr(text))


@pytest.mark.parametrize(
    ("platform", "architecture"),
    [("linux/amd64", "amd64"), ("linux/arm64/v8", "arm64"), ("linux/arm/v7", "armhf"), ("linux/386", "i386")],
)
def test_a_platform_has_debians_name(platform: str, architecture: str) -> None:
    assert debian.architecture(platform) == architecture
