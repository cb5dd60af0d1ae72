"""An image's page: whatever a registry or a person wrote is text on it."""

from __future__ import annotations

from dataclasses import fields

from golden_images.web.page import Evidence, ImagePage

HOSTILE = "<script>\"'&"
DIGEST = "sha256:" + "ab" * 32


def test_no_text_of_others_is_markup() -> None:
    page = ImagePage(
        image=HOSTILE,
        digest=DIGEST,
        pull=HOSTILE,
        facts=[(HOSTILE, HOSTILE)],
        links={HOSTILE: HOSTILE},
        annotations={HOSTILE: HOSTILE},
        evidence=[Evidence(**{one.name: HOSTILE for one in fields(Evidence)})],
    )
    html = page.html()
    assert "<script" not in html
    assert html.count("&lt;script&gt;&quot;&#x27;&amp;") >= 7 + len(fields(Evidence))


def test_a_digest_without_evidence_says_so() -> None:
    page = ImagePage(image="web", digest=DIGEST, pull="web", facts=[], links={}, annotations={}, evidence=[])
    assert "None is attached to this digest." in page.html()
