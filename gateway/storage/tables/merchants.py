"""Merchants, their venues, and the hashes of their access tokens."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class Merchant(TableBase, table=True):
    """A merchant; scenarios are sorted and separated by one space."""

    id: str = Field(primary_key=True)
    name: str
    scenarios: str
    state: str
    reason: str | None


class Venue(TableBase, table=True):
    """A place of business; ``scenarios`` NULL is all that the merchant has."""

    merchant_id: str = Field(primary_key=True, foreign_key="merchant.id")
    id: str = Field(primary_key=True)
    position: int
    name: str
    scenarios: str | None


class MerchantToken(TableBase, table=True):
    """SHA-256 of an opaque access token; the token itself is nowhere."""

    token_hash: bytes = Field(primary_key=True)
    merchant_id: str = Field(foreign_key="merchant.id")
    created_at: int = Field(sa_type=BigInteger)
