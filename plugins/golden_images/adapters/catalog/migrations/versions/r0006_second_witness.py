"""Candidates, the attempts of evidence, the plans of decisions, and what became of releases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DIGEST = sa.String(71)
NAME = sa.String(100)
EVIDENCE = "golden_images_evidence"
EVIDENCE_KEY = "pk_golden_images_evidence"
DECISIONS = "golden_images_decisions"


def upgrade() -> None:
    op.create_table(
        "golden_images_candidates",
        sa.Column("image", NAME, nullable=False),
        sa.Column("build_id", sa.String(64), nullable=False),
        sa.Column("plan", DIGEST, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("image", "build_id", name="pk_golden_images_candidates"),
    )
    op.create_table(
        "golden_images_release_states",
        sa.Column("image", NAME, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("image", "digest", name="pk_golden_images_release_states"),
    )
    # SQLite changes a primary key by copying the table; what stood before was made by no known attempt.
    with op.batch_alter_table(EVIDENCE) as table:
        table.add_column(sa.Column("mark", NAME, nullable=False, server_default=sa.text("''")))
        table.add_column(sa.Column("attempt", sa.Integer, nullable=False, server_default=sa.text("0")))
        table.drop_constraint(EVIDENCE_KEY, type_="primary")
        table.create_primary_key(EVIDENCE_KEY, ["image", "subject", "stage", "mark", "attempt", "digest"])
    op.add_column(DECISIONS, sa.Column("plan", DIGEST, nullable=True))


def downgrade() -> None:
    op.drop_column(DECISIONS, "plan")
    # The version before knows a report once, however many attempts name it.
    evidence = sa.table(EVIDENCE, *map(sa.column, ("image", "subject", "digest", "stage", "mark", "attempt")))
    twin = evidence.alias("twin")
    one = [evidence.c[name] == twin.c[name] for name in ("image", "subject", "digest")]
    order = [sa.tuple_(each.c.stage, each.c.mark, each.c.attempt) for each in (twin, evidence)]
    op.execute(evidence.delete().where(sa.exists().where(*one, order[0] < order[1])))
    with op.batch_alter_table(EVIDENCE) as table:
        table.drop_constraint(EVIDENCE_KEY, type_="primary")
        table.drop_column("attempt")
        table.drop_column("mark")
        table.create_primary_key(EVIDENCE_KEY, ["image", "subject", "digest"])
    op.drop_table("golden_images_release_states")
    op.drop_table("golden_images_candidates")
