"""Give long-lived codes their places in this city's status lists (docs/protocol/documents.md).

A place is durable before a code that names it is signed, and is never given out again: the
counter only grows, and 9,999 lists of 2^20 outlive the profile.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.clock import china_day
from gateway.codes import status_order
from gateway.codes.claims import StatusReference
from gateway.codes.status_list import ENTRIES
from gateway.errors import UnavailableError
from gateway.ids import EntityId, Timestamp
from gateway.services.status_ports import HandOut, NotedPlaces, StatusEntry, StatusRows

MAX_NUMBER: Final = 9999
"""Highest number of a list: four digits in the address that a code names."""

AHEAD: Final = ENTRIES // 10
"""Places left in a list when the next one is published: partners know it before it is needed."""


class StatusListsFullError(UnavailableError):
    """Every place in every list that a code can name was given out."""

    code = "status_lists_full"


def uri_of(leaf: EntityId, number: int) -> str:
    """Return where the list of a number is published, as codes name it."""
    return f"{leaf}/status/{number}"


def numbers_of(taken: int) -> Iterator[int]:
    """Yield the list that gives out the next place, and the one after it when that is near.

    Args:
        taken: How many places were given out.
    """
    current, used = divmod(taken, ENTRIES)
    if current < MAX_NUMBER:
        yield current + 1
    if ENTRIES - used <= AHEAD and current + 1 < MAX_NUMBER:
        yield current + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusIndexes:
    """Allocates.

    Attributes:
        leaf: This city's leaf, below which its lists are published.
        noted: Places that were given out, remembered outside the database.
        order_key: 32 bytes, outside the database: in which order indexes go out.
    """

    leaf: EntityId
    rows: StatusRows
    noted: NotedPlaces
    order_key: bytes = field(repr=False)

    def allocate(
        self,
        subject: bytes,
        sheet: str,
        expires_at: Timestamp,
        count: int,
        handing: HandOut | None = None,
    ) -> tuple[StatusReference, ...]:
        """Return the places of ``count`` codes of one sheet; durable on return.

        Args:
            subject: Pseudonym of whom they are for.
            sheet: Its name, random.
            expires_at: End of the codes.
            count: How many.
            handing: How the sheet is handed out, if it takes the place of earlier ones.

        Raises:
            StatusListsFullError: there are not so many places any more.
            GatewayError: they could not be stored or noted; those that were taken are lost.
        """
        # A database that was restored from a backup knows of fewer than were given out.
        first = self.rows.take(count, self.noted.noted())
        self.noted.note(first + count)
        places = [divmod(place, ENTRIES) for place in range(first, first + count)]
        if places[-1][0] >= MAX_NUMBER:
            raise StatusListsFullError("every place in every status list was given out")
        entries = [
            StatusEntry(
                number=before + 1,
                index=status_order.index_of(place, number=before + 1, key=self.order_key),
                subject=subject,
                sheet=sheet,
                # Clocks differ: a day more than the code lives.
                last_day=china_day(expires_at) + 1,
            )
            for before, place in places
        ]
        self.rows.remember(entries, handing)
        return tuple(
            StatusReference(index=each.index, uri=uri_of(self.leaf, each.number))
            for each in entries
        )
