"""Staff accounts, their sessions and one-time links, and what waits for a second person."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class StaffAccount(TableBase, table=True):
    """A member of staff; roles are sorted and separated by one space.

    ``password`` is an argon2 hash, ``sealed_totp`` opens with a key outside the database,
    ``totp_step`` is the last step that was used, ``subject`` a keyed hash of the provider's name.
    """

    id: str = Field(primary_key=True)
    name: str
    roles: str
    password: str | None
    sealed_totp: bytes | None
    totp_step: int = Field(sa_type=BigInteger)
    subject: bytes | None = Field(unique=True)
    created_at: int = Field(sa_type=BigInteger)


class StaffLink(TableBase, table=True):
    """A link with which somebody sets password and second factor; as a hash only."""

    secret_hash: bytes = Field(primary_key=True)
    account_id: str = Field(foreign_key="staff_account.id")
    expires_at: int = Field(sa_type=BigInteger)


class StaffSession(TableBase, table=True):
    """A browser's session of a member of staff."""

    token_hash: bytes = Field(primary_key=True)
    account_id: str = Field(foreign_key="staff_account.id", index=True)
    expires_at: int = Field(sa_type=BigInteger)


class Proposal(TableBase, table=True):
    """An act that waits for another person, or waited.

    ``facts`` is a JSON object, ``seal`` an HMAC with a key outside the database.
    """

    id: str = Field(primary_key=True)
    act: str
    target: str
    facts: str
    proposed_by: str
    proposed_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    state: str
    decided_by: str | None
    decided_at: int | None = Field(sa_type=BigInteger)
    seal: bytes | None
