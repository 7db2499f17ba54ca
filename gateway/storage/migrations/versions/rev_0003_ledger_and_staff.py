"""The audit ledger, staff accounts and proposals."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _ledger()
    _staff()
    _table(
        "proposal",
        _text("id"),
        _text("act"),
        _text("target"),
        _text("facts"),
        _text("proposed_by"),
        _big("proposed_at"),
        _big("expires_at"),
        _text("state"),
        _text("decided_by", nullable=True),
        _big("decided_at", nullable=True),
        key="id",
    )


def _ledger() -> None:
    _table(
        "ledger_entry",
        _key("seq"),
        _big("at"),
        _text("act"),
        _bytes("commitment"),
        _bytes("previous"),
        _bytes("salt", nullable=True),
        _text("actor", nullable=True),
        _text("target", nullable=True),
        _text("facts", nullable=True),
        key="seq",
    )
    _table(
        "ledger_head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        _big("seq"),
        _bytes("hash"),
        _bytes("seal"),
        key="id",
    )


def _staff() -> None:
    _table(
        "staff_account",
        _text("id"),
        _text("name"),
        _text("roles"),
        _text("password", nullable=True),
        _bytes("sealed_totp", nullable=True),
        _big("totp_step"),
        _bytes("subject", nullable=True),
        _big("created_at"),
        sa.UniqueConstraint("subject"),
        key="id",
    )
    _table("staff_link", _bytes("secret_hash"), _account(), _big("expires_at"), key="secret_hash")
    _table("staff_session", _bytes("token_hash"), _account(), _big("expires_at"), key="token_hash")
    op.create_index("ix_staff_session_account_id", "staff_session", ["account_id"])


def _table(name: str, *parts: sa.schema.SchemaItem, key: str) -> None:
    # No hidden row number: it would tell the order of insertion (docs/storage.md).
    op.create_table(name, *parts, sa.PrimaryKeyConstraint(key), sqlite_with_rowid=False)


def _account() -> sa.Column[str]:
    return sa.Column("account_id", sa.String(), sa.ForeignKey("staff_account.id"), nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, autoincrement=False)


def _big(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)
