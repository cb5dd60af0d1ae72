"""The watch's looks on Debian's docker-registry: conditional, authenticated, through an outage."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from golden_images.adapters.catalog import SqlCatalog
from golden_images.adapters.registry import client_from, watch_from
from golden_images.adapters.registry.polling import Looks, Poller
from golden_images.adapters.registry.watching import RegistryWatch
from golden_images.core.digest import Digest
from golden_images.core.reference import Reference
from golden_images.errors import RegistryError
from tests.services.images import push_image, push_index
from tests.services.registry import LOGIN, PASSWORD, RegistryService

pytestmark = pytest.mark.registry


def poll(
    service: RegistryService, tags: list[str], known: dict[str, Digest], **access: str
) -> tuple[Looks, int]:
    """The looks, and how many requests they took."""

    async def run() -> tuple[Looks, int]:
        async def watch_of(host: str) -> RegistryWatch:
            return watch_from(host, concurrency=4, per_minute=60_000, **access)  # type: ignore[arg-type]

        poller = Poller(watch_of)
        try:
            bases = {tag: Reference(service.host, "team/watched", tag) for tag in tags}
            return await poller.poll(bases, known), poller.requests
        finally:
            await poller.close()

    return asyncio.run(run())


def test_changed_and_unchanged_tags_cost_one_request_each(registry_service: RegistryService) -> None:
    registry = client_from(registry_service.host)
    old = push_image(registry, "team/watched", b"old", tag="moving")
    still = push_index(registry, "team/watched", b"x", tag="still", platforms=("linux/amd64", "linux/arm64"))
    tags = ["moving", "still"]
    first, requests = poll(registry_service, tags, {})
    assert first.seen == {"moving": old, "still": still}
    assert requests == 2
    new = push_image(registry, "team/watched", b"new", tag="moving")
    second, requests = poll(registry_service, tags, first.seen)
    assert second.seen == {"moving": new, "still": still}
    assert requests == 2


def test_the_registry_honours_the_condition(registry_service: RegistryService) -> None:
    registry = client_from(registry_service.host)
    digest = push_image(registry, "team/watched", b"conditional", tag="conditional")
    before = registry_service.log.read_text().count("http.response.status=304")
    poll(registry_service, ["conditional"], {"conditional": digest})
    assert registry_service.log.read_text().count("http.response.status=304") == before + 1


def test_a_login_is_sent_where_it_is_asked_for(basic_auth_registry_service: RegistryService) -> None:
    service = basic_auth_registry_service
    registry = client_from(service.host, login=LOGIN, password=PASSWORD)
    digest = push_image(registry, "team/watched", b"private", tag="1")
    looks, requests = poll(service, ["1"], {}, login=LOGIN, password=PASSWORD)
    assert looks.seen == {"1": digest}
    assert requests == 2
    refused, _ = poll(service, ["1"], {})
    error = refused.failed["1"]
    assert isinstance(error, RegistryError)
    assert error.status == 401


def test_a_registry_that_was_away_is_looked_at_again(own_registry_service: RegistryService) -> None:
    service = own_registry_service
    digest = push_image(client_from(service.host), "team/watched", b"x", tag="1")

    async def run() -> list[Looks]:
        async def watch_of(host: str) -> RegistryWatch:
            return watch_from(host, concurrency=4, per_minute=60_000)

        poller = Poller(watch_of)
        bases = {"1": Reference(service.host, "team/watched", "1")}
        looks = [await poller.poll(bases, {})]
        service.stop()
        looks.append(await poller.poll(bases, {}))
        service.start()
        looks.append(await poller.poll(bases, {}))
        await poller.close()
        return looks

    before, during, after = asyncio.run(run())
    assert before.seen == after.seen == {"1": digest}
    assert set(during.failed) == {"1"}


def test_dated_tags_become_versions_page_by_page(registry_service: RegistryService, tmp_path: Path) -> None:
    from golden_images.watching.ledger import sync

    registry = client_from(registry_service.host)
    days = [f"2024{month:02}{day:02}" for month in range(1, 4) for day in range(1, 11)]
    digests = [push_image(registry, "team/dated", day.encode(), tag=f"12-{day}-slim") for day in days]
    push_image(registry, "team/dated", b"latest", tag="latest")
    catalog = SqlCatalog.from_url(f"sqlite:///{tmp_path / 'catalog.db'}")
    catalog.migrate()
    base = Reference(registry_service.host, "team/dated", "12-slim")
    result = sync(base, r"12-(?P<date>\d{8})-slim", registry, catalog, print)
    assert (result.tags, result.matched, result.recorded, result.problems) == (31, 30, 30, [])
    assert [version.digest for version in catalog.base_versions(str(base))] == digests
    assert sync(base, r"12-(?P<date>\d{8})-slim", registry, catalog, print).recorded == 0
