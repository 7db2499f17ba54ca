"""The background worker: who holds the lease, how its jobs went, what it is wished to fetch."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class WorkerLease(TableBase, table=True):
    """The lease: one row of id 1; an empty holder is none."""

    id: int = Field(primary_key=True)
    holder: str
    beat: int = Field(sa_type=BigInteger)
    renewed_at: int = Field(sa_type=BigInteger)


class WorkerJob(TableBase, table=True):
    """How the last runs of one job went."""

    name: str = Field(primary_key=True)
    every_s: float
    succeeded_at: int | None = Field(sa_type=BigInteger)
    failed_at: int | None = Field(sa_type=BigInteger)
    error: str | None
    failures: int


class RefreshWish(TableBase, table=True):
    """A partner of whom somebody wished to hear soon, and whether that is still owed."""

    anchor_id: str = Field(primary_key=True)
    wished_at: int = Field(sa_type=BigInteger)
    owed: bool
