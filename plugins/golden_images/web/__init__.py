"""What Airflow's API server serves for golden images. FastAPI is imported with the first request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from golden_images.operators.addresses import URL_PREFIX

__all__ = ["URL_PREFIX", "LazyApp"]

_Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class LazyApp:
    """The application, made when it is first asked for: Airflow loads its plugins in every component
    and in every task, and only the API server ever asks."""

    def __init__(self) -> None:
        self._app: _Asgi | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            from golden_images.web.app import app

            self._app = app()
        await self._app(scope, receive, send)
