"""Strangers read what our client published, from a registry with the referrers API and from one without.

Run by ``make interop`` (run.py), which builds the strangers.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from golden_images.adapters.registry import client_from
from golden_images.adapters.registry import documents as doc
from golden_images.adapters.registry.client import RegistryClient
from golden_images.core import media
from golden_images.core.digest import canonical_json
from golden_images.evidence.store import Witnesses
from golden_images.ports import Descriptor
from tests.fakes.catalog import FakeCatalog

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
#: Artifact type and media type of what the stages attach.
EVIDENCE = {
    "lint": "application/sarif+json",
    "sbom": "application/vnd.cyclonedx+json",
    "test": "application/x-junit+xml",
    "provenance": "application/vnd.in-toto+json",
}


@pytest.fixture(params=["referrers-api", "fallback-tag"])
def registry(request: pytest.FixtureRequest) -> RegistryClient:
    if request.param == "referrers-api":
        return client_from(os.environ["GOLDEN_IMAGES_INTEROP_REGISTRY"])
    return client_from(request.getfixturevalue("registry_service").host)


@pytest.fixture
def repository() -> str:
    return f"interop/{uuid.uuid4().hex}"


def stranger(tool: str, *arguments: str) -> str:
    program = Path(os.environ["GOLDEN_IMAGES_INTEROP_TOOLS"]) / tool
    # No login of the user's is any business of these tests.
    environment = {"HOME": "/nonexistent", "DOCKER_CONFIG": "/nonexistent"}
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False, timeout=60, env=environment
    )
    assert done.returncode == 0, f"{tool} {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
    return done.stdout


def push_image(
    registry: RegistryClient, repository: str, tag: str | None, architecture: str = "amd64"
) -> Descriptor:
    """An image of one file, as ``build`` and ``bootstrap`` push theirs."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        content = f"for {architecture}\n".encode()
        entry = tarfile.TarInfo("etc/motd")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    layer = gzip.compress(archive.getvalue(), mtime=0)
    config = canonical_json(
        {
            "architecture": architecture,
            "os": "linux",
            "config": {"Cmd": ["/bin/true"]},
            "rootfs": {
                "type": "layers",
                "diff_ids": [f"sha256:{hashlib.sha256(archive.getvalue()).hexdigest()}"],
            },
        }
    )
    parts = [
        doc.to_json(replace(registry.push_blob(repository, content), media_type=media_type))
        for media_type, content in ((CONFIG, config), (LAYER, layer))
    ]
    manifest = {"schemaVersion": 2, "mediaType": media.MANIFEST, "config": parts[0], "layers": parts[1:]}
    pushed = registry.put_manifest(repository, canonical_json(manifest), media.MANIFEST, tag=tag)
    return replace(pushed, platform=f"linux/{architecture}")


def push_index(registry: RegistryClient, repository: str, tag: str) -> Descriptor:
    images = [push_image(registry, repository, None, architecture) for architecture in ("amd64", "arm64")]
    return registry.put_manifest(repository, doc.index(images), media.INDEX, tag=tag)


def discovered(registry: RegistryClient, repository: str, subject: Descriptor) -> dict[str, str]:
    """What oras lists: artifact type by digest."""
    reference = f"{registry.host}/{repository}@{subject.digest}"
    answer = json.loads(stranger("oras", "discover", "--plain-http", "--format", "json", reference))
    return {one["digest"]: one["artifactType"] for one in answer.get("referrers", [])}


@pytest.mark.parametrize("kind", ["image", "index"])
def test_oras_discovers_every_evidence(registry: RegistryClient, repository: str, kind: str) -> None:
    push = push_image if kind == "image" else push_index
    subject = push(registry, repository, "v1")
    attached = {
        registry.attach(
            repository,
            subject,
            artifact_type=media_type,
            blobs=[(media_type, f"report of {stage}".encode())],
            annotations={"io.golden-images.stage": stage},
        ).digest: media_type
        for stage, media_type in EVIDENCE.items()
    }
    found = discovered(registry, repository, subject)
    assert set(found) == set(attached)
    if registry.host != os.environ["GOLDEN_IMAGES_INTEROP_REGISTRY"]:
        # go-containerregistry's list gives the configuration's media type for the artifact's.
        assert found == attached


def test_oras_and_we_see_the_same_after_oras_attached(
    registry: RegistryClient, repository: str, tmp_path: Path
) -> None:
    subject = push_image(registry, repository, "v1")
    ours = registry.attach(
        repository,
        subject,
        artifact_type="application/sarif+json",
        blobs=[("application/sarif+json", b"{}")],
        annotations={},
    )
    (tmp_path / "note.txt").write_text("from a stranger")
    stranger(
        "oras",
        "attach",
        "--plain-http",
        "--disable-path-validation",
        "--artifact-type",
        "application/x-note",
        f"{registry.host}/{repository}@{subject.digest}",
        f"{tmp_path / 'note.txt'}:text/plain",
    )
    listed = registry.referrers(repository, subject.digest)
    assert len(listed) == 2
    assert ours.digest in {one.digest for one in listed}
    (note,) = registry.referrers(repository, subject.digest, "application/x-note")
    assert set(discovered(registry, repository, subject)) == {ours.digest, note.digest}


def test_oras_pulls_a_report_as_a_file(registry: RegistryClient, repository: str, tmp_path: Path) -> None:
    subject = push_image(registry, repository, "v1")
    witnesses = Witnesses(registry, FakeCatalog(), "app", repository)
    witnesses.store(
        subject,
        witnesses.snapshot(subject.digest),
        stage="lint",
        mark="0" * 16,
        reports={"application/sarif+json": b'{"runs": []}'},
        tool="hadolint 1",
    )
    (report,) = registry.referrers(repository, subject.digest)
    reference = f"{registry.host}/{repository}@{report.digest}"
    stranger("oras", "pull", "--plain-http", "--output", str(tmp_path), reference)
    assert (tmp_path / "lint.sarif").read_bytes() == b'{"runs": []}'


@pytest.mark.parametrize("kind", ["image", "index"])
def test_crane_accepts_what_we_push(registry: RegistryClient, repository: str, kind: str) -> None:
    push = push_image if kind == "image" else push_index
    pushed = push(registry, repository, "v1")
    for reference in (f"{registry.host}/{repository}:v1", f"{registry.host}/{repository}@{pushed.digest}"):
        stranger("crane", "validate", "--insecure", "--remote", reference)
    assert (
        stranger("crane", "digest", "--insecure", f"{registry.host}/{repository}:v1").strip() == pushed.digest
    )
