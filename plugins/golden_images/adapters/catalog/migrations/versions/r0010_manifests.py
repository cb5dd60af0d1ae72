"""The manifests that runs work on, word for word."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MANIFESTS = "golden_images_manifests"


def upgrade() -> None:
    op.create_table(
        MANIFESTS,
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("image", sa.String(100), nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{MANIFESTS}"),
        sa.UniqueConstraint("image", "digest", name=f"uq_{MANIFESTS}_image_digest"),
    )


def downgrade() -> None:
    op.drop_table(MANIFESTS)
