"""Status lists: places given out, long-lived codes, revoked and seen bits."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the four tables; no place was given out yet."""
    _table("status_counter", _small("id"), _big("taken"), key=("id",))
    op.execute("INSERT INTO status_counter (id, taken) VALUES (1, 0)")
    place = ("list_number", "list_index")
    _table(
        "status_entry",
        *map(_small, place),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        _small("last_day"),
        key=place,
    )
    op.create_index("ix_status_entry_subject", "status_entry", ["subject"])
    op.create_index("ix_status_entry_sheet", "status_entry", ["sheet"])
    _table("revoked_status", *map(_small, place), key=place)
    _table(
        "seen_status",
        sa.Column("anchor_id", sa.String(), nullable=False),
        _small("list_number"),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        _big("seen_at"),
        key=("anchor_id", "list_number"),
    )


def _small(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _table(name: str, *parts: sa.schema.SchemaItem, key: tuple[str, ...]) -> None:
    # No hidden row number: it would tell the order of insertion (docs/storage.md).
    op.create_table(name, *parts, sa.PrimaryKeyConstraint(*key), sqlite_with_rowid=False)
