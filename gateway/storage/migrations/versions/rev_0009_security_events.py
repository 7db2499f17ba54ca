"""Events that partners are owed, and events that were heard of them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; nobody is owed anything yet."""
    op.create_table(
        "event_delivery",
        sa.Column("anchor_id", sa.String(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("owed_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("anchor_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_source",
        sa.Column("anchor_id", sa.String(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("anchor_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "heard_event",
        sa.Column("anchor_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("anchor_id", "digest"),
        sqlite_with_rowid=False,
    )
