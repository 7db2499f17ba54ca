"""The first tables: verifying, issuing, merchants, citizens, trust.

There is no way down: a backup is (docs/storage.md).
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    _verifying()
    _people()
    _merchants()
    _trust()


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _small(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _big(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _table(name: str, *parts: sa.schema.SchemaItem, key: tuple[str, ...]) -> None:
    # No hidden row number: it would tell the order of insertion (docs/storage.md).
    op.create_table(name, *parts, sa.PrimaryKeyConstraint(*key), sqlite_with_rowid=False)


def _verifying() -> None:
    _table("burn", _bytes("code_tag"), _big("forget_after"), key=("code_tag",))
    _table(
        "request",
        _bytes("request_tag"),
        _bytes("code_tag"),
        _bytes("sealed"),
        _big("forget_after"),
        key=("request_tag",),
    )
    _table(
        "verification",
        _text("receipt"),
        _text("merchant"),
        _text("venue", nullable=True),
        *(_text(name) for name in ("scenario", "issuer", "key_id", "offers", "checked")),
        _big("at_minute"),
        key=("receipt",),
    )
    op.create_index("ix_verification_at_minute", "verification", ["at_minute"])
    _table("refusal", _small("day"), _text("reason"), _big("count"), key=("day", "reason"))


def _people() -> None:
    _table(
        "issuance_day",
        _bytes("subject"),
        _small("day"),
        _text("kind"),
        _small("tier"),
        _text("scale_version"),
        _small("codes"),
        key=("subject", "day", "kind"),
    )
    _table(
        "citizen_token",
        _bytes("token_hash"),
        _bytes("sealed_subject"),
        _big("expires_at"),
        key=("token_hash",),
    )


def _merchants() -> None:
    _table("merchant", _text("id"), _text("name"), _text("scenarios"), _text("state"), key=("id",))
    _table(
        "venue",
        sa.Column("merchant_id", sa.String(), sa.ForeignKey("merchant.id"), nullable=False),
        _text("id"),
        _small("position"),
        _text("name"),
        _text("scenarios", nullable=True),
        key=("merchant_id", "id"),
    )
    _table(
        "merchant_token",
        _bytes("token_hash"),
        sa.Column("merchant_id", sa.String(), sa.ForeignKey("merchant.id"), nullable=False),
        _big("created_at"),
        key=("token_hash",),
    )


def _trust() -> None:
    _table(
        "own_statement",
        _text("role"),
        _text("token"),
        _big("issued_at"),
        _big("stored_at"),
        key=("role",),
    )
    _table(
        "partner",
        _text("anchor_id"),
        _text("record"),
        _text("memory"),
        _small("version"),
        key=("anchor_id",),
    )
    _table(
        "contact",
        _text("anchor_id"),
        _big("obtained_at", nullable=True),
        _text("etags"),
        _big("clock_offset_s", nullable=True),
        _big("clock_sampled_at", nullable=True),
        _text("last_error", nullable=True),
        _small("failures"),
        key=("anchor_id",),
    )
    _table(
        "accepted_statement",
        _text("anchor_id"),
        _text("digest"),
        _text("role"),
        _big("issued_at"),
        _big("accepted_at"),
        key=("anchor_id", "digest"),
    )
    _table(
        "alarm",
        _text("anchor_id"),
        _text("code"),
        _small("day"),
        _big("at"),
        _small("count"),
        key=("anchor_id", "code", "day"),
    )
    _table(
        "trust_revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _big("revision"),
        key=("id",),
    )
    op.execute("INSERT INTO trust_revision (id, revision) VALUES (1, 1)")
