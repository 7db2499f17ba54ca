"""What tills do that the office should see: counted by day, and never about a guest.

Start at ``TillWatch``. Its question about a venue is about the request alone: whoever asks it
before the code is looked at tells nobody anything about a code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from gateway.clock import china_day
from gateway.ids import MerchantId, Timestamp, VenueId
from gateway.ledger.entries import Note
from gateway.services.audit import Acting
from gateway.services.errors import ForbiddenError
from gateway.services.ports import Merchant
from gateway.services.verdicts import Outcome

WRONG: Final = frozenset({Outcome.NOT_A_CODE, Outcome.PRESENT_AGAIN})
"""What whoever tries texts out gets. A good code is never one of these, and never counted."""

SHOWN_DAYS: Final = 30


class IncidentKind(StrEnum):
    """What may be seen of a till."""

    SLOWED = "slowed"
    """A wrong code too many within a minute; it got 429 instead of an outcome."""
    FOREIGN_VENUE = "foreign_venue"
    """It named the venue of another merchant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What one till of a merchant did on one day.

    Attributes:
        day: As ``china_day`` counts.
        till: Id of the device or till; empty for the merchant's own token.
        count: How often.
    """

    day: int
    merchant: MerchantId
    till: str
    kind: IncidentKind
    count: int


class IncidentRows(Protocol):
    """Counts incidents."""

    def count(self, kind: IncidentKind, merchant: MerchantId, till: str, day: int) -> None:
        """Count one, in this process only until the next flush."""
        ...

    def begin(
        self, kind: IncidentKind, merchant: MerchantId, till: str, day: int, note: Note
    ) -> None:
        """Write the entry of an incident unless this till had one of this kind on this day."""
        ...

    def of(self, merchant: MerchantId, since_day: int) -> Sequence[Incident]:
        """Return what was seen of a merchant from a day on, the newest first."""
        ...


class VenueOwners(Protocol):
    """Knows whose a venue is."""

    def is_elsewhere(self, venue: VenueId, merchant: MerchantId) -> bool:
        """Return whether another merchant has a venue of this id."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TillWatch:
    """The use cases."""

    rows: IncidentRows
    owners: VenueOwners

    def check_venue(
        self, merchant: Merchant, venue: VenueId | None, till: str | None, now: Timestamp
    ) -> None:
        """Return unless a till names a venue that is another merchant's and not its own.

        One that nobody has, or that this till may not name, is no benefit and no incident.

        Raises:
            ForbiddenError: it does; the first time of a day is in the ledger.
            UnavailableError: the database cannot be asked.
        """
        # (1) Is it one of its own? So it nearly always is, and nothing is asked.
        if venue is None or any(each.id == venue for each in merchant.venues):
            return
        # (2) Is it anybody's?
        if not self.owners.is_elsewhere(venue, merchant.id):
            return
        # (3) Then it is written down: every till once a day, and counted beyond.
        kind, day, name = IncidentKind.FOREIGN_VENUE, china_day(now), till or ""
        acting = Acting(by=f"till:{name}" if name else "merchant", at=now)
        note = acting.note("merchant.foreign_venue", merchant.id, venue=venue)
        self.rows.begin(kind, merchant.id, name, day, note)
        self.rows.count(kind, merchant.id, name, day)
        raise ForbiddenError("the venue is another merchant's")

    def slowed(self, merchant: MerchantId, till: str | None, now: Timestamp) -> None:
        """Count that a till was told to wait for its wrong codes."""
        self.rows.count(IncidentKind.SLOWED, merchant, till or "", china_day(now))

    def newest(self, merchant: MerchantId, now: Timestamp) -> Sequence[Incident]:
        """Return what was seen of a merchant within 30 days, the newest first."""
        return self.rows.of(merchant, china_day(now) - SHOWN_DAYS)
