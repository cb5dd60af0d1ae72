"""What each source of a database of advisories gave last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SOURCES = "golden_images_advisory_sources"


def upgrade() -> None:
    op.create_table(
        SOURCES,
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("validator", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.PrimaryKeyConstraint("address", name=f"pk_{SOURCES}"),
    )


def downgrade() -> None:
    op.drop_table(SOURCES)
