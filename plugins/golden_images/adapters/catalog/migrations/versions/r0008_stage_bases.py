"""What the build stages of each image's newest plan begin with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "golden_images_stage_bases",
        sa.Column("image", sa.String(100), nullable=False),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("platforms", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("image", "base", name="pk_golden_images_stage_bases"),
    )


def downgrade() -> None:
    op.drop_table("golden_images_stage_bases")
