from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from golden_images.adapters.registry import documents as doc
from golden_images.adapters.registry.referrers import fallback_tag, referrer_tag
from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.errors import IntegrityError, RegistryError
from golden_images.ports import Descriptor
from tests.unit.adapters.registry.support import World

SUBJECT = Descriptor(media.MANIFEST, Digest.of(b"image"), 5)
KIND = "application/sarif+json"


class Manifests:
    """Manifests and tags, without the referrers API; ``between`` runs before each PUT of an index."""

    def __init__(self) -> None:
        self.manifests: dict[str, tuple[str, bytes]] = {}
        self.tags: dict[str, str] = {}
        self.between: list[Callable[[], None]] = []
        self.subject_header = False
        self.api: Callable[[httpx.Request], httpx.Response] = lambda _request: httpx.Response(404)

    def put(self, name: str, kind: str, content: bytes) -> str:
        digest = Digest.of(content)
        self.manifests[digest] = (kind, content)
        if name != digest:
            self.tags[name] = digest
        return digest

    def index(self) -> list[str]:
        content = self.manifests[self.tags[fallback_tag(SUBJECT.digest)]][1]
        return [entry["digest"] for entry in json.loads(content)["manifests"]]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        _, _, _, _, what, name = request.url.path.split("/", 5)
        if what == "referrers":
            return self.api(request)
        if what == "tags":
            return httpx.Response(200, json={"tags": sorted(self.tags)})
        if what == "blobs":
            return httpx.Response(200)
        if request.method == "PUT":
            kind = request.headers["Content-Type"]
            if kind == media.INDEX and self.between:
                self.between.pop(0)()
            for entry in json.loads(request.content).get("manifests", []):
                if entry["digest"] not in self.manifests:
                    return httpx.Response(400, json={"errors": [{"code": "MANIFEST_BLOB_UNKNOWN"}]})
            digest = self.put(name, kind, request.content)
            extra = {"OCI-Subject": SUBJECT.digest} if self.subject_header and kind == media.MANIFEST else {}
            return httpx.Response(201, headers={"Docker-Content-Digest": digest} | extra)
        digest = self.tags.get(name, name)
        if digest not in self.manifests:
            return httpx.Response(404)
        if request.method == "DELETE":
            del self.manifests[digest]
            self.tags = {tag: held for tag, held in self.tags.items() if held != digest}
            return httpx.Response(202)
        kind, content = self.manifests[digest]
        headers = {"Content-Type": kind, "Docker-Content-Digest": digest}
        return httpx.Response(200, headers=headers, content=content)


@pytest.fixture
def registry() -> Manifests:
    return Manifests()


def attach(world: World, stage: str) -> Descriptor:
    return world.client.attach(
        "golden/base",
        SUBJECT,
        artifact_type=KIND,
        blobs=[(KIND, stage.encode())],
        annotations={"stage": stage},
    )


def referrer(stage: str) -> bytes:
    return doc.artifact(SUBJECT, KIND, [], {"stage": stage})


def test_without_the_api_the_index_and_a_tag_of_its_own_are_written(registry: Manifests) -> None:
    world = World(registry)
    lint = attach(world, "lint")
    assert registry.index() == [lint.digest]
    index = fallback_tag(SUBJECT.digest)
    assert set(registry.tags) == {index, referrer_tag(SUBJECT.digest, lint.digest)}
    assert registry.tags[referrer_tag(SUBJECT.digest, lint.digest)] == lint.digest
    assert world.client.referrers("golden/base", SUBJECT.digest) == (lint,)


def test_a_registry_that_answers_the_subject_keeps_the_list_itself(registry: Manifests) -> None:
    registry.subject_header = True
    world = World(registry)
    attach(world, "lint")
    assert registry.tags == {}
    assert world.asked("GET", "/referrers/") == []


def test_a_registry_that_has_the_api_and_does_not_answer_the_subject_does_too(registry: Manifests) -> None:
    registry.api = lambda _request: httpx.Response(
        200, headers={"Content-Type": media.INDEX}, content=doc.index([])
    )
    world = World(registry)
    attach(world, "lint")
    attach(world, "test")
    assert registry.tags == {}
    assert len(world.asked("GET", "/referrers/")) == 1


@pytest.mark.parametrize(
    "answer",
    [
        lambda: httpx.Response(400),
        lambda: httpx.Response(405),
        lambda: httpx.Response(200, headers={"Content-Type": "text/html"}, content=b"<html>"),
    ],
)
def test_other_ways_of_having_no_api(registry: Manifests, answer: Callable[[], httpx.Response]) -> None:
    registry.api = lambda _request: answer()
    world = World(registry)
    lint = attach(world, "lint")
    assert world.client.referrers("golden/base", SUBJECT.digest) == (lint,)


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_list_that_cannot_be_read_is_not_an_empty_one(registry: Manifests, status: int) -> None:
    registry.api = lambda _request: httpx.Response(status)
    with pytest.raises(RegistryError) as caught:
        World(registry).client.referrers("golden/base", SUBJECT.digest)
    assert caught.value.status == status


def test_the_api_gives_pages_and_no_filter(registry: Manifests) -> None:
    entries = [
        Descriptor(media.MANIFEST, Digest.of(str(number).encode()), 1, artifact_type=f"a/{number % 2}")
        for number in range(4)
    ]

    def api(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page", "0"))
        link = {"Link": f'<{request.url.path}?page={page + 1}>; rel="next"'} if page < 3 else {}
        headers = {"Content-Type": f"{media.INDEX}; charset=utf-8"} | link
        return httpx.Response(200, headers=headers, content=doc.index([entries[page]]))

    registry.api = api
    found = World(registry).client.referrers("golden/base", SUBJECT.digest, "a/1")
    assert set(map(str, found)) == {str(entries[1]), str(entries[3])}


def test_pages_of_the_api_that_form_a_circle_are_refused(registry: Manifests) -> None:
    def api(request: httpx.Request) -> httpx.Response:
        page = {"0": "1", "1": "0"}[request.url.params.get("page", "0")]
        link = {"Link": f'<{request.url.path}?page={page}>; rel="next"', "Content-Type": media.INDEX}
        return httpx.Response(200, headers=link, content=doc.index([]))

    registry.api = api
    with pytest.raises(RegistryError, match="referrers of") as caught:
        World(registry).client.referrers("golden/base", SUBJECT.digest)
    assert "circle" in caught.value.cause


@pytest.mark.parametrize("wrong", ["", doc.EMPTY_DESCRIPTOR.media_type])
def test_an_artifact_type_that_the_list_gets_wrong_is_read_from_the_manifest(
    registry: Manifests, wrong: str
) -> None:
    content = referrer("lint")
    digest = Digest(registry.put("build-1.lint", media.MANIFEST, content))
    listed = doc.index([Descriptor(media.MANIFEST, digest, len(content), artifact_type=wrong)])
    registry.api = lambda _request: httpx.Response(200, headers={"Content-Type": media.INDEX}, content=listed)
    (found,) = World(registry).client.referrers("golden/base", SUBJECT.digest, KIND)
    assert found == Descriptor(media.MANIFEST, digest, len(content), KIND, {"stage": "lint"})


def test_a_writer_who_overwrites_ours_is_completed_by_us(registry: Manifests) -> None:
    """The other read the index before we wrote it, and writes it after: what it wrote lacks ours."""
    world = World(registry)
    other = referrer("other")

    def other_writes_first() -> None:
        digest = Digest(registry.put("build-1.other", media.MANIFEST, other))
        registry.put(referrer_tag(SUBJECT.digest, digest), media.MANIFEST, other)

    registry.between = [other_writes_first]
    lint = attach(world, "lint")
    assert set(registry.index()) == {lint.digest, Digest.of(other)}


def test_a_writer_of_before_who_lost_is_entered_too(registry: Manifests) -> None:
    other = referrer("other")
    digest = Digest(registry.put("build-1.other", media.MANIFEST, other))
    registry.put(referrer_tag(SUBJECT.digest, digest), media.MANIFEST, other)
    world = World(registry)
    lint = attach(world, "lint")
    assert set(registry.index()) == {lint.digest, digest}
    assert {one.artifact_type for one in world.client.referrers("golden/base", SUBJECT.digest)} == {KIND}


def test_strangers_who_keep_overwriting_end_in_an_error(registry: Manifests) -> None:
    """A writer of another tool leaves no tag, and its index lacks ours each time."""
    world = World(registry)
    original = registry.put

    def put(name: str, kind: str, content: bytes) -> str:
        return original(name, kind, doc.index([]) if kind == media.INDEX else content)

    registry.put = put  # type: ignore[method-assign]

    def handler(request: httpx.Request) -> httpx.Response:
        response = registry(request)
        if request.method == "PUT":
            response.headers["Docker-Content-Digest"] = Digest.of(request.content)
        return response

    world = World(handler)
    with pytest.raises(RegistryError, match="kept overwriting"):
        attach(world, "lint")
    assert len(world.waits) == world.policy.attempts - 1


def test_an_entry_that_was_collected_does_not_stop_the_next(registry: Manifests) -> None:
    world = World(registry)
    lint = attach(world, "lint")
    # Deleted by someone who does not keep the index.
    del registry.manifests[lint.digest]
    registry.tags = {tag: held for tag, held in registry.tags.items() if held != lint.digest}
    test = attach(world, "test")
    assert registry.index() == [test.digest]


def test_deletion_takes_the_referrer_out_of_the_index(registry: Manifests) -> None:
    world = World(registry)
    lint, test = attach(world, "lint"), attach(world, "test")
    world.client.delete_manifest("golden/base", lint.digest)
    assert registry.index() == [test.digest]


def test_a_tag_of_that_name_that_is_no_index_is_no_empty_list(registry: Manifests) -> None:
    registry.put(fallback_tag(SUBJECT.digest), media.MANIFEST, referrer("strange"))
    with pytest.raises(IntegrityError, match="not an index of referrers"):
        World(registry).client.referrers("golden/base", SUBJECT.digest)
