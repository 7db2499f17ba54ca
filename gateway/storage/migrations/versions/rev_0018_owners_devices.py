"""Owners' devices, their PINs, and the offers that a merchant pauses."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns: nobody is an owner yet, and nothing is paused."""
    for table in ("device", "device_link"):
        op.add_column(
            table, sa.Column("owner", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        op.add_column(table, sa.Column("pin_hash", sa.String(), nullable=True))
    op.add_column(
        "merchant", sa.Column("paused", sa.String(), nullable=False, server_default=sa.text("''"))
    )
