"""Citizens: access tokens, sessions, consents; who it is stands nowhere in the clear."""

from sqlalchemy import BigInteger, text
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class CitizenToken(TableBase, table=True):
    """SHA-256 of an access token, and a subject that only the service can unseal."""

    token_hash: bytes = Field(primary_key=True)
    sealed_subject: bytes
    expires_at: int = Field(sa_type=BigInteger)


class CitizenSession(TableBase, table=True):
    """A browser's session; ``owner`` is a keyed hash of the subject."""

    token_hash: bytes = Field(primary_key=True)
    owner: bytes = Field(index=True)
    sealed_subject: bytes
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)


class Consent(TableBase, table=True):
    """A consent receipt; ``ended_at`` NULL is one that holds."""

    number: str = Field(primary_key=True)
    owner: bytes = Field(index=True)
    wording: str
    # Division codes, with blanks between them; none of rows from before they were kept.
    recipients: str = Field(sa_column_kwargs={"server_default": text("''")})
    channel: str = Field(sa_column_kwargs={"server_default": "page"})
    given_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(sa_type=BigInteger)
