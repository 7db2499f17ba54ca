"""A seal on each proposal, which a hand in the database cannot make."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the seal; what was proposed before has none, and has to be proposed again."""
    op.add_column("proposal", sa.Column("seal", sa.LargeBinary(), nullable=True))
