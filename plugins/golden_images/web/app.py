"""The application below ``/golden-images``: the pages of images (:mod:`golden_images.web.pages`), and one
endpoint for the notifications of registries.

Airflow puts no authentication before a plugin's application, and a registry sends fixed headers, not
Airflow's tokens. So that endpoint has a bearer token of its own: the password of the Connection
``golden_images_webhook``. Without that Connection, or with an empty password, nobody is let in.
"""

from __future__ import annotations

from collections.abc import Callable

# Not below TYPE_CHECKING: FastAPI reads the annotations.
from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from golden_images.errors import GoldenImagesError
from golden_images.ports import Catalog
from golden_images.web.notifications import MAX_BYTES, Malformed, authorized, named, poked
from golden_images.web.pages import pages
from golden_images.web.sources import Sources

#: Host is not used; password is the token; extra ``catalog`` names the catalog's Connection.
CONNECTION = "golden_images_webhook"


def app(
    access: Callable[[], tuple[str, Callable[[], Catalog]]] | None = None,
    find_images: Callable[[], Sources] | None = None,
) -> FastAPI:
    """``access`` gives the token and the catalog of the webhook; raises a GoldenImagesError where there
    is none. ``find_images`` gives what the pages of images are made from."""
    made = FastAPI(title="Golden images", docs_url=None, redoc_url=None, openapi_url=None)
    find = access or _from_connection

    @made.post("/events")
    async def events(request: Request) -> JSONResponse:
        """Distribution's notification envelope; wakes the base watch for what it names."""
        try:
            token, catalog = await run_in_threadpool(find)
        except GoldenImagesError:
            # Whoever asks is a stranger: what is missing is nothing to tell them.
            raise HTTPException(403, "no webhook is set up") from None
        if not authorized(request.headers.get("Authorization", ""), token):
            raise HTTPException(401, "a bearer token is needed", {"WWW-Authenticate": "Bearer"})
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BYTES:
                raise HTTPException(413, f"more than {MAX_BYTES} bytes")
        try:
            names = named(body)
        except Malformed as error:
            raise HTTPException(400, str(error)) from None
        try:
            woken = await run_in_threadpool(_poke, catalog, names)
        except GoldenImagesError as error:
            # A registry sends a refused notification again.
            raise HTTPException(503, error.what) from None
        return JSONResponse({"bases": woken}, status_code=202)

    made.include_router(pages(find_images))
    return made


def _poke(catalog: Callable[[], Catalog], names: frozenset[tuple[str, str]]) -> list[str]:
    if not names:
        return []
    opened = catalog()
    bases = poked(names, opened.watched())
    opened.poke(bases)
    return bases


def _from_connection() -> tuple[str, Callable[[], Catalog]]:
    from golden_images import wiring

    token, catalog = wiring.webhook(CONNECTION)
    return token, lambda: wiring.catalog(catalog)
