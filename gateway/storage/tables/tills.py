"""Tills that sign in with OAuth 2.0; secrets and tokens as SHA-256 only."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class TillClient(TableBase, table=True):
    """A till's registration; ``scenarios`` and ``venue`` NULL is all that the merchant has.

    It has either the hash of a secret or a public key (RFC 7517), never both.
    """

    id: str = Field(primary_key=True)
    merchant_id: str = Field(foreign_key="merchant.id")
    label: str
    secret_hash: bytes | None
    public_jwk: str | None
    scenarios: str | None
    venue: str | None
    created_at: int = Field(sa_type=BigInteger)


class TillToken(TableBase, table=True):
    """An access token that a till was given; never wider than its registration."""

    token_hash: bytes = Field(primary_key=True)
    client_id: str = Field(foreign_key="till_client.id", index=True)
    scenarios: str
    venue: str | None
    expires_at: int = Field(sa_type=BigInteger)


class SpentAssertion(TableBase, table=True):
    """SHA-256 of a signed assertion's client id and jti, kept until it would be refused anyway."""

    tag: bytes = Field(primary_key=True)
    expires_at: int = Field(sa_type=BigInteger)


class TillIncident(TableBase, table=True):
    """How often a till of a merchant did something on one day; "" is the merchant's own token."""

    day: int = Field(primary_key=True)
    merchant_id: str = Field(primary_key=True, foreign_key="merchant.id")
    till: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    count: int
