"""Below ``/golden-images/images``: what the links of a task lead to. Read-only, and for those alone whom
Airflow lets read the image's DAG."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException
from starlette.responses import HTMLResponse, Response

from golden_images.core.digest import Digest
from golden_images.core.fields import NAME
from golden_images.errors import GoldenImagesError, IntegrityError, RegistryError
from golden_images.views.digest import DigestView, digest_view
from golden_images.web.page import POLICY, html
from golden_images.web.reports import Shown, TooLarge, report
from golden_images.web.sources import Sources, sources

_T = TypeVar("_T")

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # A page is its digest's, but channels move and reports are added.
    "Cache-Control": "private, no-store",
}
#: A report is somebody else's text, whatever it is called.
_REPORT_POLICY = "default-src 'none'; sandbox; frame-ancestors 'self'"


def pages(find: Callable[[], Sources] | None = None) -> APIRouter:
    """``find`` gives what is asked; raises a GoldenImagesError where the server is not set up for it."""
    found = find or sources
    # Imported here: only Airflow's API server has it, and this function is called there alone.
    from golden_images.web.access import may_read

    made = APIRouter(prefix="/images", dependencies=[Depends(may_read)])

    @made.get("/{image}/{digest}")
    def image_page(image: str, digest: str) -> HTMLResponse:
        asked = _checked(image, digest)

        def read(known: Sources) -> DigestView:
            return digest_view(known.organisation, known.registry, known.catalog, image, asked)

        text = html(_answered(found, image, read))
        # Half of a character pair may stand in JSON, and nowhere in UTF-8.
        content = text.encode(errors="replace")
        return HTMLResponse(content, headers={**_HEADERS, "Content-Security-Policy": POLICY})

    @made.get("/{image}/{digest}/reports/{referrer}")
    def image_report(image: str, digest: str, referrer: str, download: bool = False) -> Response:
        subject, asked = _checked(image, digest), _checked(image, referrer)

        def read(known: Sources) -> Shown:
            return report(known.registry, known.organisation.repository(image), subject, asked)

        shown = _answered(found, image, read)
        inline = shown.readable and not download
        place = "inline" if inline else "attachment"
        return Response(
            shown.content,
            media_type="text/plain; charset=utf-8" if inline else "application/octet-stream",
            headers={
                **_HEADERS,
                "Content-Security-Policy": _REPORT_POLICY,
                "Content-Disposition": f"{place}; filename*=UTF-8''{quote(shown.file_name, safe='')}",
            },
        )

    return made


def _checked(image: str, digest: str) -> Digest:
    if len(image) > 100 or not re.fullmatch(NAME, image):
        raise HTTPException(404, "no image has this name")
    try:
        return Digest(digest)
    except ValueError:
        raise HTTPException(404, "this is no digest") from None


def _answered(find: Callable[[], Sources], image: str, work: Callable[[Sources], _T]) -> _T:
    try:
        known = find()
        try:
            if not known.knows(image):
                raise HTTPException(404, "there is no such image")
            return work(known)
        finally:
            known.close()
    except TooLarge:
        raise HTTPException(413, "the report is too large to show; oras pull fetches it") from None
    except RegistryError as error:
        if error.status == 404:
            raise HTTPException(404, "the registry does not have it") from None
        raise HTTPException(503, error.what) from None
    except IntegrityError as error:
        raise HTTPException(404, error.what) from None
    except GoldenImagesError as error:
        raise HTTPException(503, error.what) from None
