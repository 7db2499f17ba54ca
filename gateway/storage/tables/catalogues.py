"""What this city published of its offers, version by version."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class CatalogueVersion(TableBase, table=True):
    """One version; of a withdrawn one nobody says any more when it comes into force."""

    version: str = Field(primary_key=True)
    content: str
    stated_from: int = Field(sa_type=BigInteger)
    in_force_from: int | None = Field(sa_type=BigInteger)
    published_at: int = Field(sa_type=BigInteger)
    seal: bytes
