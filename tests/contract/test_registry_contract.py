"""What every ``ports.Registry`` does: the fake with and without the referrers API, and real registries.

``GOLDEN_IMAGES_INTEROP_REGISTRY=host:port`` adds one more (``make interop``: one that has the API).
"""

from __future__ import annotations

import json
import os
import threading
import uuid
from pathlib import Path

import pytest

from golden_images.adapters.registry import client_from
from golden_images.adapters.registry import documents as doc
from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.errors import IntegrityError, RegistryError
from golden_images.ports import Descriptor, Registry
from tests.fakes.registry import FakeRegistry

INTEROP = os.environ.get("GOLDEN_IMAGES_INTEROP_REGISTRY", "")
SARIF = "application/sarif+json"
JUNIT = "application/x-junit+xml"
ABSENT = Digest.of(b"nobody pushed this")


@pytest.fixture(
    params=[
        "fake-fallback",
        "fake-api",
        pytest.param("distribution", marks=pytest.mark.registry),
        *(["interop"] if INTEROP else []),
    ]
)
def registry(request: pytest.FixtureRequest) -> Registry:
    if request.param == "distribution":
        return client_from(request.getfixturevalue("registry_service").host)
    if request.param == "interop":
        return client_from(INTEROP)
    return FakeRegistry(referrers_api=request.param == "fake-api")


@pytest.fixture
def repository() -> str:
    return f"contract/{uuid.uuid4().hex}"


def push_image(registry: Registry, repository: str, tag: str | None = None, name: str = "app") -> Descriptor:
    config = canonical_json({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers"}, "x": name})
    layer = f"layer of {name}".encode()
    content = canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": media.MANIFEST,
            "config": doc.to_json(
                Descriptor(
                    "application/vnd.oci.image.config.v1+json",
                    registry.push_blob(repository, config).digest,
                    len(config),
                )
            ),
            "layers": [
                doc.to_json(
                    Descriptor(
                        "application/vnd.oci.image.layer.v1.tar",
                        registry.push_blob(repository, layer).digest,
                        len(layer),
                    )
                )
            ],
        }
    )
    return registry.put_manifest(repository, content, media.MANIFEST, tag=tag)


def attach(
    registry: Registry, repository: str, subject: Descriptor, name: str, kind: str = SARIF
) -> Descriptor:
    return registry.attach(
        repository,
        subject,
        artifact_type=kind,
        blobs=[(kind, f"report {name}".encode())],
        annotations={"io.golden-images.stage": name},
    )


def test_it_answers_and_has_a_host(registry: Registry) -> None:
    registry.ping()
    assert registry.host


# Blobs


@pytest.mark.parametrize("size", [0, 1, 70_000])
def test_a_blob_comes_back(registry: Registry, repository: str, size: int) -> None:
    content = b"x" * size
    pushed = registry.push_blob(repository, content)
    assert (pushed.digest, pushed.size) == (Digest.of(content), size)
    assert registry.has_blob(repository, pushed.digest)
    assert registry.blob(repository, pushed.digest) == content
    with registry.open_blob(repository, pushed.digest) as chunks:
        assert b"".join(chunks) == content


def test_a_file_is_pushed_twice_without_harm(registry: Registry, repository: str, tmp_path: Path) -> None:
    path = tmp_path / "layer.tar"
    path.write_bytes(os.urandom(20 * 1024 * 1024))
    first = registry.push_blob(repository, path)
    assert registry.push_blob(repository, path) == first
    assert registry.blob(repository, first.digest) == path.read_bytes()


def test_an_absent_blob(registry: Registry, repository: str) -> None:
    assert not registry.has_blob(repository, ABSENT)
    with pytest.raises(RegistryError) as caught:
        registry.blob(repository, ABSENT)
    assert caught.value.status == 404


def test_a_blob_is_mounted_or_declined(registry: Registry, repository: str) -> None:
    source = f"{repository}-source"
    push_image(registry, source, "v1")
    blob = registry.push_blob(source, b"layer to mount")
    if registry.mount_blob(repository, blob.digest, source):
        assert registry.blob(repository, blob.digest) == b"layer to mount"


def test_mounting_what_the_source_does_not_have_is_declined(registry: Registry, repository: str) -> None:
    push_image(registry, f"{repository}-source", "v1")
    assert not registry.mount_blob(repository, ABSENT, f"{repository}-source")


# Manifests and tags


def test_a_manifest_is_known_by_tag_and_digest(registry: Registry, repository: str) -> None:
    pushed = push_image(registry, repository, "v1")
    assert pushed.media_type == media.MANIFEST
    for reference in ("v1", pushed.digest):
        assert registry.resolve(repository, reference) == pushed
        got = registry.manifest(repository, reference)
        assert got.descriptor == pushed
        assert Digest.of(got.content) == pushed.digest


def test_without_a_tag_a_manifest_is_known_by_digest_only(registry: Registry, repository: str) -> None:
    pushed = push_image(registry, repository)
    assert registry.resolve(repository, pushed.digest) == pushed
    assert pushed.digest not in registry.tags(repository)


def test_a_tag_moves_and_the_digest_stays(registry: Registry, repository: str) -> None:
    first = push_image(registry, repository, "dev", "one")
    second = push_image(registry, repository, "dev", "two")
    moved = registry.resolve(repository, "dev")
    assert moved == second
    assert registry.resolve(repository, first.digest) == first
    assert registry.tags(repository) == ["dev"]


def test_absent_manifests(registry: Registry, repository: str) -> None:
    for _ in ("unknown repository", "known repository"):
        assert registry.resolve(repository, "v9") is None
        assert registry.resolve(repository, ABSENT) is None
        with pytest.raises(RegistryError) as caught:
            registry.manifest(repository, "v9")
        assert caught.value.status == 404
        push_image(registry, repository, "v1")


def test_an_index(registry: Registry, repository: str) -> None:
    images = [push_image(registry, repository, name=name) for name in ("amd64", "arm64")]
    content = doc.index(images)
    pushed = registry.put_manifest(repository, content, media.INDEX, tag="multi")
    got = registry.manifest(repository, "multi")
    assert (got.descriptor, got.content) == (pushed, content)
    assert got.descriptor.media_type == media.INDEX


def test_tags_and_repositories(registry: Registry, repository: str) -> None:
    assert registry.tags(repository) == []
    pushed = push_image(registry, repository, "v1")
    content = registry.manifest(repository, "v1").content
    names = sorted(f"t{number:02}" for number in range(15))
    for name in names:
        registry.put_manifest(repository, content, pushed.media_type, tag=name)
    assert registry.tags(repository) == [*names, "v1"]
    assert repository in registry.repositories()


def test_deletion(registry: Registry, repository: str) -> None:
    pushed = push_image(registry, repository)
    registry.delete_manifest(repository, pushed.digest)
    assert registry.resolve(repository, pushed.digest) is None
    registry.delete_manifest(repository, pushed.digest)
    registry.delete_manifest(f"{repository}-unknown", pushed.digest)


def test_a_tag_goes_and_its_manifest_stays(registry: Registry, repository: str) -> None:
    """Or it stays as well, where the registry cannot take it away."""
    pushed = push_image(registry, repository, "v1")
    content = registry.manifest(repository, "v1").content
    registry.put_manifest(repository, content, pushed.media_type, tag="gone")
    went = registry.untag(repository, ["gone", "never-there"])
    assert registry.tags(repository) == (["v1"] if went else ["gone", "v1"])
    assert registry.resolve(repository, pushed.digest) == pushed
    assert registry.untag(repository, ["v1"]) == went
    assert registry.resolve(repository, pushed.digest) == pushed


# Referrers


def test_what_is_there_already_is_attached_by_its_descriptor(registry: Registry, repository: str) -> None:
    subject = push_image(registry, repository, "v1")
    held = registry.push_blob(repository, b"a large one")
    attached = registry.attach(
        repository, subject, artifact_type=SARIF, blobs=[(SARIF, held)], annotations={}
    )
    (layer,) = json.loads(registry.manifest(repository, attached.digest).content)["layers"]
    assert (layer["mediaType"], layer["digest"]) == (SARIF, held.digest)


def test_a_referrer_has_no_tag_where_its_subject_keeps_it(registry: Registry, repository: str) -> None:
    subject = push_image(registry, repository, "v1")
    for name in ("lint", "test"):
        attach(registry, repository, subject, name)
    listed = registry.lists_referrers(repository, subject.digest)
    assert len(registry.tags(repository)) == (1 if listed else 4), "else its own each, and the index"


def test_a_referrer_that_nobody_lists_has_its_tag_and_no_more(registry: Registry, repository: str) -> None:
    subject = push_image(registry, repository, "v1")
    unlisted = registry.attach(
        repository, subject, artifact_type=SARIF, blobs=[(SARIF, b"x")], annotations={}, listed=False
    )
    if registry.lists_referrers(repository, subject.digest):
        assert registry.tags(repository) == ["v1"]
        return
    (own,) = {*registry.tags(repository)} - {"v1"}
    found = registry.resolve(repository, own)
    assert found is not None
    assert found.digest == unlisted.digest
    assert registry.referrers(repository, subject.digest) == ()
    listed = attach(registry, repository, subject, "test")
    assert {one.digest for one in registry.referrers(repository, subject.digest)} >= {listed.digest}


def test_evidence_is_found_with_its_type_and_annotations(registry: Registry, repository: str) -> None:
    subject = push_image(registry, repository, "v1")
    lint = attach(registry, repository, subject, "lint")
    test = attach(registry, repository, subject, "test", JUNIT)
    assert lint.artifact_type == SARIF
    assert lint.annotations == {"io.golden-images.stage": "lint"}
    assert set(map(str, registry.referrers(repository, subject.digest))) == {str(lint), str(test)}
    assert registry.referrers(repository, subject.digest, SARIF) == (lint,)
    assert registry.referrers(repository, subject.digest, "application/unheard-of") == ()


def test_evidence_can_be_read(registry: Registry, repository: str) -> None:
    subject = push_image(registry, repository, "v1")
    lint = attach(registry, repository, subject, "lint")
    document = json.loads(registry.manifest(repository, lint.digest).content)
    assert document["subject"]["digest"] == subject.digest
    assert document["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
    (layer,) = document["layers"]
    assert layer["mediaType"] == SARIF
    assert registry.blob(repository, Digest(layer["digest"])) == b"report lint"
    assert registry.resolve(repository, lint.digest) is not None


def test_attaching_again_changes_nothing(registry: Registry, repository: str) -> None:
    subject = push_image(registry, repository, "v1")
    first = attach(registry, repository, subject, "lint")
    assert attach(registry, repository, subject, "lint") == first
    assert registry.referrers(repository, subject.digest) == (first,)


def test_evidence_without_a_blob(registry: Registry, repository: str) -> None:
    subject = push_image(registry, repository, "v1")
    mark = registry.attach(repository, subject, artifact_type=SARIF, blobs=[], annotations={"a": "b"})
    assert registry.referrers(repository, subject.digest) == (mark,)


def test_evidence_of_an_index(registry: Registry, repository: str) -> None:
    images = [push_image(registry, repository, name=name) for name in ("amd64", "arm64")]
    index = registry.put_manifest(repository, doc.index(images), media.INDEX, tag="multi")
    lint = attach(registry, repository, index, "lint")
    assert registry.referrers(repository, index.digest) == (lint,)
    assert registry.referrers(repository, images[0].digest) == ()


def test_no_evidence_is_no_error(registry: Registry, repository: str) -> None:
    assert registry.referrers(repository, ABSENT) == ()
    subject = push_image(registry, repository, "v1")
    assert registry.referrers(repository, subject.digest) == ()


def test_deleted_evidence_is_listed_no_more(registry: Registry, repository: str) -> None:
    subject = push_image(registry, repository, "v1")
    lint = attach(registry, repository, subject, "lint")
    test = attach(registry, repository, subject, "test", JUNIT)
    registry.delete_manifest(repository, lint.digest)
    assert registry.referrers(repository, subject.digest) == (test,)
    again = attach(registry, repository, subject, "lint")
    assert len(registry.referrers(repository, subject.digest)) == 2
    assert again == lint


def test_evidence_from_many_writers_at_once(registry: Registry, repository: str) -> None:
    subject = push_image(registry, repository, "v1")
    attached: list[Descriptor] = []
    threads = [
        threading.Thread(
            target=lambda name=name: attached.append(attach(registry, repository, subject, name)),
        )
        for name in (f"stage{number}" for number in range(6))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(attached) == 6
    assert {one.digest for one in registry.referrers(repository, subject.digest)} == {
        one.digest for one in attached
    }


def test_a_manifest_that_is_no_json_is_refused(registry: Registry, repository: str) -> None:
    with pytest.raises((RegistryError, IntegrityError)):
        registry.put_manifest(repository, b"no manifest", media.INDEX, tag="v1")
    assert registry.resolve(repository, "v1") is None
