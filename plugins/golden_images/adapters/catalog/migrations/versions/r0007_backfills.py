"""Which decisions are a backfill's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DECISIONS = "golden_images_decisions"


def upgrade() -> None:
    column = sa.Column("backfill", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column(DECISIONS, column)
    # Of those before, the ones that say so; one that found its release built already does not.
    decisions = sa.table(DECISIONS, sa.column("backfill"), sa.column("why"))
    op.execute(decisions.update().where(decisions.c.why == "backfill").values(backfill=sa.true()))


def downgrade() -> None:
    op.drop_column(DECISIONS, "backfill")
