"""Signed documents: own ones, and the last good ones of partners."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class OwnDocument(TableBase, table=True):
    """The newest document of one name that this city signed; no token where it was withdrawn."""

    name: str = Field(primary_key=True)
    token: str
    digest: str
    issued_at: int = Field(sa_type=BigInteger)
    stored_at: int = Field(sa_type=BigInteger)


class PartnerDocument(TableBase, table=True):
    """The last good document of one name of a partner, and how fetching it goes."""

    anchor_id: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    token: str
    digest: str
    issued_at: int = Field(sa_type=BigInteger)
    obtained_at: int | None = Field(sa_type=BigInteger)
    etag: str | None
    last_error: str | None
    failures: int
