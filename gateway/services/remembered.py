"""What a process looked up and believes for a few seconds, so that not every request asks."""

import threading
from collections import OrderedDict
from typing import Final, Generic, TypeVar

from gateway.clock import monotonic_s

REMEMBERED_S: Final = 5.0
"""A revocation or suspension holds in every process within this time."""

MAX_REMEMBERED: Final = 10_000

_V = TypeVar("_V")


class Remembered(Generic[_V]):
    """Values by the hash of what opens them; of too many, those not put in for longest go."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, tuple[float, _V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: bytes) -> _V | None:
        """Return a value that was put in within the last 5 seconds."""
        with self._lock:
            known = self._known.get(digest)
        return known[1] if known is not None and monotonic_s() - known[0] < REMEMBERED_S else None

    def put(self, digest: bytes, value: _V) -> None:
        """Believe a value from now on."""
        with self._lock:
            self._known[digest] = (monotonic_s(), value)
            self._known.move_to_end(digest)
            while len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
