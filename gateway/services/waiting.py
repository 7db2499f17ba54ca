"""What waits for the office without a day on which it is due: how many, and since when.

What ends on a day is a reminder (``trust/reminders``). Nothing ends here, so none of it is counted
among what has ended: it only gets older until somebody does something.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.clock import china_day, china_midnight
from gateway.ids import Timestamp


class Waits(StrEnum):
    """What waits."""

    REPLY = "merchant_reply"
    """A merchant's reply to a notice, until the office answers it."""
    COMMITMENT = "overdue_commitment"
    """A merchant's commitment that has not come back in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How it stands with one kind.

    Attributes:
        count: How many wait; 0 if none does.
        since_day: When the oldest came, or was first overdue, as ``china_day`` counts; 0 if none.
    """

    what: Waits
    count: int
    since_day: int

    def since(self) -> Timestamp | None:
        """Return the midnight at which the oldest's first day began; None if nothing waits."""
        return china_midnight(self.since_day) if self.count else None

    def days(self, now: Timestamp) -> int:
        """Return the age of the oldest in days of the calendar: 0 if it came today, or none."""
        return max(0, china_day(now) - self.since_day) if self.count else 0


class UnansweredReplies(Protocol):
    """Counts replies of merchants."""

    def backlog(self) -> tuple[int, int]:
        """Return how many wait for an answer, and the day of the oldest; 0 if none does."""
        ...


class OverdueCommitments(Protocol):
    """Counts commitments of merchants."""

    def overdue(self, day: int) -> tuple[int, int]:
        """Return how many are overdue on a day, and when the first was due; 0 if none."""
        ...


def waiting(
    replies: UnansweredReplies, commitments: OverdueCommitments, now: Timestamp
) -> tuple[Waiting, ...]:
    """Return how it stands with each kind, also where nothing waits.

    Raises:
        UnavailableError: the database cannot be read.
    """
    count, replied_on = replies.backlog()
    late, due_day = commitments.overdue(china_day(now))
    return (
        Waiting(what=Waits.REPLY, count=count, since_day=replied_on),
        # The due day counts whole.
        Waiting(what=Waits.COMMITMENT, count=late, since_day=due_day + 1),
    )
