"""An SBOM that nobody can judge is found out before anybody is asked."""

from __future__ import annotations

import pytest

from golden_images.core.digest import Digest
from golden_images.scanning.sboms import read
from tests.unit.scanning.test_trusted import ARTIFACT, FLASK, SUBJECT, ZLIB, document


def test_what_it_is_known_by() -> None:
    content = document(ZLIB)
    made = read(content, ARTIFACT, SUBJECT)
    assert (made.content, made.digest, made.artifact, made.subject) == (
        content,
        Digest.of(content),
        ARTIFACT,
        SUBJECT,
    )
    assert made.unreadable == ()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (document(), "lists no package"),
        (document("pkg:deb/debian/zlib@1?arch=source"), "lists no package"),
        (document(ZLIB, subject=f"sha256:{9:064}"), f"describes sha256:{9:064}"),
        (b'{"components": []}', "describes nothing"),
        (b"{}", "no list of components"),
        (b"\xff", "malformed"),
    ],
)
def test_what_cannot_be_scanned(content: bytes, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        read(content, ARTIFACT, SUBJECT)


@pytest.mark.parametrize(
    ("purl", "readable"),
    [
        (ZLIB, True),
        ("pkg:deb/debian/a@1:2.0~rc1%2Bdfsg-1%2Bdeb12u1%2Bb1?arch=amd64", True),
        ("pkg:deb/debian/a@git20200101-1?arch=amd64", True),
        ("pkg:deb/debian/a?arch=amd64", False),
        ("pkg:deb/debian/a@x:1?arch=amd64", False),
        ("pkg:deb/debian/a@1%202?arch=amd64", False),
        ("pkg:deb/debian/a@1?arch=amd64&upstream=b%40%20", False),
        (FLASK, True),
        ("pkg:pypi/flask@2.0rc1.post1", True),
        ("pkg:pypi/flask@two", False),
        ("pkg:pypi/flask", False),
        ("pkg:npm/lodash@4.17.4", True),
        ("pkg:golang/a.example/b", False),
        ("", False),
    ],
)
def test_versions_that_scanners_read(purl: str, readable: bool) -> None:
    made = read(document(ZLIB, purl), ARTIFACT, SUBJECT)
    assert [one.what for one in made.unreadable] == ([] if readable else [purl or "it"])
