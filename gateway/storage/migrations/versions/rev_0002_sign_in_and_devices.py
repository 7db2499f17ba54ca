"""Citizens' sessions and consents, merchants' devices."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _table(
        "citizen_session",
        _bytes("token_hash"),
        _bytes("owner"),
        _bytes("sealed_subject"),
        _big("created_at"),
        _big("expires_at"),
        key="token_hash",
    )
    op.create_index("ix_citizen_session_owner", "citizen_session", ["owner"])
    _table(
        "consent",
        _text("number"),
        _bytes("owner"),
        _text("wording"),
        _big("given_at"),
        _big("ended_at", nullable=True),
        key="number",
    )
    op.create_index("ix_consent_owner", "consent", ["owner"])
    _table(
        "device_link",
        _bytes("secret_hash"),
        _merchant(),
        _text("venue", nullable=True),
        _text("label"),
        _big("expires_at"),
        key="secret_hash",
    )
    _table(
        "device",
        _text("id"),
        _bytes("secret_hash"),
        _merchant(),
        _text("venue", nullable=True),
        _text("label"),
        _big("enrolled_at"),
        _big("expires_at"),
        sa.UniqueConstraint("secret_hash"),
        key="id",
    )


def _table(name: str, *parts: sa.schema.SchemaItem, key: str) -> None:
    # No hidden row number: it would tell the order of insertion (docs/storage.md).
    op.create_table(name, *parts, sa.PrimaryKeyConstraint(key), sqlite_with_rowid=False)


def _merchant() -> sa.Column[str]:
    return sa.Column("merchant_id", sa.String(), sa.ForeignKey("merchant.id"), nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _big(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)
