"""Holding the lease: taken, renewed, watched while another holds it, given up at the end.

Clocks of two machines are never compared. Whoever waits watches the lease's beat, and takes it
over once it stood still for ``lease_s`` of its own patience. The holder counts from before its
last renewal and stops sooner than that, so that both agree without agreeing on the time.
"""

import secrets
import threading
from collections.abc import Callable
from typing import Final

from gateway.clock import monotonic_s
from gateway.ids import Timestamp
from gateway.services.worker_ports import FREE, Lease, WorkerLease

LEASE_S: Final = 15.0
"""How long a lease outlives its holder."""

RENEWALS: Final = 4
"""Renewals in the life of a lease: a database that is away for half of it changes nothing."""

_MARGIN: Final = 0.8
"""Part of the lease after which a holder that could not renew stops."""


class Holding:
    """One process and the lease of its city.

    ``attempt`` is for one thread; ``held`` is for all.
    """

    def __init__(
        self,
        lease: WorkerLease,
        *,
        lease_s: float = LEASE_S,
        monotonic: Callable[[], float] = monotonic_s,
    ) -> None:
        self.holder: Final = secrets.token_hex(8)
        self.renew_s: Final = lease_s / RENEWALS
        self._rows, self._lease_s, self._monotonic = lease, lease_s, monotonic
        self._lock = threading.Lock()
        self._mine: Lease | None = None
        self._renewed_s = 0.0
        self._watched: Lease | None = None
        self._watched_since_s = 0.0
        self._other_lives = False

    @property
    def held(self) -> bool:
        """Whether this process may begin a job now."""
        with self._lock:
            return self._mine is not None and self._age_s() < _MARGIN * self._lease_s

    @property
    def other_lives(self) -> bool:
        """Whether another holder was seen renewing since this process began to watch."""
        return self._other_lives

    def attempt(self, now: Timestamp) -> bool:
        """Take, renew or watch the lease; return whether it is held.

        Raises:
            UnavailableError: the database says nothing; what was held is held a little longer.
        """
        began_s = self._monotonic()
        mine = self._rows.take(self.holder, self._mine, now) if self._mine else None
        if mine is None:
            mine = self._take(self._rows.read(), now)
        with self._lock:
            self._mine, self._renewed_s = mine, began_s
        return self.held

    def give_up(self, now: Timestamp) -> None:
        """Let the next process begin at once, if the lease is still ours."""
        with self._lock:
            mine, self._mine = self._mine, None
        if mine is not None and self._rows.take(FREE, mine, now) is not None:
            return
        # Whoever was told to end while it renewed never heard that the renewal was written.
        seen = self._rows.read()
        if seen is not None and seen.holder == self.holder:
            self._rows.take(FREE, seen, now)

    def _take(self, seen: Lease | None, now: Timestamp) -> Lease | None:
        """Take a lease that is free, that is ours without our knowing, or whose beat stands."""
        if seen is None or seen.holder in {FREE, self.holder} or self._stands_still(seen):
            return self._rows.take(self.holder, seen, now)
        return None

    def _stands_still(self, seen: Lease) -> bool:
        if seen != self._watched:
            self._other_lives = self._watched is not None
            self._watched, self._watched_since_s = seen, self._monotonic()
            return False
        return self._monotonic() - self._watched_since_s >= self._lease_s

    def _age_s(self) -> float:
        return self._monotonic() - self._renewed_s
