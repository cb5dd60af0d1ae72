"""What releases were judged by later, what they fall short of, and what they were made from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DIGEST = sa.String(71)
NAME = sa.String(100)
TIME = sa.DateTime(timezone=True)
RELEASES = "golden_images_releases"
ON_BASE = "ix_golden_images_releases_image_base_digest"


def upgrade() -> None:
    op.add_column(RELEASES, _source_id())
    op.create_index(ON_BASE, RELEASES, ["image", "base_digest"])
    op.create_table(
        "golden_images_judgements",
        sa.Column("image", NAME, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("demands", DIGEST, nullable=False),
        sa.Column("version", sa.String(128), nullable=False),
        sa.Column("plan", DIGEST, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("image", "digest", "demands", name="pk_golden_images_judgements"),
    )
    op.create_table(
        "golden_images_shortfalls",
        sa.Column("image", NAME, nullable=False),
        sa.Column("stage", NAME, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("demands", DIGEST, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("image", "stage", name="pk_golden_images_shortfalls"),
    )


def downgrade() -> None:
    op.drop_table("golden_images_shortfalls")
    op.drop_table("golden_images_judgements")
    op.drop_index(ON_BASE, RELEASES)
    op.drop_column(RELEASES, "source_id")


def _source_id() -> sa.Column[str]:
    return sa.Column("source_id", sa.String(64), nullable=False, server_default=sa.text("''"))
