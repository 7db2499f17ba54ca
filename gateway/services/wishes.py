"""Wishes to hear of a partner sooner than its turn comes.

A verified event and a code with an unknown hint wish; only the worker fetches, a second later
(docs/federation.md). A wish names a partner by the anchor of its record, never by anything
that stands in a code.
"""

import threading
from collections.abc import Mapping
from typing import Final, Protocol

from gateway.errors import UnavailableError
from gateway.ids import EntityId, Timestamp

HINT_SPACING_S: Final = 30
"""One refresh of a partner for unknown hints in this time, however many codes have them."""


class RefreshWishes(Protocol):
    """Wishes that outlive a process; one row a partner."""

    def wish(self, anchor: EntityId, now: Timestamp, *, spacing_s: int = 0) -> None:
        """Wish that all three statements of a partner be fetched soon.

        Args:
            anchor: Which partner; one that is none is taken up and forgotten.
            now: When.
            spacing_s: Nothing is wished if somebody wished it less than so long ago.
        """
        ...

    def take(self) -> tuple[EntityId, ...]:
        """Return the partners that were wished for, and consider the wishes granted.

        A worker that dies between taking and fetching loses them; the next poll comes anyway.
        """
        ...


class HintWishes:
    """Unknown hints that request threads met, until a background thread passes them on.

    Noting one costs a request no wait, whatever the database does.
    """

    def __init__(self, wishes: RefreshWishes) -> None:
        self._wishes = wishes
        self._lock = threading.Lock()
        self._met: dict[EntityId, Timestamp] = {}
        self._passed_on: dict[EntityId, Timestamp] = {}

    def met(self, anchor: EntityId, now: Timestamp) -> None:
        """Note that a code of this partner named a key that is not known here."""
        self._met[anchor] = now

    def pass_on(self, now: Timestamp) -> None:
        """Wish for every partner that was noted, unless this process did so a moment ago.

        Raises:
            UnavailableError: the database takes no wish; those left are passed on next time.
        """
        with self._lock:
            met, self._met = self._met, {}
            due = [each for each in met if not _recent(self._passed_on, each, now)]
            while due:
                try:
                    self._wishes.wish(due[-1], now, spacing_s=HINT_SPACING_S)
                except UnavailableError:
                    self._met |= dict.fromkeys(due, now)
                    raise
                self._passed_on[due.pop()] = now


def _recent(times: Mapping[EntityId, Timestamp], anchor: EntityId, now: Timestamp) -> bool:
    """A clock that was set back must not hold wishes back until it has caught up."""
    at = times.get(anchor)
    return at is not None and 0 <= now - at < HINT_SPACING_S
