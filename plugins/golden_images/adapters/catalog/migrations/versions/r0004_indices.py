"""Indices for a release by its version, and for the newest moves of an image."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INDICES = {
    "ix_golden_images_releases_version": ("golden_images_releases", ["version"]),
    "ix_golden_images_channel_moves_image_at": ("golden_images_channel_moves", ["image", "at"]),
}


def upgrade() -> None:
    for name, (table, columns) in _INDICES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, (table, _) in _INDICES.items():
        op.drop_index(name, table)
