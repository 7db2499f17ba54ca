"""What people filed with the office: complaints about merchants, objections to assessments."""

from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class Complaint(TableBase, table=True):
    """A complaint about a merchant, by nobody; days are counted from 1970 in China.

    ``sealed`` and ``sealed_answer`` open with a key outside the database. ``closed_day`` NULL
    is one that waits.
    """

    number: str = Field(primary_key=True)
    kind: str
    offer: str | None
    merchant: str | None
    sealed: bytes
    filed_day: int
    due_day: int
    sealed_answer: bytes | None
    closed_day: int | None


class Objection(TableBase, table=True):
    """An objection to the own assessment; ``subject`` is the pseudonym of the day rows.

    ``open_of`` is the same while it waits, else NULL: the database lets one wait at a time.
    """

    number: str = Field(primary_key=True)
    version: int
    subject: bytes = Field(index=True)
    open_of: bytes | None = Field(unique=True)
    kind: str
    sealed: bytes
    tier: int | None
    scale_version: str | None
    assessed_on: int | None
    filed_day: int
    review_day: int | None
    due_day: int
    sealed_reason: bytes | None
    state: str
    outcome: str | None
    sealed_answer: bytes | None
    answered_by: str | None
    review_outcome: str | None
    sealed_review: bytes | None
    closed_day: int | None


class MerchantNotice(TableBase, table=True):
    """What a merchant was told, what it replied, and what the office answered; all sealed."""

    merchant_id: str = Field(primary_key=True, foreign_key="merchant.id")
    number: int = Field(primary_key=True)
    kind: str
    sealed: bytes
    day: int
    due_day: int | None
    sealed_reply: bytes | None
    reply_day: int | None
    sealed_answer: bytes | None
    answer_day: int | None
