"""What the base watch has seen, and whom it woke."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DIGEST = sa.String(71)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "golden_images_watched_bases",
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("platforms", sa.JSON, nullable=False),
        sa.Column("settled", TIME, nullable=True),
        sa.Column("poked", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("base", name="pk_golden_images_watched_bases"),
    )
    op.create_table(
        "golden_images_wakes",
        sa.Column("image", sa.String(100), nullable=False),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("image", "base", name="pk_golden_images_wakes"),
    )


def downgrade() -> None:
    op.drop_table("golden_images_wakes")
    op.drop_table("golden_images_watched_bases")
