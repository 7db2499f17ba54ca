"""Whom a consent named, and how it was given; who agreed before is asked again."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns: no city, and the page."""
    op.add_column(
        "consent",
        sa.Column("recipients", sa.String(), nullable=False, server_default=sa.text("''")),
    )
    op.add_column(
        "consent", sa.Column("channel", sa.String(), nullable=False, server_default="page")
    )
