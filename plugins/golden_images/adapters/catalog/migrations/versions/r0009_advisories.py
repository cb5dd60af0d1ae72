"""Databases of advisories, and what scans with them said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

DATABASES = "golden_images_advisories"
SCANS = "golden_images_scans"


def upgrade() -> None:
    op.create_table(
        DATABASES,
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("built", sa.DateTime(timezone=True), nullable=False),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=f"pk_{DATABASES}"),
    )
    op.create_index(f"ix_{DATABASES}_name_imported_at", DATABASES, ["name", "imported_at"])
    op.create_table(
        SCANS,
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(71), nullable=False),
        sa.Column("sbom", sa.String(71), nullable=False),
        sa.Column("scanner", sa.String(100), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{SCANS}"),
        sa.UniqueConstraint("key", name=f"uq_{SCANS}_key"),
    )
    op.create_index(f"ix_{SCANS}_sbom_scanner", SCANS, ["sbom", "scanner"])


def downgrade() -> None:
    op.drop_table(SCANS)
    op.drop_table(DATABASES)
