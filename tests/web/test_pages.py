"""The pages of images: who may read them, what they show, and what they never do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from airflow.api_fastapi.core_api import security
from fastapi import HTTPException, Request

from golden_images.core.digest import Digest
from golden_images.core.release import Release
from golden_images.errors import InputError
from golden_images.pipeline import schema
from golden_images.ports import Descriptor, Manifest
from golden_images.web import reports
from golden_images.web.app import app
from golden_images.web.sources import Sources
from tests.fakes.world import World
from tests.web.test_events import Client

SARIF, HTML = "application/sarif+json", "text/html"
ROOT = {"schema": 1, "name": "root", "description": "A root.", "owner": "team"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(contexts=tmp_path)
    made.context("root")
    definition = schema().model_validate(ROOT | {"base": {"bootstrap": {"suite": "bookworm"}}})
    made.run(definition, note="a <i>key</i> was lost", actor="alice", force=True)
    return made


@pytest.fixture
def release(world: World) -> Release:
    found = world.catalog.current("root")
    assert found is not None
    return found


class Readers:
    """Airflow's side: who asks, and what they may read."""

    def __init__(self) -> None:
        self.user: Any = SimpleNamespace(name="alice")
        self.readable = {"golden_images.root", "golden_images.other"}

    def is_authorized_dag(self, *, method: str, access_entity: Any, details: Any, user: Any) -> bool:
        return method == "GET" and user is self.user and details.id in self.readable


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> Readers:
    made = Readers()
    monkeypatch.setattr(security, "get_auth_manager", lambda: made)
    monkeypatch.setattr(security.DagModel, "get_team_name", lambda dag_id: None)
    return made


@pytest.fixture
def client(world: World, readers: Readers) -> Client:
    sources = Sources(world.organisation, frozenset({"root"}), world.registry, world.catalog)
    served = app(find_images=lambda: sources)

    async def asking(request: Request) -> Any:
        if readers.user is None:
            raise HTTPException(401, "Not authenticated")
        return readers.user

    served.dependency_overrides[security.get_user] = asking
    return Client(served)


def page(client: Client, release: Release, image: str = "root") -> httpx.Response:
    return client.get(f"/images/{image}/{release.digest}")


def attach(world: World, subject: Digest, kind: str, content: bytes) -> Digest:
    at = world.registry.manifest("golden/root", subject).descriptor
    return world.registry.attach(
        "golden/root",
        Descriptor(at.media_type, at.digest, at.size),
        artifact_type=kind,
        blobs=[(kind, content)],
        annotations={"io.golden-images.stage": "lint"},
    ).digest


def test_a_page_says_what_the_digest_is_and_leads_to_its_evidence(client: Client, release: Release) -> None:
    answer = page(client, release)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for text in (release.version, str(release.digest), "dev", "forced: ", "sbom.cdx.json", "test.junit.xml"):
        assert text in answer.text
    assert "alice: a &lt;i&gt;key&lt;/i&gt; was lost" in answer.text
    links = re.findall(r'href="([^"?]+/reports/[^"?]+)"', answer.text)
    assert len(links) >= 4
    for link in links:
        assert client.get(f"/images/root/{link}").status_code == 200
    assert client.get(f"/images/root/{release.plan}").status_code == 200, "the build plan has a page, too"


def test_a_report_is_text_to_read_or_a_file_with_a_name(client: Client, release: Release) -> None:
    (link,) = re.findall(r'href="([^"?]+)">sbom.cdx.json<', page(client, release).text)
    read = client.get(f"/images/root/{link}")
    assert read.headers["content-type"] == "text/plain; charset=utf-8"
    assert read.headers["content-disposition"] == "inline; filename*=UTF-8''sbom.cdx.json"
    assert json.loads(read.text)["bomFormat"] == "CycloneDX"
    kept = client.get(f"/images/root/{link}?download=1")
    assert kept.content == read.content
    assert kept.headers["content-disposition"].startswith("attachment;")


def test_nothing_of_a_report_or_an_image_runs_in_a_browser(
    client: Client, world: World, release: Release
) -> None:
    script = b"<html><script>alert(1)</script></html>"
    referrer = attach(world, release.digest, HTML, script)
    answer = client.get(f"/images/root/{release.digest}/reports/{referrer}")
    assert answer.content == script
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    binary = attach(world, release.digest, SARIF, b"\xff\xfe<script>")
    handed = client.get(f"/images/root/{release.digest}/reports/{binary}")
    assert handed.headers["content-type"] == "application/octet-stream"
    assert handed.headers["content-disposition"].startswith("attachment;")
    for one in (answer, handed, page(client, release)):
        assert one.headers["x-content-type-options"] == "nosniff"
        policy = one.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "<script" not in page(client, release).text


def test_who_may_not_read_the_dag_sees_nothing(client: Client, readers: Readers, release: Release) -> None:
    (link,) = re.findall(r'href="([^"?]+)">sbom.cdx.json<', page(client, release).text)
    addresses = (f"/images/root/{release.digest}", f"/images/root/{link}")
    readers.readable.clear()
    assert [client.get(one).status_code for one in addresses] == [403, 403]
    readers.user = None
    assert [client.get(one).status_code for one in addresses] == [401, 401]


def test_a_report_is_reached_through_what_it_is_about_alone(
    client: Client, world: World, release: Release
) -> None:
    about_plan = attach(world, release.plan, SARIF, b"{}")
    assert client.get(f"/images/root/{release.plan}/reports/{about_plan}").status_code == 200
    assert client.get(f"/images/root/{release.digest}/reports/{about_plan}").status_code == 404
    assert client.get(f"/images/root/{release.digest}/reports/{release.digest}").status_code == 404


def test_other_repositories_of_the_registry_are_not_shown(
    client: Client, world: World, release: Release
) -> None:
    manifest = world.registry.manifest("golden/root", release.plan)
    for layer in (body := json.loads(manifest.content))["layers"] + [body["config"]]:
        world.registry.mount_blob("golden/other", Digest(layer["digest"]), "golden/root")
    world.registry.put_manifest("golden/other", manifest.content, manifest.descriptor.media_type)
    assert client.get(f"/images/other/{release.plan}").status_code == 404


@pytest.mark.parametrize("image", ["..", "a%2Fb", "root%00", "ROOT", "root@x", "r" * 200])
def test_an_image_is_a_name_and_nothing_else(
    client: Client, readers: Readers, release: Release, image: str
) -> None:
    readers.readable.add(f"golden_images.{image}")
    assert client.get(f"/images/{image}/{release.digest}").status_code in (403, 404)


@pytest.mark.parametrize("digest", ["latest", "sha256:00", "sha512:" + "0" * 128, "sha256:" + "0" * 64])
def test_a_digest_is_a_digest_that_is_there(client: Client, digest: str) -> None:
    assert client.get(f"/images/root/{digest}").status_code == 404


def test_a_report_without_end_is_not_read(
    client: Client, world: World, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    referrer = attach(world, release.digest, SARIF, b"x" * 100)
    monkeypatch.setattr(reports, "MAX_BYTES", 99)
    assert client.get(f"/images/root/{release.digest}/reports/{referrer}").status_code == 413


def test_a_registry_that_is_down_is_said(client: Client, world: World, release: Release) -> None:
    world.registry.down = True  # type: ignore[attr-defined]
    assert page(client, release).status_code == 503


def test_what_a_request_opened_is_closed_however_it_ends(
    client: Client, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Sources] = []

    def close(self: Sources) -> None:
        closed.append(self)

    monkeypatch.setattr(Sources, "close", close)
    page(client, release)
    client.get(f"/images/root/sha256:{'0' * 64}")
    assert len(closed) == 2


def test_a_server_without_the_project_says_so(readers: Readers, release: Release) -> None:
    def nothing() -> Sources:
        raise InputError("there is no include/golden_images.yaml")

    served = app(find_images=nothing)
    served.dependency_overrides[security.get_user] = lambda: readers.user
    answer = Client(served).get(f"/images/root/{release.digest}")
    assert (answer.status_code, answer.json()["detail"]) == (503, "there is no include/golden_images.yaml")


def test_it_only_reads(client: Client, release: Release) -> None:
    assert client.post(f"/images/root/{release.digest}").status_code == 405


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("index", b'{"manifests": ["x"]}'),
        ("index", b'{"manifests": [{"digest": "javascript:alert(1)"}]}'),
        ("index", b'{"manifests": 5}'),
        ("index", b'{"manifests": [{"digest": "sha256:%s", "platform": {"os": 1}}]}' % (b"0" * 64)),
        ("manifest", b'{"layers": [{"size": "x"}, {"size": 1e999}]}'),
        ("manifest", b'{"annotations": {"a": "\\ud800"}}'),
        ("manifest", b"[" * 100_000),
    ],
)
def test_a_manifest_of_any_form_is_answered(
    client: Client,
    world: World,
    release: Release,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    content: bytes,
) -> None:
    found = Manifest(
        Descriptor(f"application/vnd.oci.image.{kind}.v1+json", Digest.of(content), len(content)), content
    )
    monkeypatch.setattr(world.registry, "manifest", lambda repository, reference: found)
    for address in (f"{release.digest}", f"{release.digest}/reports/{release.digest}"):
        assert client.get(f"/images/root/{address}").status_code in (200, 404)
