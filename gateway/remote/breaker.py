"""A circuit breaker: whoever did not answer a few times in a row is left alone for a while.

Meanwhile nobody waits; now and then one question goes through, and an answer ends the rest.
"""

import threading


class Breaker:
    """Knows whether to ask. Safe to share between threads; times are monotonic seconds."""

    def __init__(self, *, after: int, rest_s: float) -> None:
        """Rest for ``rest_s`` once ``after`` questions in a row had no answer."""
        self._after, self._rest_s = after, rest_s
        self._failures = 0
        self._next_trial_s = 0.0
        self._lock = threading.Lock()

    @property
    def resting(self) -> bool:
        """Whether only a trial now and then may go through."""
        return self._failures >= self._after

    def admits(self, now_s: float) -> bool:
        """Return whether a question may be asked now; of a rest, whether it is the trial."""
        with self._lock:
            if not self.resting:
                return True
            if now_s < self._next_trial_s:
                return False
            # The next trial has its moment already, whatever becomes of this one.
            self._next_trial_s = now_s + self._rest_s
            return True

    def answered(self) -> None:
        """Note an answer, whatever it said."""
        with self._lock:
            self._failures = 0

    def failed(self, now_s: float) -> None:
        """Note that there was no answer."""
        with self._lock:
            self._failures += 1
            if self.resting:
                # A trial may have waited longer than the rest: it begins anew.
                self._next_trial_s = now_s + self._rest_s
