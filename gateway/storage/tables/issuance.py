"""What is kept of issuing: one row a subject, day and kind."""

from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class IssuanceDay(TableBase, table=True):
    """How many codes a pseudonym was given on a day: no code ids, no destination, no scenario.

    ``assessed_on`` is a day like ``day``; rows from before revision 0014 have none.
    """

    subject: bytes = Field(primary_key=True)
    day: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    tier: int
    scale_version: str
    codes: int
    assessed_on: int | None = None
