from __future__ import annotations

import json

import pytest

from golden_images.adapters.registry import documents as doc
from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.errors import IntegrityError
from golden_images.ports import Descriptor

FULL = Descriptor(media.MANIFEST, Digest.of(b"x"), 1, "a/b", {"k": "v"}, "linux/arm64/v8")


@pytest.mark.parametrize("descriptor", [FULL, doc.EMPTY_DESCRIPTOR])
def test_descriptors_survive_json(descriptor: Descriptor) -> None:
    assert doc.from_json(json.loads(json.dumps(doc.to_json(descriptor)))) == descriptor


def test_the_empty_descriptor_is_the_specifications() -> None:
    assert doc.to_json(doc.EMPTY_DESCRIPTOR) == {
        "mediaType": "application/vnd.oci.empty.v1+json",
        "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "size": 2,
    }


def test_an_artifacts_bytes() -> None:
    """Their digest is in catalogs and signatures: a change here must be meant."""
    subject = Descriptor(media.MANIFEST, Digest.of(b"image"), 5, annotations={"not": "copied"})
    content = doc.artifact(subject, "a/b", [FULL], {"z": "1", "a": "2"})
    again = doc.artifact(subject, "a/b", [FULL], {"a": "2", "z": "1"})
    assert content == again
    assert Digest.of(content) == "sha256:51851ce75f98aabbd192421bbcb508ec1e3190172c0bae327a4c6b8ecf926161"


def test_an_index_does_not_depend_on_the_order() -> None:
    other = Descriptor(media.MANIFEST, Digest.of(b"y"), 1)
    assert doc.index([FULL, other, FULL]) == doc.index([other, FULL])


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"[" * 5000, b'{"manifests": [1]}', b'{"manifests": [{"digest": "x"}]}']
)
def test_what_is_no_index_is_an_integrity_error(content: bytes) -> None:
    with pytest.raises(IntegrityError):
        doc.entries(content, "the index")


def test_the_artifact_type_of_older_artifacts_is_the_configurations() -> None:
    assert doc.artifact_type_of({"config": {"mediaType": "a/b"}}) == "a/b"
    assert doc.artifact_type_of({"config": {"mediaType": "a/b"}, "artifactType": "c/d"}) == "c/d"


@pytest.mark.parametrize("config", [None, [], ["mediaType"], "mediaType", 7])
def test_a_strangers_configuration_says_no_type(config: object) -> None:
    assert doc.artifact_type_of({"config": config}) == ""


def test_of_a_strangers_annotations_the_texts_count() -> None:
    assert doc.annotations_of({"annotations": {"a": "b", "c": 5, "d": ["e"]}}) == {"a": "b"}
    assert [doc.annotations_of({"annotations": other}) for other in ("abc", ["a"], None)] == [{}, {}, {}]
