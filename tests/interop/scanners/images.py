"""The SBOMs to scan, as they are published: of an old Debian, and of the example images built here."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from golden_images.adapters.registry import client_from
from golden_images.adapters.registry import documents as doc
from golden_images.adapters.registry.client import RegistryClient
from golden_images.adapters.tools.syft import Syft
from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.ports import SbomRequest
from tests.services.registry import RegistryService

#: Packages as Debian 12.0 had them: name, version, source (with its version where that is another).
OLD = """\
base-files 12.4
bash 5.2.15-2+b2 bash (5.2.15-2)
libapt-pkg6.0 2.6.1 apt
libc6 2.36-9 glibc
libcurl4 7.88.1-10 curl
libexpat1 2.5.0-1 expat
libgnutls30 3.7.9-2 gnutls28
liblzma5 5.4.1-0.2 xz-utils
libpam0g 1.5.2-6 pam
libpython3.11-minimal 3.11.2-6 python3.11
libssh2-1 1.10.0-3+b1 libssh2 (1.10.0-3)
libssl3 3.0.9-1 openssl
libsystemd0 252.6-1 systemd
openssl 3.0.9-1
perl-base 5.36.0-7 perl
tar 1.34+dfsg-1.2
zlib1g 1:1.2.13.dfsg-1 zlib
"""
WHEELS = ("Jinja2 2.10", "requests 2.19.1", "urllib3 1.24.1")


@dataclass(frozen=True)
class Published:
    name: str
    cyclonedx: bytes
    spdx: bytes


def old_debian(folder: Path) -> Iterator[Published]:
    """An image that holds the records of packages alone, through a registry and syft as every other."""
    folder.mkdir()
    service = RegistryService(folder)
    service.start()
    try:
        client = client_from(service.host)
        digest = _push(client, "old/debian", _old_files())
        request = SbomRequest(
            f"{service.host}/old/debian@{digest}", datetime(2023, 6, 10, tzinfo=UTC), "tests"
        )
        made = Syft().generate(request, lambda _: None)
        yield Published("Debian 12.0 and three wheels", made.cyclonedx, made.spdx)
    finally:
        service.stop()


def examples() -> Iterator[Published]:
    """The newest SBOMs in the registry that ``make demo`` uses, if it answers."""
    from local.setup import state_folder
    from local.stack.registry import NAME, answers
    from local.stack.state import State

    host = f"127.0.0.1:{State(state_folder()).port(NAME)}"
    if not answers(host):
        return
    client = client_from(host)
    for repository in sorted(client.repositories()):
        for tag in sorted(client.tags(repository), reverse=True):
            image = client.resolve(repository, tag)
            if image is None:
                continue
            found = [
                _newest(client, repository, image.digest, kind) for kind in (media.CYCLONEDX, media.SPDX)
            ]
            if all(found):
                yield Published(f"{repository}:{tag}", *found)
                break


def _newest(client: RegistryClient, repository: str, subject: Digest, kind: str) -> bytes:
    """Empty if there is none."""
    listed = client.referrers(repository, subject, kind)
    if not listed:
        return b""
    newest = max(listed, key=lambda one: one.annotations.get("org.opencontainers.image.created", ""))
    (layer,) = json.loads(client.manifest(repository, newest.digest).content)["layers"]
    return client.blob(repository, Digest(layer["digest"]))


def _old_files() -> Iterator[tuple[str, str]]:
    yield "etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'
    status = []
    for line in OLD.splitlines():
        name, version, *source = line.split(" ", 2)
        status.append(
            f"Package: {name}\nStatus: install ok installed\nMaintainer: A Team <team@example.com>\n"
            f"Architecture: amd64\n{f'Source: {source[0]}' + chr(10) if source else ''}"
            f"Version: {version}\nDescription: a package\n\n"
        )
    yield "var/lib/dpkg/status", "".join(status)
    for wheel in WHEELS:
        name, version = wheel.split()
        path = f"usr/lib/python3/dist-packages/{name}-{version}.dist-info/METADATA"
        yield path, f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n"


def _push(client: RegistryClient, repository: str, files: Iterator[tuple[str, str]]) -> Digest:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, text in files:
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    diff = f"sha256:{hashlib.sha256(archive.getvalue()).hexdigest()}"
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [diff]},
    }
    parts = [
        doc.to_json(replace(client.push_blob(repository, content), media_type=kind))
        for kind, content in (
            ("application/vnd.oci.image.config.v1+json", canonical_json(config)),
            ("application/vnd.oci.image.layer.v1.tar+gzip", gzip.compress(archive.getvalue(), mtime=0)),
        )
    ]
    manifest = {"schemaVersion": 2, "mediaType": media.MANIFEST, "config": parts[0], "layers": parts[1:]}
    return client.put_manifest(repository, canonical_json(manifest), media.MANIFEST, tag="v1").digest
