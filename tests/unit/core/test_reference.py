"""The grammar of image references, and what each part of one is."""

from __future__ import annotations

import pytest
from packageurl import PackageURL

from golden_images.core.digest import Digest
from golden_images.core.reference import Reference

D = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("debian", "docker.io/library/debian:latest"),
        ("debian:bookworm-slim", "docker.io/library/debian:bookworm-slim"),
        ("bitnami/redis", "docker.io/bitnami/redis:latest"),
        ("docker.io/debian:12", "docker.io/library/debian:12"),
        ("quay.io/a/b:1", "quay.io/a/b:1"),
        ("localhost/a:1", "localhost/a:1"),
        ("registry:5000/a", "registry:5000/a:latest"),
        ("[::1]:5000/a/b_c/d-e:1.0", "[::1]:5000/a/b_c/d-e:1.0"),
        (f"debian@{D}", f"docker.io/library/debian@{D}"),
        (f"debian:12@{D}", f"docker.io/library/debian:12@{D}"),
        (f"registry:5000/a@{D}", f"registry:5000/a@{D}"),
    ],
)
def test_short_forms_are_written_out_once(text: str, whole: str) -> None:
    assert str(Reference.parse(text)) == whole
    assert Reference.parse(whole) == Reference.parse(text)


def test_parts() -> None:
    found = Reference.parse(f"registry.test:5000/team/base:12@{D}")
    assert (found.registry, found.repository, found.tag, found.digest) == (
        "registry.test:5000",
        "team/base",
        "12",
        Digest(D),
    )
    assert found.name == "registry.test:5000/team/base"


def test_a_digest_alone_has_no_tag() -> None:
    assert Reference.parse(f"debian@{D}").tag is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "repository name"),
        ("Debian", "repository name"),
        ("debian:", "no tag"),
        ("debian:a b", "no tag"),
        ("debian:" + "a" * 129, "no tag"),
        ("debian@", "digest"),
        ("debian@sha256:12", "digest"),
        (f"debian@{D}@{D}", "digest"),
        ("quay.io/", "repository name"),
        ("quay.io/a//b", "repository name"),
        ("quay.io:port/a", "registry host"),
        ("-host.test/a", "registry host"),
        ("a/" * 128 + "a", "repository name"),
        ("debian\n", "repository name"),
    ],
)
def test_what_is_no_reference_says_which_part(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Reference.parse(text)


def test_pinning_drops_the_tag_and_tagging_the_digest() -> None:
    found = Reference.parse("quay.io/a:1")
    assert str(found.at(Digest(D))) == f"quay.io/a@{D}"
    assert found.at(Digest(D)).tagged("2") == Reference.parse("quay.io/a:2")


@pytest.mark.parametrize("tag", ["", "2026.11.23-1a2b3c4d"])
def test_an_images_package_url_is_read_as_what_it_is(tag: str) -> None:
    """Its text never changes: it stands in release records."""
    digest = Digest.of(b"image")
    text = Reference.parse("registry.test:5000/golden/team/web").purl(digest, tag)
    where = "?repository_url=registry.test:5000/golden/team/web"
    assert text == f"pkg:oci/web@sha256%3A{digest.hex}{where}{f'&tag={tag}' if tag else ''}"
    read = PackageURL.from_string(text)
    assert (read.type, read.namespace, read.name, read.version) == ("oci", None, "web", digest)
    more = {"tag": tag} if tag else {}
    assert read.qualifiers == {"repository_url": "registry.test:5000/golden/team/web", **more}
