"""Day rows say of which day the assessment was, for when its source cannot be asked."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; rows from before have none, and are not gone by."""
    op.add_column("issuance_day", sa.Column("assessed_on", sa.Integer(), nullable=True))
