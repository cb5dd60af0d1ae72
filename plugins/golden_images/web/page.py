"""An image's page: what a digest is, where it stands, and the reports about it. Pure; no scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape

from golden_images.core.words import moment
from golden_images.views.digest import DigestView, ReportLine
from golden_images.views.release import ReleaseView

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;"
    "color:#1a202c;background:#fff}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .8rem .3rem 0;"
    "border-bottom:1px solid #e2e8f0;vertical-align:top}code{font:13px/1.5 ui-monospace,monospace;"
    "overflow-wrap:anywhere}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
#: Nothing is loaded, nothing runs, and only Airflow's own pages frame it.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


#: Whoever may push to the registry may attach anything.
_UNKNOWN = (
    "What the catalog does not know decides nothing: the record of a channel's move, and whatever else was "
    "attached."
)


def html(view: DigestView) -> str:
    title = escape(f"{view.image} · {view.digest[7:19]}")
    facts = [("Digest", view.digest), ("Pull", f"docker pull {view.pull}")]
    if view.release:
        facts += _release(view.release, view.channels)
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8>",
        '<meta name=viewport content="width=device-width,initial-scale=1">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{escape(view.image)}</h1>",
        _table([*facts, *_content(view)]),
        *(f'<p><a href="{escape(to)}">{escape(name)}</a></p>' for name, to in _links(view)),
        "<h2>Evidence</h2>",
    ]
    if view.reports:
        parts.append("<table><tr><th>Stage<th>Report<th>Type<th>Made<th>By<th>Known<th>")
        parts += [_row(view.digest, one) for one in view.reports]
        parts.append("</table>")
        if not all(one.known for one in view.reports):
            parts.append(f"<p>{_UNKNOWN}</p>")
    else:
        parts.append("<p>None is attached to this digest.</p>")
    if view.annotations:
        parts += ["<h2>Annotations</h2>", _table(sorted(view.annotations.items()))]
    return "".join([*parts, "</body></html>"])


def _release(release: ReleaseView, channels: Iterable[str]) -> list[tuple[str, str]]:
    facts = [
        ("Version", release.version),
        ("Channels", ", ".join(channels) or "none"),
        ("Reason", release.text),
        ("Asked by", release.asked),
        ("Released", moment(release.released_at)),
        ("Base", f"{release.base_name} {release.base_digest}" if release.base_name else ""),
    ]
    return [(key, value) for key, value in facts if value]


def _content(view: DigestView) -> Iterator[tuple[str, str]]:
    yield "Media type", view.media_type
    if view.artifact_type:
        yield "Artifact", view.artifact_type
    if view.bytes is not None:
        yield "Layers", f"{view.layers}, {view.bytes / 1e6:.1f} MB compressed"


def _links(view: DigestView) -> Iterator[tuple[str, str]]:
    """To other digests of the same repository."""
    yield from view.platforms.items()
    if view.release:
        yield "Build plan, with the evidence about its build context", view.release.plan


def _row(subject: str, one: ReportLine) -> str:
    address = f"{escape(subject)}/reports/{escape(one.digest)}"
    cells = (
        escape(one.artifact_type),
        moment(one.at) if one.at else "",
        escape(one.tool),
        "yes" if one.known else "no",
    )
    return (
        f'<tr><td>{escape(one.stage)}<td><a href="{address}">{escape(one.name)}</a>'
        + "".join(f"<td>{cell}" for cell in cells)
        + f'<td><a href="{address}?download=1">download</a>'
    )


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th>{escape(key)}<td><code>{escape(value)}</code>" for key, value in rows)
    return f"<table>{cells}</table>"
