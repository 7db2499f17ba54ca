"""Merchants, their venues and files, and the hashes of their access tokens."""

from sqlalchemy import BigInteger, text
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class Merchant(TableBase, table=True):
    """A merchant; scenarios and paused offers are sorted and separated by one space."""

    id: str = Field(primary_key=True)
    name: str
    scenarios: str
    state: str
    reason: str | None
    paused: str = Field(sa_column_kwargs={"server_default": text("''")})


class Venue(TableBase, table=True):
    """A place of business; ``scenarios`` NULL is all that its merchant has, empty is closed."""

    merchant_id: str = Field(primary_key=True, foreign_key="merchant.id")
    id: str = Field(primary_key=True, index=True)
    position: int
    name: str
    scenarios: str | None


class MerchantToken(TableBase, table=True):
    """SHA-256 of an opaque access token; the token itself is nowhere."""

    token_hash: bytes = Field(primary_key=True)
    merchant_id: str = Field(foreign_key="merchant.id")
    created_at: int = Field(sa_type=BigInteger)


class MerchantFile(TableBase, table=True):
    """What the office keeps on file of a merchant; days are counted from 1970-01-01."""

    merchant_id: str = Field(primary_key=True, foreign_key="merchant.id")
    uscc: str | None
    uscc_reason: str | None
    commitment_due: int | None
    commitment_returned: int | None
