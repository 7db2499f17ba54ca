"""Tills that sign in with OAuth 2.0, their access tokens, and why a merchant is warned."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; merchants get room for a reason."""
    op.add_column("merchant", sa.Column("reason", sa.String(), nullable=True))
    op.create_table(
        "till_client",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("merchant_id", sa.String(), sa.ForeignKey("merchant.id"), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=True),
        sa.Column("public_jwk", sa.String(), nullable=True),
        sa.Column("scenarios", sa.String(), nullable=True),
        sa.Column("venue", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "till_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.String(), sa.ForeignKey("till_client.id"), nullable=False),
        sa.Column("scenarios", sa.String(), nullable=False),
        sa.Column("venue", sa.String(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_till_token_client_id", "till_token", ["client_id"])
    op.create_table(
        "spent_assertion",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tag"),
        sqlite_with_rowid=False,
    )
