"""What others wrote into a manifest is checked before it becomes an address."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.errors import IntegrityError
from golden_images.images import image
from golden_images.ports import Descriptor, Manifest, Registry
from golden_images.watching.platforms import platforms
from tests.fakes.registry import FakeRegistry
from tests.services.images import push_index

HOSTILE = ["../../other/manifests/latest", "sha256:", "sha512:" + "0" * 128, None, 7]


def manifest(media_type: str, **content: object) -> Manifest:
    body = canonical_json({"schemaVersion": 2, **content})
    return Manifest(Descriptor(media_type, Digest.of(body), len(body)), body)


@pytest.mark.parametrize("digest", HOSTILE)
def test_an_entry_of_an_index_is_asked_for_by_digest_alone(digest: object) -> None:
    index = manifest(media.INDEX, manifests=[{"digest": digest}])
    with pytest.raises(IntegrityError, match=f"index r@{index.descriptor.digest} names content"):
        image.manifests(FakeRegistry("h"), "r", index)


@pytest.mark.parametrize("config", [*({"digest": digest} for digest in HOSTILE), None, []])
def test_a_configuration_is_asked_for_by_digest_alone(config: object) -> None:
    found = manifest(media.MANIFEST, config=config)

    class Held(FakeRegistry):
        def manifest(self, repository: str, reference: str) -> Manifest:
            return found

    registry: Registry = Held("h")
    with pytest.raises(IntegrityError, match="is no digest"):
        platforms(registry, "r", found.descriptor.digest)


@pytest.mark.parametrize("content", [b"no JSON", b"[]", b"\xff", b"[" * 5000])
def test_a_configuration_that_cannot_be_read_names_its_manifest(content: bytes) -> None:
    registry = FakeRegistry("h")
    pushed = registry.push_blob("r", content)
    found = manifest(media.MANIFEST, config={"digest": pushed.digest})
    with pytest.raises(IntegrityError, match=f"r@{found.descriptor.digest} has a configuration"):
        image.config(registry, "r", found)


@pytest.mark.parametrize("settings", [["a"], "a", 7])
def test_settings_that_are_none_name_their_manifest(settings: object) -> None:
    registry = FakeRegistry("h")
    content = canonical_json({"config": settings, "rootfs": {"diff_ids": []}})
    found = manifest(media.MANIFEST, config={"digest": registry.push_blob("r", content).digest})
    with pytest.raises(IntegrityError, match=f"r@{found.descriptor.digest}: its settings"):
        image.configuration(registry, "r", found)


@pytest.mark.parametrize(
    "annotations", [{"org.opencontainers.image.created": 7}, {"org.opencontainers.image.created": "a"}, ["a"]]
)
def test_a_time_that_is_none_names_its_manifest(annotations: object) -> None:
    found = manifest(media.MANIFEST, annotations=annotations)
    with pytest.raises(IntegrityError, match=f"r@{found.descriptor.digest}: it does not say when"):
        image.created_of(FakeRegistry("h"), "r", found)


def test_an_image_says_when_it_was_made_in_its_manifest_or_its_configuration() -> None:
    registry = FakeRegistry("h")
    held = registry.push_blob("r", canonical_json({"created": "2026-01-01T00:00:07.123456789Z"}))
    plain = manifest(media.MANIFEST, config={"digest": held.digest})
    told = manifest(media.INDEX, annotations={"org.opencontainers.image.created": "2026-02-01T00:00:00Z"})
    assert image.created_of(registry, "r", plain) == datetime(2026, 1, 1, 0, 0, 7, tzinfo=UTC)
    assert image.created_of(registry, "r", told) == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize("rootfs", [None, [], *({"diff_ids": found} for found in (None, "sha256:0", [1]))])
def test_a_configuration_without_its_layers_is_none(rootfs: object) -> None:
    with pytest.raises(IntegrityError, match="does not list its layers"):
        image.diff_ids({"rootfs": rootfs})


@pytest.mark.parametrize("platforms", [("linux/amd64",), ("linux/amd64", "linux/arm64")])
def test_an_image_without_one_of_its_blobs_is_not_whole(platforms: tuple[str, ...]) -> None:
    class Lossy(FakeRegistry):
        lost: Digest | None = None

        def has_blob(self, repository: str, digest: Digest) -> bool:
            return digest != self.lost and super().has_blob(repository, digest)

    registry = Lossy("h")
    digest = push_index(registry, "r", b"layer", platforms=platforms)
    assert image.whole(registry, "r", digest) == registry.manifest("r", digest)
    last = image.manifests(registry, "r", registry.manifest("r", digest))[-1]
    parts = image.body(last)
    for blob in (parts["config"], *parts["layers"]):
        registry.lost = Digest(blob["digest"])
        assert image.whole(registry, "r", digest) is None
    registry.lost = None
    registry.delete_manifest("r", last.descriptor.digest)
    assert image.whole(registry, "r", digest) is None
    assert image.whole(registry, "r", Digest.of(b"nothing")) is None


def layer(content: bytes, data: object) -> dict[str, object]:
    return {"mediaType": media.SARIF, "digest": str(Digest.of(content)), "size": len(content), "data": data}


def test_a_small_content_is_read_from_its_descriptor() -> None:
    held = layer(b"report", base64.b64encode(b"report").decode())
    assert image.content_of(FakeRegistry(), "a/b", held, "a/b@x") == b"report", "no blob is there"


def test_a_descriptor_that_holds_another_content_is_not_believed() -> None:
    held = layer(b"report", base64.b64encode(b"planted").decode())
    with pytest.raises(IntegrityError):
        image.content_of(FakeRegistry(), "a/b", held, "a/b@x")


@pytest.mark.parametrize("data", [None, "", "no base64", 7])
def test_a_descriptor_that_holds_nothing_names_a_blob(data: object) -> None:
    registry = FakeRegistry()
    registry.push_blob("a/b", b"report")
    assert image.content_of(registry, "a/b", layer(b"report", data), "a/b@x") == b"report"


@pytest.mark.parametrize("labels", [None, ["a"], "a", {"a": 1}])
def test_labels_that_are_none_are_none(labels: object) -> None:
    assert image.labels({"config": {"Labels": labels}}) == {}


@pytest.mark.parametrize("layers", [None, 5, {}, "", [1, 2]])
def test_an_artifact_of_other_than_one_layer_is_said(layers: object) -> None:
    found = manifest(media.MANIFEST, layers=layers)

    class Held(FakeRegistry):
        def manifest(self, repository: str, reference: str) -> Manifest:
            return found

    with pytest.raises(IntegrityError, match="layers where one is meant"):
        image.only_layer(Held("h"), "r", found.descriptor.digest)
