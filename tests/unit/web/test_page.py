"""An image's page: whatever a registry or a person wrote is text on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from golden_images.core.digest import Digest
from golden_images.core.reason import Reason, Why
from golden_images.views.digest import DigestView, ReportLine
from golden_images.views.release import ReleaseView
from golden_images.web.page import html

HOSTILE: Any = "<script>\"'&"
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
RELEASE = ReleaseView(
    version=HOSTILE,
    digest=HOSTILE,
    build_id=HOSTILE,
    reason=Reason(why=Why.FORCED, detail=HOSTILE),
    text=HOSTILE,
    released_at=AT,
    base_name=HOSTILE,
    base_digest=HOSTILE,
    plan=HOSTILE,
    backfill=False,
    note=HOSTILE,
    actor=HOSTILE,
    facts={},
)


def view(**fields: Any) -> DigestView:
    plain: dict[str, Any] = {
        "image": "web",
        "digest": Digest.of(b"web"),
        "pull": "web",
        "release": None,
        "channels": (),
        "media_type": "application/vnd.oci.image.manifest.v1+json",
        "artifact_type": None,
        "layers": None,
        "bytes": None,
        "platforms": {},
        "annotations": {},
        "reports": (),
    }
    return DigestView(**{**plain, **fields})


def test_no_text_of_others_is_markup() -> None:
    report = ReportLine(HOSTILE, HOSTILE, HOSTILE, HOSTILE, AT, HOSTILE, False)
    page = html(
        view(
            image=HOSTILE,
            digest=HOSTILE,
            pull=HOSTILE,
            release=RELEASE,
            channels=(HOSTILE,),
            media_type=HOSTILE,
            artifact_type=HOSTILE,
            platforms={HOSTILE: HOSTILE},
            annotations={HOSTILE: HOSTILE},
            reports=(report,),
        )
    )
    assert "<script" not in page
    text = "&lt;script&gt;&quot;&#x27;&amp;"
    # Of the record: 5; of the release: 8; a platform, an annotation: 2 each; of the report: 5 and, twice
    # in an address, the subject's and its own.
    assert page.count(text) >= 5 + 8 + 4 + 5 + 4


def test_a_digest_without_evidence_says_so() -> None:
    page = html(view())
    assert "None is attached to this digest." in page
    assert "Layers" not in page


def test_sizes_and_times_are_for_people() -> None:
    report = ReportLine(Digest.of(b"r"), "sbom", "sbom.cdx.json", "x/y", AT, "syft 1", True)
    page = html(view(layers=2, bytes=12_345_678, reports=(report,)))
    assert "2, 12.3 MB compressed" in page
    assert "2026-11-23T02:00:00Z" in page


def test_a_report_that_the_catalog_does_not_name_is_marked() -> None:
    known = ReportLine(Digest.of(b"r"), "sbom", "sbom.cdx.json", "x/y", AT, "syft 1", True)
    planted = ReportLine(Digest.of(b"p"), "sbom", "sbom.cdx.json", "x/y", AT, "syft 1", False)
    assert "decides nothing" not in html(view(reports=(known,)))
    page = html(view(reports=(known, planted)))
    assert "decides nothing" in page
    assert (page.count("<td>yes<td>"), page.count("<td>no<td>")) == (1, 1)
