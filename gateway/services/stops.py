"""Emergency stops in use: what is stopped now, however somebody edited the database.

A row is believed if this city sealed it and none newer is known, from this process or from the
note outside the database. What is known to be stopped then stays stopped.
"""

import hmac
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from gateway.errors import GatewayError, UnavailableError
from gateway.ids import OfferId, Timestamp
from gateway.policy.stops import ISSUING, NOTHING_STOPPED, Stop, StopOrder, StopsError, seal_of
from gateway.services.stop_ports import NotedStops, StopRow, StopRows

STOPS_TAMPERED: Final = "stops_tampered"
"""Alarm: the stored stops are not the newest that this city wrote."""

NOBODY: Final = "city"
"""Who ordered what stands for stops that cannot be read."""

_UNREADABLE: Final = "what is stopped cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopState:
    """What is in force.

    Attributes:
        intact: Whether the database says so, too.
    """

    order: StopOrder
    intact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedStops:
    """Reads the stops, and tells what this city wrote from what somebody put there.

    Attributes:
        key: 32 bytes, outside the database.
    """

    rows: StopRows
    noted: NotedStops
    key: bytes = field(repr=False)

    def standing(
        self, row: StopRow | None, now: Timestamp, known: StopOrder = NOTHING_STOPPED
    ) -> StopState:
        """Return what is in force, given the stored row and what was in force before.

        If nothing that this city wrote can be read, although something was written, no code is
        given: a stop may have been taken away.
        """
        noted, readable = self._noted()
        stored, kept = self._open(row), self._open(noted)
        genuine = [each for each in (stored, kept, known) if each is not None and each.version]
        if not genuine and (row or noted or not readable):
            unread = Stop(target=ISSUING, reason=_UNREADABLE, by=NOBODY, at=now)
            return StopState(order=StopOrder.of(0, (unread,)), intact=False)
        order = max(genuine, key=lambda each: each.version, default=NOTHING_STOPPED)
        # Without a row nothing was ever stopped, or the row was taken away.
        intact = (stored or NOTHING_STOPPED) == order and readable
        return StopState(order=order, intact=intact)

    def note(self, row: StopRow | None, order: StopOrder) -> None:
        """Note the row outside the database if it is what is in force."""
        if row is not None and self._open(row) == order:
            self.noted.note(row)

    def row_of(self, order: StopOrder) -> StopRow:
        """Return the row to store, once it was read back.

        Raises:
            StopsError: it could not be read again; a name is too long, or there are too many.
        """
        document = order.encode()
        StopOrder.parse(document)
        return StopRow(version=order.version, document=document, seal=seal_of(document, self.key))

    def _noted(self) -> tuple[StopRow | None, bool]:
        try:
            noted = self.noted.noted()
        except GatewayError:
            return None, False
        return noted, noted is None or self._open(noted) is not None

    def _open(self, row: StopRow | None) -> StopOrder | None:
        if row is None or not hmac.compare_digest(row.seal, seal_of(row.document, self.key)):
            return None
        try:
            order = StopOrder.parse(row.document)
        except StopsError:
            return None
        return order if order.version == row.version else None


class StopView:
    """What is stopped, as one process knows it: ``Stops`` for request threads.

    ``refresh`` is for one thread at a time; reading is for all.
    """

    def __init__(
        self, sealed: SealedStops, alarm: Callable[[str, Timestamp], None], now: Timestamp
    ) -> None:
        """Read for the first time.

        Args:
            sealed: Reads the row.
            alarm: Told of a row that is not the newest of this city.
            now: The moment of reading.

        Raises:
            UnavailableError: the database cannot be read.
        """
        self._sealed, self._alarm = sealed, alarm
        self._row = sealed.rows.get()
        self._standing = self._load(self._row, now, NOTHING_STOPPED)

    @property
    def issuing(self) -> bool:
        """Whether this city gives no codes."""
        return self._standing.order.issuing

    @property
    def offers(self) -> frozenset[OfferId]:
        """Offers that are neither granted nor shown as on offer."""
        return self._standing.order.offers

    def refresh(self, now: Timestamp) -> bool:
        """Read anew if the stored row changed; return whether it had.

        Raises:
            UnavailableError: the database cannot be read; what is stopped stays stopped.
        """
        row = self._sealed.rows.get()
        if row == self._row:
            return False
        self._standing = self._load(row, now, self._standing.order)
        self._row = row
        return True

    def _load(self, row: StopRow | None, now: Timestamp, known: StopOrder) -> StopState:
        standing = self._sealed.standing(row, now, known)
        if not standing.intact:
            # A database that takes no alarm must not keep a stop from taking effect.
            with suppress(UnavailableError):
                self._alarm(STOPS_TAMPERED, now)
        with suppress(GatewayError):
            self._sealed.note(row, standing.order)
        return standing
