"""An image's page: what a digest is, where it stands, and the evidence about it. Pure; no scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

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


@dataclass(frozen=True, slots=True)
class Evidence:
    """``name`` is its file's; ``at``, ``tool`` as they are annotated; empty if they are not."""

    digest: str
    stage: str
    name: str
    artifact_type: str
    at: str = ""
    tool: str = ""


@dataclass(frozen=True, slots=True)
class ImagePage:
    """``pull`` is the reference by digest; ``facts`` are shown as they come; ``links`` lead to other
    digests of the same repository, by name."""

    image: str
    digest: str
    pull: str
    facts: Sequence[tuple[str, str]]
    links: Mapping[str, str]
    annotations: Mapping[str, str]
    evidence: Sequence[Evidence]

    def html(self) -> str:
        title = escape(f"{self.image} · {self.digest[7:19]}")
        parts = [
            "<!doctype html><html lang=en><head><meta charset=utf-8>",
            '<meta name=viewport content="width=device-width,initial-scale=1">',
            f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{escape(self.image)}</h1>",
            _table([("Digest", self.digest), ("Pull", f"docker pull {self.pull}"), *self.facts]),
        ]
        for name, digest in self.links.items():
            parts.append(f'<p><a href="{escape(digest)}">{escape(name)}</a></p>')
        parts.append("<h2>Evidence</h2>")
        if self.evidence:
            parts.append("<table><tr><th>Stage<th>Report<th>Type<th>Made<th>By<th>")
            parts += [self._row(one) for one in self.evidence]
            parts.append("</table>")
        else:
            parts.append("<p>None is attached to this digest.</p>")
        if self.annotations:
            parts += ["<h2>Annotations</h2>", _table(sorted(self.annotations.items()))]
        return "".join([*parts, "</body></html>"])

    def _row(self, one: Evidence) -> str:
        address = f"{escape(self.digest)}/reports/{escape(one.digest)}"
        cells = (escape(one.artifact_type), escape(one.at), escape(one.tool))
        return (
            f'<tr><td>{escape(one.stage)}<td><a href="{address}">{escape(one.name)}</a>'
            + "".join(f"<td>{cell}" for cell in cells)
            + f'<td><a href="{address}?download=1">download</a>'
        )


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th>{escape(key)}<td><code>{escape(value)}</code>" for key, value in rows)
    return f"<table>{cells}</table>"
