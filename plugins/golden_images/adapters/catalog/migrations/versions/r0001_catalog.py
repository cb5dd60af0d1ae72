"""Releases, builds, evidence, channels, decisions and base versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DIGEST = sa.String(71)
NAME = sa.String(100)
BUILD_ID = sa.String(64)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "golden_images_releases",
        sa.Column("image", NAME, nullable=False),
        sa.Column("version", sa.String(128), nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("build_id", BUILD_ID, nullable=False),
        *_reason(),
        sa.Column("released_at", TIME, nullable=False),
        sa.Column("plan", DIGEST, nullable=False),
        sa.Column("base_name", sa.Text, nullable=False),
        sa.Column("base_digest", sa.Text, nullable=False),
        sa.Column("backfill", sa.Boolean, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("image", "version", name="pk_golden_images_releases"),
    )
    _index("releases", "digest")
    _index("releases", "image", "released_at")
    _index("releases", "image", "build_id")
    for table in ("claims", "identical_builds"):
        op.create_table(
            f"golden_images_{table}",
            sa.Column("image", NAME, nullable=False),
            sa.Column("build_id", BUILD_ID, nullable=False),
            sa.Column("digest", DIGEST, nullable=False),
            sa.PrimaryKeyConstraint("image", "build_id", name=f"pk_golden_images_{table}"),
        )
    op.create_table(
        "golden_images_evidence",
        sa.Column("image", NAME, nullable=False),
        sa.Column("subject", DIGEST, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("stage", NAME, nullable=False),
        sa.Column("artifact_type", sa.Text, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.PrimaryKeyConstraint("image", "subject", "digest", name="pk_golden_images_evidence"),
    )
    op.create_table(
        "golden_images_channel_moves",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("image", NAME, nullable=False),
        sa.Column("channel", NAME, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("previous", DIGEST, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_golden_images_channel_moves"),
        sa.UniqueConstraint(
            "image", "channel", "at", "digest", name="uq_golden_images_channel_moves_image_channel_at_digest"
        ),
    )
    op.create_table(
        "golden_images_decisions",
        sa.Column("image", NAME, nullable=False),
        sa.Column("run_id", sa.String(250), nullable=False),
        sa.Column("at", TIME, nullable=False),
        *_reason(),
        sa.Column("build_id", BUILD_ID, nullable=False),
        sa.PrimaryKeyConstraint("image", "run_id", name="pk_golden_images_decisions"),
    )
    _index("decisions", "image", "at")
    op.create_table(
        "golden_images_base_versions",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("platforms", sa.JSON, nullable=False),
        sa.Column("tag", sa.String(128), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_golden_images_base_versions"),
        sa.UniqueConstraint("base", "at", "digest", name="uq_golden_images_base_versions_base_at_digest"),
    )


def downgrade() -> None:
    for table in (
        "base_versions",
        "decisions",
        "channel_moves",
        "evidence",
        "identical_builds",
        "claims",
        "releases",
    ):
        op.drop_table(f"golden_images_{table}")


def _reason() -> list[sa.Column[str]]:
    return [
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("old", sa.Text, nullable=False),
        sa.Column("new", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    ]


def _index(table: str, *columns: str) -> None:
    name = "_".join(("ix_golden_images", table, *columns))
    op.create_index(name, f"golden_images_{table}", list(columns))
