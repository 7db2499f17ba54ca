"""Own statements, partners and what is known of them, and the revision of it all."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class OwnStatement(TableBase, table=True):
    """The newest statement that this city signed in one role."""

    role: str = Field(primary_key=True)
    token: str
    issued_at: int = Field(sa_type=BigInteger)
    stored_at: int = Field(sa_type=BigInteger)


class Partner(TableBase, table=True):
    """A partner: two documents signed with the city's own key, checked on every load."""

    anchor_id: str = Field(primary_key=True)
    record: str
    memory: str
    version: int


class Contact(TableBase, table=True):
    """How the last attempts to reach a partner went; ``etags`` is a JSON object."""

    anchor_id: str = Field(primary_key=True)
    obtained_at: int | None = Field(sa_type=BigInteger)
    etags: str
    clock_offset_s: int | None = Field(sa_type=BigInteger)
    clock_sampled_at: int | None = Field(sa_type=BigInteger)
    last_error: str | None
    failures: int


class AcceptedStatement(TableBase, table=True):
    """A statement of a partner that was once accepted."""

    anchor_id: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    role: str
    issued_at: int = Field(sa_type=BigInteger)
    accepted_at: int = Field(sa_type=BigInteger)


class Alarm(TableBase, table=True):
    """How often one alarm was raised for one partner on one UTC day, and when last."""

    anchor_id: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    day: int = Field(primary_key=True)
    at: int = Field(sa_type=BigInteger)
    count: int


class TrustRevision(TableBase, table=True):
    """The trust revision: one row of id 1."""

    id: int = Field(primary_key=True)
    revision: int = Field(sa_type=BigInteger)


class StopOrder(TableBase, table=True):
    """Everything that is stopped: one row of id 1, sealed with a key outside the database."""

    id: int = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    document: bytes
    seal: bytes
