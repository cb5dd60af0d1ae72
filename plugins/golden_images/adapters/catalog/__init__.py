"""The SQL catalog on SQLite and PostgreSQL."""

from golden_images.adapters.catalog.client import SqlCatalog

__all__ = ["SqlCatalog"]
