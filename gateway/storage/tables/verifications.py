"""What is kept of verifying: burned codes, bound requests, records, counts of refusals."""

from sqlalchemy import BigInteger, false
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class Burn(TableBase, table=True):
    """A code that was used in this city: a keyed hash and a day, nothing else."""

    code_tag: bytes = Field(primary_key=True)
    forget_after: int = Field(sa_type=BigInteger)


class SpentTicket(TableBase, table=True):
    """A use of a quota: a keyed hash, and a day that is the same for its whole period."""

    ticket_tag: bytes = Field(primary_key=True)
    forget_after: int = Field(sa_type=BigInteger)


class HeldTicket(TableBase, table=True):
    """What a void would give back, sealed; some minutes only."""

    receipt: str = Field(primary_key=True)
    sealed: bytes
    forget_after: int = Field(sa_type=BigInteger)


class Request(TableBase, table=True):
    """A request id that a till bound to a code, and the sealed answer for a repeat."""

    request_tag: bytes = Field(primary_key=True)
    code_tag: bytes
    sealed: bytes
    forget_after: int = Field(sa_type=BigInteger)


class Verification(TableBase, table=True):
    """The record behind a receipt. It holds no code id and no tag."""

    receipt: str = Field(primary_key=True)
    merchant: str
    venue: str | None
    scenario: str
    issuer: str
    key_id: str
    offers: str
    checked: str
    # The one index that a hot write pays for: pruning must not read 183 days every day.
    at_minute: int = Field(sa_type=BigInteger, index=True)
    # Whether, not when: a second time would tell how long a guest stayed.
    voided: bool = Field(sa_column_kwargs={"server_default": false()})


class VerificationMonth(TableBase, table=True):
    """What is left of pruned records: how many, of a month in Asia/Shanghai."""

    month: str = Field(primary_key=True)
    issuer: str = Field(primary_key=True)
    scenario: str = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)
    voided: int = Field(sa_type=BigInteger)


class Refusal(TableBase, table=True):
    """How often codes were refused on one day for one class of reason."""

    day: int = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)
