"""The audit ledger: entries, each chained to the one before, and where they end."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class LedgerEntry(TableBase, table=True):
    """One act; ``salt``, ``actor``, ``target`` and ``facts`` are NULL once they were deleted."""

    seq: int = Field(primary_key=True, sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    act: str
    commitment: bytes
    previous: bytes
    salt: bytes | None
    actor: str | None
    target: str | None
    facts: str | None


class LedgerHead(TableBase, table=True):
    """Where the ledger ends: one row of id 1; ``seal`` is keyed outside the database."""

    id: int = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)
    hash: bytes
    seal: bytes
