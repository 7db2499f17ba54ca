"""What status lists need of durable storage; see ``ports`` for what all ports promise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.ids import EntityId, Timestamp
from gateway.services.audit import Acting


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEntry:
    """One long-lived code, as its home city remembers it until after its end.

    Attributes:
        number: Of the list, 1 and up.
        index: In the list.
        subject: 32 byte pseudonym of whom it was issued to.
        sheet: What the office calls the sheet that it is on; random.
        last_day: Last day on which it is kept, days since 1970-01-01 in Asia/Shanghai: it tells
            no time of issue.
    """

    number: int
    index: int
    subject: bytes = field(repr=False)
    sheet: str
    last_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOut:
    """That a sheet is handed out, in the place of earlier ones of that person and purpose.

    Attributes:
        purpose: How the names of all sheets for this purpose begin (``sheet_names``).
        channel: Where it is handed out: on the own page, at a counter, there to a relative.
    """

    purpose: str = field(repr=False)
    channel: str
    acting: Acting


class StatusRows(Protocol):
    """Gives out places in own lists and remembers which codes were revoked."""

    def take(self, count: int, least: int) -> int:
        """Return how many places were given out before these ``count``, which are now taken.

        That is ``least`` at least: the places before it are taken as well. Of any number of calls
        on one database no two get the same place; one that is taken and not used is lost.
        """
        ...

    def taken(self) -> int:
        """Return how many places were given out."""
        ...

    def remember(self, entries: Sequence[StatusEntry], handing: HandOut | None = None) -> None:
        """Store entries of one sheet, all or none.

        With ``handing``, revoke every earlier entry of that person and purpose in the same
        transaction; of two that are handed out at once, one replaces the other. The ledger names
        the sheet, and no person.

        Raises:
            ConflictError: an index of that list is stored already.
        """
        ...

    def numbers(self) -> frozenset[int]:
        """Return the lists that have an entry which is not pruned."""
        ...

    def revoke_subject(self, subject: bytes, acting: Acting) -> int:
        """Revoke every entry of a person, for ever; return how many were not yet.

        The ledger says that a person's codes were revoked, and neither whose nor how many.
        """
        ...

    def revoke_sheet(self, sheet: str, acting: Acting) -> int:
        """Revoke every entry of a sheet, for ever; return how many were not yet.

        The ledger names the sheet, if there is one of this name.
        """
        ...

    def revoked(self, number: int) -> tuple[int, ...]:
        """Return the indexes of a list that were ever revoked; none ever goes."""
        ...

    def revoked_counts(self) -> Mapping[int, int]:
        """Return how many indexes were ever revoked, by list; a number only ever grows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBits:
    """Every bit of one list of a partner that was ever seen set.

    Attributes:
        digest: Of the last token whose bits are in it (``document_ports.digest_of``).
        packed: As in a status list.
    """

    digest: str
    packed: bytes = field(repr=False)


class NotedPlaces(Protocol):
    """Remembers outside the database how many places were given out."""

    def noted(self) -> int:
        """Return the most that was ever noted.

        Raises:
            GatewayError: it cannot be told; then no place may be given out.
        """
        ...

    def note(self, taken: int) -> None:
        """Note a number; a larger one that is noted stays.

        Raises:
            GatewayError: nothing was noted.
        """
        ...


class SeenStatus(Protocol):
    """Remembers which bits of partners' lists were ever seen set."""

    def seen(self, anchor: EntityId, number: int) -> SeenBits | None:
        """Return what was seen of one list; a row that cannot be read is not there."""
        ...

    def see(self, anchor: EntityId, number: int, bits: SeenBits, now: Timestamp) -> int:
        """Add bits to those that were seen; return how many were set before and are not in them.

        What was set stays set, also where two processes add at once.
        """
        ...
