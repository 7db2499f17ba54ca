"""Refusals of one kind take one time, so that time does not tell their reason."""

from typing import Final

from gateway.clock import monotonic_s, wait_s
from gateway.services.verdicts import Outcome


def release(outcome: Outcome, started_s: float, every_s: float) -> None:
    """Hold a ``present_again`` on the grid.

    Forged is found before the database is asked and used only after: without this a
    stopwatch tells them apart. Other outcomes leave at once.
    """
    if outcome is Outcome.PRESENT_AGAIN:
        hold(started_s, every_s)


BATCH_LINES: Final = 10
"""An upload leaves on every tenth line: so many codes take longer, and nobody waits for it."""


def hold(started_s: float, every_s: float) -> None:
    """Wait until a whole multiple of ``every_s`` after ``started_s``; 0 waits for nothing."""
    if every_s > 0:
        elapsed = monotonic_s() - started_s
        wait_s(every_s - elapsed % every_s)
