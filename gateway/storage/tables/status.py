"""Status lists: places given out, long-lived codes, and bits that stay set for ever."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class StatusCounter(TableBase, table=True):
    """How many places in own lists were given out: one row of id 1."""

    id: int = Field(primary_key=True)
    taken: int = Field(sa_type=BigInteger)


class StatusEntry(TableBase, table=True):
    """A long-lived code by its place; neither its id nor what it is good for stands here."""

    list_number: int = Field(primary_key=True)
    list_index: int = Field(primary_key=True)
    subject: bytes = Field(index=True)
    sheet: str = Field(index=True)
    last_day: int


class RevokedStatus(TableBase, table=True):
    """A bit that is set in an own list. Of whom it was is forgotten, that it is set never."""

    list_number: int = Field(primary_key=True)
    list_index: int = Field(primary_key=True)


class SeenStatus(TableBase, table=True):
    """Every bit of one list of a partner that was ever seen set, packed as in the list."""

    anchor_id: str = Field(primary_key=True)
    list_number: int = Field(primary_key=True)
    digest: str
    packed: bytes
    seen_at: int = Field(sa_type=BigInteger)
