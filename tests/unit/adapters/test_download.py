"""Files of the web: from the host that was named, whole, at most so large, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from golden_images.adapters import download
from golden_images.adapters.download import WebDownloads
from golden_images.adapters.retry import Clock
from golden_images.errors import ServiceError
from tests.services.web import Page, WebService, web_service

MOST = 1000


@pytest.fixture
def web() -> Iterator[WebService]:
    with web_service() as service:
        yield service


@pytest.fixture
def downloads() -> WebDownloads:
    return WebDownloads(Clock(sleep=lambda _: None))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize(
    ("page", "validator"),
    [
        (Page(b"content", etag='"1"', modified="Tue, 24 Nov 2026 06:00:00 GMT"), '"1"'),
        (Page(b"content", etag='W/"1"'), 'W/"1"'),
        (
            Page(b"content", modified="Tue, 24 Nov 2026 06:00:00 GMT"),
            "Tue, 24 Nov 2026 06:00:00 GMT",
        ),
    ],
)
def test_what_has_not_changed_is_not_fetched_again(
    web: WebService, downloads: WebDownloads, target: Path, page: Page, validator: str
) -> None:
    web.pages["/a"] = page
    assert downloads.fetch(web.url("/a"), target, most=MOST) == validator
    assert target.read_bytes() == b"content"
    target.unlink()
    assert downloads.fetch(web.url("/a"), target, validator=validator, most=MOST) is None
    assert not target.exists()
    assert web.answers == [("/a", 200, ""), ("/a", 304, validator)]
    web.pages["/a"] = Page(b"changed")
    assert downloads.fetch(web.url("/a"), target, validator=validator, most=MOST) == ""
    assert target.read_bytes() == b"changed"


@pytest.mark.parametrize(
    ("page", "cause"),
    [
        (Page(b"", 404), "HTTP 404"),
        (Page(b"", 403), "HTTP 403"),
        (Page(b"x", 206), "HTTP 206"),
        (Page(b"", 304), "HTTP 304"),
        (Page(b"x" * 1001), "it has 1001 bytes, at most 1000 are taken"),
        (Page(b"x" * 100_000, length=-1), "it has over 1000 bytes"),
        (Page(b"x" * 100, length=200), "RemoteProtocolError"),
        (Page(b"", 302, location="http://127.0.0.2:1/a"), "it leads to another host, 127.0.0.2:1"),
        (Page(b"", 302, location="https://example.test/a"), "it leads to another host, example.test"),
        (Page(b"", 302, location="file:///etc/passwd"), "it leads to another host"),
        (Page(b"", 302, location="/a"), "more than 5 redirects"),
        (Page(b"", 503, unwell=9), "HTTP 503"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_not_whole_or_not_from_there_is_none(
    web: WebService, downloads: WebDownloads, target: Path, page: Page, cause: str
) -> None:
    web.pages["/a"] = page
    with pytest.raises(ServiceError) as caught:
        downloads.fetch(web.url("/a"), target, most=MOST)
    assert cause in caught.value.cause
    assert not target.exists()


def test_a_redirect_on_the_same_host_is_followed(
    web: WebService, downloads: WebDownloads, target: Path
) -> None:
    web.pages["/current"] = Page(b"", 302, location="/2026-11-24")
    web.pages["/2026-11-24"] = Page(b"content", etag='"1"')
    assert downloads.fetch(web.url("/current"), target, most=MOST) == '"1"'
    assert target.read_bytes() == b"content"


def test_what_may_pass_is_tried_again(web: WebService, downloads: WebDownloads, target: Path) -> None:
    web.pages["/a"] = Page(b"content", unwell=2)
    assert downloads.fetch(web.url("/a"), target, most=MOST) == ""
    assert [status for _, status, _ in web.answers] == [503, 503, 200]


def test_it_does_not_take_for_ever(web: WebService, target: Path) -> None:
    times = iter(range(0, 100 * download.WHOLE_SECONDS, 2 * download.WHOLE_SECONDS))
    web.pages["/a"] = Page(b"content")
    with pytest.raises(ServiceError) as caught:
        WebDownloads(Clock(monotonic=lambda: next(times), sleep=lambda _: None)).fetch(
            web.url("/a"), target, most=MOST
        )
    assert "not done within" in caught.value.cause
    assert not target.exists()


@pytest.mark.parametrize("address", ["http://example.test/a", "ftp://127.0.0.1/a", "no address", ""])
def test_what_anybody_in_between_could_alter_is_not_fetched(
    downloads: WebDownloads, target: Path, address: str
) -> None:
    with pytest.raises(ServiceError) as caught:
        downloads.fetch(address, target, most=MOST)
    assert not caught.value.retryable


def test_nobody_there_is_told_with_a_remedy(downloads: WebDownloads, target: Path) -> None:
    with pytest.raises(ServiceError) as caught:
        downloads.fetch("http://127.0.0.1:9/a", target, most=MOST)
    assert (caught.value.retryable, caught.value.endpoint) == (True, "http://127.0.0.1:9/a")


@pytest.mark.parametrize("etag", ['"\xe9"', f'"{"x" * 5000}"'])
def test_a_validator_that_cannot_be_sent_back_is_none(
    web: WebService, downloads: WebDownloads, target: Path, etag: str
) -> None:
    """It would be kept, and every later question would fail."""
    web.pages["/a"] = Page(b"content", etag=etag)
    assert downloads.fetch(web.url("/a"), target, most=MOST) == ""
