"""Buckets of requests in the memory of one process.

A bucket is one number: the moment at which it will be full again (the generic cell rate algorithm
of ITU-T I.371 in its virtual scheduling form). A bucket that is not stored is full.
"""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Final

from gateway.clock import monotonic_s
from gateway.services.rates import Draw

MAX_BUCKETS: Final = 10_000
"""Of each kind. The one unused for longest goes first: whoever is refused again and again stays
in, and a flood of addresses empties no bucket of merchants. Eleven kinds take about 16 MB."""

TOLERANCE_S: Final = 0.001
"""Steps are fractions of seconds, and sums of them are not exact."""


class MemoryBuckets:
    """Counts in this process; with W worker processes the true limit is up to W times as high."""

    def __init__(
        self, *, max_buckets: int = MAX_BUCKETS, now_s: Callable[[], float] = monotonic_s
    ) -> None:
        self._max_buckets, self._now_s = max_buckets, now_s
        self._full_at: defaultdict[str, OrderedDict[bytes, float]] = defaultdict(OrderedDict)
        self._lock = threading.Lock()

    def draw(self, *draws: Draw) -> float:
        """Take what is drawn out of every bucket and return 0, or out of none and return a wait."""
        with self._lock:
            now = self._now_s()
            after = [self._after(draw, now) for draw in draws]
            wait = max(
                full_at - now - draw.rate.period_s
                for full_at, draw in zip(after, draws, strict=True)
            )
            if wait > TOLERANCE_S:
                return wait
            for full_at, draw in zip(after, draws, strict=True):
                self._store(draw, full_at)
        return 0.0

    def _after(self, draw: Draw, now: float) -> float:
        """Return when the bucket would be full again if this were drawn."""
        known = self._full_at[draw.kind]
        full_at = known.get(draw.name)
        if full_at is None:
            return now + draw.fills_s
        known.move_to_end(draw.name)
        return max(full_at, now) + draw.fills_s

    def _store(self, draw: Draw, full_at: float) -> None:
        known = self._full_at[draw.kind]
        known[draw.name] = full_at
        if len(known) > self._max_buckets:
            known.popitem(last=False)
