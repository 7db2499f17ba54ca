"""Events that partners are owed, and events that were heard of them."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class EventDelivery(TableBase, table=True):
    """What one partner is owed: the newest event only, and how its delivery goes."""

    anchor_id: str = Field(primary_key=True)
    owed: int = Field(sa_type=BigInteger)
    delivered: int = Field(sa_type=BigInteger)
    owed_at: int = Field(sa_type=BigInteger)
    attempts: int
    next_at: int | None = Field(sa_type=BigInteger)
    delivered_at: int | None = Field(sa_type=BigInteger)
    last_error: str | None


class EventSource(TableBase, table=True):
    """When an event of a partner was last taken; its row is the lock of that partner's memory."""

    anchor_id: str = Field(primary_key=True)
    heard_at: int | None = Field(sa_type=BigInteger)


class HeardEvent(TableBase, table=True):
    """An event that was taken, by the SHA-256 of its jti."""

    anchor_id: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    heard_at: int = Field(sa_type=BigInteger)
