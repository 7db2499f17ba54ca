"""What the office keeps on file of a merchant: its USCC, and its commitment."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; merchants from before have no file."""
    op.create_table(
        "merchant_file",
        sa.Column("merchant_id", sa.String(), nullable=False),
        sa.Column("uscc", sa.String(), nullable=True),
        sa.Column("uscc_reason", sa.String(), nullable=True),
        sa.Column("commitment_due", sa.Integer(), nullable=True),
        sa.Column("commitment_returned", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchant.id"]),
        sa.PrimaryKeyConstraint("merchant_id"),
        sqlite_with_rowid=False,
    )
