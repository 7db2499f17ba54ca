"""What a citizen's rights need of durable storage; see ``ports`` for what all ports promise."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.ids import Tier
from gateway.services.audit import Acting


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What stands for one citizen in the tables; each is a keyed hash of 32 bytes.

    Attributes:
        consents: In consent receipts.
        sessions: In sessions.
        issuing: In day rows and beside places in status lists: the pseudonym.
    """

    consents: bytes = field(repr=False)
    sessions: bytes = field(repr=False)
    issuing: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedDay:
    """What a citizen was given on one day.

    Attributes:
        day: Days since 1970-01-01 in China.
        kind: ``live``, ``pack`` or ``printed``.
        codes: How many.
        tier: The last one of that day.
        scale_version: Of the scale that said so.
        assessed_on: Day of the assessment behind it, counted as ``day``; None of old rows.
    """

    day: int
    kind: str
    codes: int
    tier: Tier
    scale_version: str
    assessed_on: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSheet:
    """A printed sheet, as far as its home city still knows of it.

    Attributes:
        codes: How many are on it.
        revoked: How many of them were revoked.
        last_day: Last day on which this is kept, counted as ``IssuedDay.day``.
    """

    sheet: str
    codes: int
    revoked: int
    last_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """What stopping did.

    Attributes:
        consents: Receipts that were ended.
        revoked: Printed codes that were not revoked before.
        packs: Whether a pack was given out since the day that was asked about.
    """

    consents: int
    revoked: int
    packs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What deleting did.

    Attributes:
        stopped: What ended first.
        days: Day rows that are gone.
        objections: Objections that are gone, one that waited as well.
        sessions: Sessions that are gone.
        places: Printed codes that lead to nobody any more.
    """

    stopped: Stopped
    days: int
    objections: int
    sessions: int
    places: int


class RightsRows(Protocol):
    """Reads and ends what is kept of one citizen, in whatever table."""

    def issued(self, person: Person, since_day: int = 0) -> Sequence[IssuedDay]:
        """Return the day rows, newest first."""
        ...

    def sheets(self, person: Person) -> Sequence[KeptSheet]:
        """Return the printed sheets that are not forgotten, by their name."""
        ...

    def erase(self, person: Person, acting: Acting, since_day: int) -> Erased:
        """Stop, and delete whatever may go: all of it, or nothing.

        Consent receipts stay; places in status lists stay, of nobody.

        Args:
            person: Whose.
            acting: Who, and when.
            since_day: As for ``stop``.
        """
        ...

    def stop(self, person: Person, acting: Acting, since_day: int) -> Stopped:
        """End every consent and revoke every printed code: all of it, or nothing.

        Args:
            person: Whose.
            acting: Who, and when.
            since_day: Packs are looked for from this day on.
        """
        ...
