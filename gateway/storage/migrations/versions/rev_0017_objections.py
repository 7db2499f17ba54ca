"""Objections to assessments."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "objection",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("open_of", sa.LargeBinary(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=True),
        sa.Column("scale_version", sa.String(), nullable=True),
        sa.Column("assessed_on", sa.Integer(), nullable=True),
        sa.Column("filed_day", sa.Integer(), nullable=False),
        sa.Column("review_day", sa.Integer(), nullable=True),
        sa.Column("due_day", sa.Integer(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("review_outcome", sa.String(), nullable=True),
        sa.Column("sealed_review", sa.LargeBinary(), nullable=True),
        sa.Column("closed_day", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("open_of"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_objection_subject", "objection", ["subject"])
