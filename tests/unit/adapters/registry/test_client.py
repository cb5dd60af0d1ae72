from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from golden_images.adapters.registry import documents as doc
from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.errors import IntegrityError, RegistryError
from golden_images.ports import Descriptor
from tests.unit.adapters.registry.support import World

CONTENT = doc.index([])
DIGEST = Digest.of(CONTENT)


def serve(**headers: str) -> World:
    """A registry with one manifest, and these headers."""

    def handler(request: httpx.Request) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        content = CONTENT if request.method == "GET" else b""
        return httpx.Response(200, headers={"Content-Type": media.INDEX} | names, content=content)

    return World(handler)


def test_resolve_asks_only_for_the_head() -> None:
    world = serve(Docker_Content_Digest=DIGEST, Content_Length=str(len(CONTENT)))
    assert world.client.resolve("golden/base", "v1") == Descriptor(media.INDEX, DIGEST, len(CONTENT))
    (head,) = world.requests
    assert head.method == "HEAD"
    for media_type in (media.MANIFEST, media.INDEX, media.DOCKER_MANIFEST, media.DOCKER_LIST):
        assert media_type in head.headers["Accept"]


def test_resolve_reads_the_manifest_where_the_head_has_no_digest() -> None:
    world = serve()
    assert world.client.resolve("golden/base", "v1") == Descriptor(media.INDEX, DIGEST, len(CONTENT))
    assert [one.method for one in world.requests] == ["HEAD", "GET"]


def test_a_digest_that_is_none_is_an_error() -> None:
    with pytest.raises(RegistryError, match="not a registry's"):
        serve(Docker_Content_Digest="md5:0", Content_Length="5").client.resolve("golden/base", "v1")


def test_a_media_types_parameters_are_not_part_of_it() -> None:
    world = serve(Content_Type=f"{media.INDEX}; charset=utf-8")
    assert world.client.manifest("golden/base", "v1").descriptor.media_type == media.INDEX


def test_a_manifest_by_tag_must_fit_the_digest_it_comes_with() -> None:
    with pytest.raises(IntegrityError):
        serve(Docker_Content_Digest=Digest.of(b"other")).client.manifest("golden/base", "v1")


@pytest.mark.parametrize("form", ['</v2/x/tags/list?last={0}&n=2>; rel="next"', "<list?last={0}>;rel=next"])
def test_tags_come_in_pages(form: str) -> None:
    pages = {"": ["a", "b"], "b": ["c", "d"], "d": ["e"]}

    def handler(request: httpx.Request) -> httpx.Response:
        names = pages[request.url.params.get("last", "")]
        link = {"Link": form.format(names[-1])} if len(names) == 2 else {}
        return httpx.Response(200, json={"name": "x", "tags": names}, headers=link)

    world = World(handler)
    assert world.client.tags("x") == ["a", "b", "c", "d", "e"]
    assert world.requests[0].url.params["n"] == "1000"


def test_pages_that_lead_elsewhere_or_in_a_circle_are_refused() -> None:
    for target in ("https://evil.test/v2/x/tags/list", "/v2/x/tags/list?n=1000"):
        world = World(
            lambda _request, target=target: httpx.Response(  # type: ignore[misc]
                200, json={"tags": []}, headers={"Link": f'<{target}>; rel="next"'}
            )
        )
        with pytest.raises(RegistryError, match="not a registry's"):
            world.client.tags("x")
        assert len(world.requests) == 1


def test_null_is_an_empty_list() -> None:
    assert World(lambda _request: httpx.Response(200, json={"tags": None})).client.tags("x") == []


def test_a_registry_without_a_catalog_says_so() -> None:
    with pytest.raises(RegistryError) as caught:
        World(lambda _request: httpx.Response(404)).client.repositories()
    assert caught.value.status == 404


def test_the_registrys_own_words_are_in_the_error() -> None:
    body = {
        "errors": [{"code": "MANIFEST_INVALID", "message": "bad", "detail": {"digest": "x"}}, {"code": "B"}]
    }
    with pytest.raises(RegistryError) as caught:
        World(lambda _request: httpx.Response(400, json=body)).client.put_manifest(
            "golden/base", CONTENT, media.INDEX, tag="v1"
        )
    assert caught.value.cause == 'MANIFEST_INVALID: bad ({"digest": "x"}); B'
    assert caught.value.what == (
        "push of manifest golden/base:v1: PUT https://registry.test/v2/golden/base/manifests/v1 answered 400"
    )


def test_an_answer_that_is_no_json_is_shown_in_part() -> None:
    with pytest.raises(RegistryError) as caught:
        World(lambda _request: httpx.Response(404, text="<html>" + "x" * 1000)).client.manifest("a", "v1")
    assert caught.value.cause.startswith("<html>")
    assert len(caught.value.cause) == 300


def test_a_declined_mount_leaves_no_upload_open() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(202, headers={"Location": "/v2/a/blobs/uploads/1"})
        return httpx.Response(204)

    world = World(handler)
    assert not world.client.mount_blob("a", DIGEST, "b")
    assert [str(one.url) for one in world.asked("DELETE")] == ["https://registry.test/v2/a/blobs/uploads/1"]


def test_deletion_that_is_switched_off_says_how_to_switch_it_on() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            return httpx.Response(405)
        return httpx.Response(200, content=CONTENT)

    with pytest.raises(RegistryError) as caught:
        World(handler).client.delete_manifest("a", DIGEST)
    assert "enable it" in caught.value.remedy


@pytest.mark.parametrize(("times", "well"), [(2, True), (99, False)])
def test_what_another_writer_is_just_pushing_may_seem_unknown_for_a_moment(times: int, well: bool) -> None:
    left = [httpx.Response(400, json={"errors": [{"code": "MANIFEST_BLOB_UNKNOWN"}]}) for _ in range(times)]
    world = World(lambda _request: left.pop() if left else httpx.Response(201))
    if well:
        assert world.client.put_manifest("a", CONTENT, media.INDEX).digest == DIGEST
        assert len(world.waits) == 2
    else:
        with pytest.raises(RegistryError, match="4 tries") as caught:
            world.client.put_manifest("a", CONTENT, media.INDEX)
        assert caught.value.status == 400


class CutStream(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield b"the first half, "
        raise httpx.ReadError("connection reset")


@pytest.mark.parametrize("ranges", [True, False])
def test_a_cut_download_goes_on_with_and_without_ranges(ranges: bool) -> None:
    content = b"the first half, the second half"

    def handler(request: httpx.Request) -> httpx.Response:
        start = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        if start == 0:
            return httpx.Response(200, stream=CutStream())
        return (
            httpx.Response(206, content=content[start:]) if ranges else httpx.Response(200, content=content)
        )

    world = World(handler)
    assert world.client.blob("a", Digest.of(content)) == content
    assert len(world.requests) == 2
