"""Quota tickets that were spent, and for some minutes what a void would give back."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "spent_ticket",
        sa.Column("ticket_tag", sa.LargeBinary(), nullable=False),
        sa.Column("forget_after", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_tag"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "held_ticket",
        sa.Column("receipt", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("forget_after", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("receipt"),
        sqlite_with_rowid=False,
    )
