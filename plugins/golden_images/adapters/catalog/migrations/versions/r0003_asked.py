"""Who asked for a run and why, and where an image's last run failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("golden_images_releases", "golden_images_decisions")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("note", sa.Text, nullable=False, server_default=sa.text("''")))
        op.add_column(table, sa.Column("actor", sa.Text, nullable=False, server_default=sa.text("''")))
    op.create_table(
        "golden_images_failures",
        sa.Column("image", sa.String(100), nullable=False),
        sa.Column("run_id", sa.String(250), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("image", name="pk_golden_images_failures"),
    )


def downgrade() -> None:
    op.drop_table("golden_images_failures")
    for table in TABLES:
        op.drop_column(table, "actor")
        op.drop_column(table, "note")
