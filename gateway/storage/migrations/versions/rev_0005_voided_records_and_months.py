"""Records that a till voided, and what is left of records by month."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark every record as not voided; create the table of months."""
    op.add_column(
        "verification",
        sa.Column("voided", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "verification_month",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("voided", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("month", "issuer", "scenario"),
        sqlite_with_rowid=False,
    )
