"""What ends, and when somebody is reminded of it: 14, 7, 3 and 1 days before, and afterwards.

Facts with a date go in, reminders come out; who gathers the facts is ``app/reminding``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.ids import EntityId, Timestamp

DAY_S: Final = 24 * 3600

STEPS_DAYS: Final = (1, 3, 7, 14)
"""So many days ahead the same reminder becomes another one."""

LEAF_AHEAD_S: Final = 22 * 3600
"""A leaf configuration holds for a day and is signed hourly: from here on, two were missed."""


class What(StrEnum):
    """What ends."""

    ANCHOR = "anchor_statement"
    SUBORDINATE = "subordinate_statement"
    LEAF = "leaf_statement"
    KEY_USE = "code_key_use"
    """The planned use of the code key that signs: afterwards it can sign no printed code."""
    KEY_END = "code_key"
    """The last code key: afterwards no code counts."""
    AGREEMENT = "agreement"
    RATIFICATION = "ratification"
    """Nobody has looked at what one officer did at once."""
    CATALOGUE = "catalogue"
    """The last offer, and no next version of the catalogue has any."""
    COMPLAINT = "complaint"
    """The time for an answer to the first complaint that waits."""
    OBJECTION = "objection"
    """The time for an answer to the first objection that waits, or for its review."""


class Severity(StrEnum):
    """How soon somebody should do something."""

    PLAN = "plan"
    SOON = "soon"
    NOW = "now"


_SEVERITIES: Final = {14: Severity.PLAN, 7: Severity.SOON, 3: Severity.SOON}

_CEREMONY: Final = (
    "hold the anchor's ceremony (docs/keys.md); with K1 here: credit-gateway federation publish"
    " --anchor"
)

_OWN: Final = {
    What.ANCHOR: _CEREMONY,
    What.SUBORDINATE: _CEREMONY,
    What.LEAF: "credit-gateway worker, which signs hourly; at once: federation publish",
    What.KEY_USE: "credit-gateway keys rotate codes --officer NAME",
    What.KEY_END: "credit-gateway keys rotate codes --officer NAME",
    What.AGREEMENT: "agree on a new end with its office",
    What.RATIFICATION: "another officer: credit-gateway proposals list, then approve",
    What.CATALOGUE: "add offers to the city file, in a next version of the catalogue",
    What.COMPLAINT: "an operator or county officer answers at /staff/complaints",
    What.OBJECTION: "an operator or approver answers at /staff/objections",
}
_PARTNERS: Final = {
    **_OWN,
    What.ANCHOR: "call its office: its anchor has to sign anew",
    What.SUBORDINATE: "call its office: its anchor has to sign anew",
    What.LEAF: "credit-gateway partners sync; if it stays, call its office",
    What.KEY_END: "call its office: it has to announce its next code key",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedFact:
    """Something that ends.

    Attributes:
        whose: Leaf of the partner that it is about; None for this city.
        ends_at: First moment without it.
        name: Which one, where there may be several: what was stopped, for example.
    """

    what: What
    whose: EntityId | None
    ends_at: Timestamp
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Something that ends soon, or has ended.

    Attributes:
        days_left: 14, 7, 3 or 1: at most so many; 0 once it has ended.
        remedy: What to do about it, a command where there is one.
    """

    what: What
    whose: EntityId | None
    name: str
    ends_at: Timestamp
    days_left: int
    severity: Severity
    remedy: str


def reminders_of(facts: Iterable[DatedFact], now: Timestamp) -> tuple[Reminder, ...]:
    """Return what somebody is to be reminded of, soonest end first."""
    found = (_reminder(fact, now) for fact in facts)
    due = (reminder for reminder in found if reminder is not None)
    return tuple(sorted(due, key=lambda each: (each.ends_at, each.what, each.whose or "")))


def _reminder(fact: DatedFact, now: Timestamp) -> Reminder | None:
    left_s = fact.ends_at - now
    if fact.what is What.LEAF and left_s > LEAF_AHEAD_S:
        return None
    days = _days(left_s)
    if days is None:
        return None
    remedies = _OWN if fact.whose is None else _PARTNERS
    return Reminder(
        what=fact.what,
        whose=fact.whose,
        name=fact.name,
        ends_at=fact.ends_at,
        days_left=days,
        severity=_SEVERITIES.get(days, Severity.NOW),
        remedy=remedies[fact.what],
    )


def _days(left_s: int) -> int | None:
    """Return the smallest step that holds what is left; 0 if nothing is, None if no step does."""
    if left_s <= 0:
        return 0
    return next((step for step in STEPS_DAYS if left_s <= step * DAY_S), None)
