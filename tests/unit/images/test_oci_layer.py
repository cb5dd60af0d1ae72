"""OCI images made without an engine."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from golden_images.core.digest import Digest
from golden_images.errors import InputError
from golden_images.images import oci_layer


@pytest.fixture
def layer(tmp_path: Path) -> oci_layer.Layer:
    (tmp_path / "file").write_text("content" * 10_000)
    with tarfile.open(tmp_path / "root.tar", "w") as archive:
        archive.add(tmp_path / "file", "file")
    return oci_layer.compress(tmp_path / "root.tar", tmp_path / "layer.tar.gz", epoch=1_700_000_000)


def test_a_layer_is_what_its_digests_say(layer: oci_layer.Layer, tmp_path: Path) -> None:
    packed = layer.path.read_bytes()
    assert (layer.digest, layer.size) == (Digest.of(packed), len(packed))
    plain = gzip.decompress(packed)
    assert layer.diff_id == Digest.of(plain)
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        assert archive.getnames() == ["./file", "./dev"]
        file = archive.extractfile("./file")
        assert file is not None
        assert file.read() == (tmp_path / "file").read_bytes()


def test_the_same_root_gives_the_same_layer_under_another_name_at_another_time(
    layer: oci_layer.Layer, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root.tar").rename(tmp_path / "other.tar")
    again = oci_layer.compress(tmp_path / "other.tar", tmp_path / "elsewhere" / "blob", epoch=1_700_000_000)
    assert again.path.read_bytes() == layer.path.read_bytes()
    # Name and time of a gzip header: the flags and the four bytes of mtime.
    assert layer.path.read_bytes()[3:8] == b"\0\0\0\0\0"


def test_the_configuration_says_what_runs(layer: oci_layer.Layer) -> None:
    content = oci_layer.config(
        layer,
        platform="linux/arm64/v8",
        created=1_700_000_000,
        labels={"a": "b"},
        history="mmdebstrap bookworm",
    )
    document = json.loads(content)
    assert (document["os"], document["architecture"], document["variant"]) == ("linux", "arm64", "v8")
    assert document["created"] == "2023-11-14T22:13:20Z"
    assert document["rootfs"] == {"type": "layers", "diff_ids": [layer.diff_id]}
    assert document["config"]["Labels"] == {"a": "b"}
    assert document["config"]["Cmd"] == ["bash"]
    assert document["history"][0]["created_by"] == "mmdebstrap bookworm"


def test_the_manifest_names_configuration_and_layer(layer: oci_layer.Layer) -> None:
    config = oci_layer.config(layer, platform="linux/amd64", created=0, labels={}, history="x")
    document = json.loads(oci_layer.manifest(config, layer, {"k": "v"}))
    assert document["config"]["digest"] == Digest.of(config)
    assert document["layers"] == [
        {
            "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
            "digest": layer.digest,
            "size": layer.size,
        }
    ]
    assert document["annotations"] == {"k": "v"}


DOCKER = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "digest": "sha256:c",
        "size": 1,
    },
    "layers": [
        {"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "digest": "sha256:1", "size": 2},
        {"mediaType": "application/vnd.docker.image.rootfs.diff.tar", "digest": "sha256:2", "size": 3},
    ],
}


def test_dockers_manifest_becomes_an_oci_one_of_the_same_blobs() -> None:
    document = json.loads(oci_layer.to_oci(json.dumps(DOCKER).encode(), {"k": "v"}))
    assert document["mediaType"] == "application/vnd.oci.image.manifest.v1+json"
    assert document["config"] == {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": "sha256:c",
        "size": 1,
    }
    assert [(layer["mediaType"], layer["digest"], layer["size"]) for layer in document["layers"]] == [
        ("application/vnd.oci.image.layer.v1.tar+gzip", "sha256:1", 2),
        ("application/vnd.oci.image.layer.v1.tar", "sha256:2", 3),
    ]
    assert document["annotations"] == {"k": "v"}


def test_an_oci_manifest_only_gains_annotations() -> None:
    once = oci_layer.to_oci(json.dumps(DOCKER).encode(), {"a": "1"})
    twice = oci_layer.to_oci(once, {"b": "2"})
    assert json.loads(twice) == {**json.loads(once), "annotations": {"a": "1", "b": "2"}}


@pytest.mark.parametrize(
    "content",
    [b"[]", b"{}", b"no json", json.dumps({"manifests": []}).encode()],
)
def test_what_is_no_image_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="no image manifest"):
        oci_layer.to_oci(content, {})


def test_a_foreign_layer_is_refused() -> None:
    foreign = {
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "digest": "x",
        "size": 1,
    }
    with pytest.raises(InputError, match="no OCI counterpart"):
        oci_layer.to_oci(json.dumps({**DOCKER, "layers": [foreign]}).encode(), {})
