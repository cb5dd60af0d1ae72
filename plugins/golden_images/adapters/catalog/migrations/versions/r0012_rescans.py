"""What is known of releases now, and what builds were asked for because of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

RESCANS = "golden_images_rescans"
REBUILDS = "golden_images_rebuilds_asked"


def upgrade() -> None:
    op.create_table(
        RESCANS,
        sa.Column("image", sa.String(100), nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("unmet", sa.Text, nullable=False),
        sa.Column("findings", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("image", "digest", name=f"pk_{RESCANS}"),
    )
    op.create_table(
        REBUILDS,
        sa.Column("image", sa.String(100), nullable=False),
        sa.Column("marks", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("image", name=f"pk_{REBUILDS}"),
    )


def downgrade() -> None:
    op.drop_table(REBUILDS)
    op.drop_table(RESCANS)
