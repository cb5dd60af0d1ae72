"""Alembic's environment: always on the connection that `schema.py` hands over."""

from __future__ import annotations

from alembic import context

from golden_images.adapters.catalog.metadata import PREFIX, metadata
from golden_images.adapters.catalog.schema import VERSION_TABLE

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    # Both databases can roll back a table's creation; Alembic does not expect it of SQLite.
    transactional_ddl=True,
    # SQLite alters a table by copying it.
    render_as_batch=connection.dialect.name == "sqlite",
    # What else lives in the database is none of our business.
    include_name=lambda name, kind, _parents: kind != "table" or bool(name and name.startswith(PREFIX)),
)
with context.begin_transaction():
    context.run_migrations()
