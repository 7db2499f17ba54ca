"""What emergency stops need of storage, and what others ask of them."""

from dataclasses import dataclass, field
from typing import Protocol

from gateway.ids import OfferId
from gateway.ledger.entries import Note


class Stops(Protocol):
    """What is stopped now, asked on every request; ``StopView`` and ``StopOrder`` answer."""

    @property
    def issuing(self) -> bool:
        """Whether this city gives no codes."""
        ...

    @property
    def offers(self) -> frozenset[OfferId]:
        """Offers that are neither granted nor shown as on offer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRow:
    """All stops as stored.

    Attributes:
        document: As ``StopOrder.encode`` wrote it.
        seal: Shows that this city did; see ``seal_of``.
    """

    version: int
    document: bytes = field(repr=False)
    seal: bytes = field(repr=False)


class StopRows(Protocol):
    """Keeps the one row of stops in the database."""

    def get(self) -> StopRow | None:
        """Return the row; odd values are bytes that nobody sealed."""
        ...

    def put(self, row: StopRow, replaced: StopRow | None, note: Note) -> None:
        """Store a row in place of the one that was read; durable on return.

        Raises:
            ConflictError: somebody else stored one meanwhile.
        """
        ...


class NotedStops(Protocol):
    """Keeps the newest row outside the database."""

    def noted(self) -> StopRow | None:
        """Return it, if one was ever noted.

        Raises:
            GatewayError: it cannot be read.
        """
        ...

    def note(self, row: StopRow) -> None:
        """Note a row that is in force; one of a newer version stays.

        Raises:
            GatewayError: it could not be noted.
        """
        ...
