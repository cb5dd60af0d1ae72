"""What every subject of the catalog works through: one short transaction a call, on a known schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self, TypeVar

from sqlalchemy import Connection

from golden_images.adapters.catalog import schema
from golden_images.adapters.catalog.database import Database

_T = TypeVar("_T")


class Session:
    """Raises CatalogError when the database does not answer within its time-outs and retries, or has
    another schema than this program was written for (looked at once a process)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._checked = False

    @classmethod
    def from_url(cls, url: str) -> Self:
        """``postgresql://user:password@host:port/database`` or ``sqlite:////folder/catalog.db``.
        Connects on first use."""
        return cls(Database.from_url(url))

    @property
    def endpoint(self) -> str:
        """Where the catalog is, without its password."""
        return self._database.endpoint

    def migrate(self) -> None:
        self._database.write(schema.upgrade)

    def _read(self, work: Callable[[Connection], _T]) -> _T:
        return self._database.read(self._on_known_schema(work))

    def _write(self, work: Callable[[Connection], _T]) -> _T:
        return self._database.write(self._on_known_schema(work))

    def _on_known_schema(self, work: Callable[[Connection], _T]) -> Callable[[Connection], _T]:
        def checked(connection: Connection) -> _T:
            if not self._checked:
                schema.check(connection, self.endpoint)
                self._checked = True
            return work(connection)

        return checked
