"""What objections are, and what they need of storage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

from gateway.errors import RefusedError
from gateway.ids import Tier
from gateway.ledger.entries import Note
from gateway.services.case_numbers import spelled_number
from gateway.services.case_texts import CaseTexts
from gateway.services.standing import Standing

REVIEW_WITHIN_DAYS: Final = 30
"""So long after an answer its review can be asked for."""


class ObjectionKind(StrEnum):
    """What somebody objects to."""

    ASSESSMENT = "assessment"
    NO_TIER = "no_tier"
    HISTORY = "history"
    OTHER = "other"


class Outcome(StrEnum):
    """What an officer found; the assessment itself is changed where it is kept."""

    CORRECTED = "corrected"
    KEPT = "kept"
    ELSEWHERE = "elsewhere"


class ObjectionState(StrEnum):
    """How far an objection is; the first two wait for the office."""

    OPEN = "open"
    REVIEW = "review"
    ANSWERED = "answered"
    REVIEWED = "reviewed"
    WITHDRAWN = "withdrawn"


class ObjectionRefusedError(RefusedError):
    """A kind, an outcome or a number of days is none that is allowed."""

    code = "objection_refused"


class ObjectionOpenError(RefusedError):
    """An objection of this person waits already."""

    code = "objection_open"


class ObjectionClosedError(RefusedError):
    """There is no objection of this number, or not in the state that this needs."""

    code = "objection_closed"


class OwnReviewError(RefusedError):
    """A review is answered by another officer than the answer, and by one who may review."""

    code = "objection_own_review"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionRow:
    """An objection as it is stored; days are counted as ``china_day`` does.

    Attributes:
        version: Rises with each change.
        subject: Pseudonym of who filed it.
        open_of: The same while it waits, else None: one waits at a time.
        sealed: Subject and text.
        tier: In force when it was filed; None if none was. ``scale_version`` and ``assessed_on``
            likewise.
        review_day: When a review was asked for; its clock began then.
        due_day: Last day for the answer, or the review.
        sealed_reason: Why it takes longer; None if it was not extended.
        answered_by: Who answered, as the ledger says it.
        closed_day: Of the last answer, or when it was withdrawn; None while it waits.
    """

    number: str
    version: int = 0
    subject: bytes = field(repr=False)
    open_of: bytes | None = field(repr=False)
    kind: str
    sealed: bytes = field(repr=False)
    tier: Tier | None
    scale_version: str | None
    assessed_on: int | None
    filed_day: int
    review_day: int | None = None
    due_day: int
    sealed_reason: bytes | None = field(default=None, repr=False)
    state: ObjectionState
    outcome: str | None = None
    sealed_answer: bytes | None = field(default=None, repr=False)
    answered_by: str | None = None
    review_outcome: str | None = None
    sealed_review: bytes | None = field(default=None, repr=False)
    closed_day: int | None = None

    @property
    def case(self) -> str:
        """What its texts are sealed for: its number, the person, and the tier that is held.

        Who can only write to the database gives nobody a tier by it, and no text to another.
        """
        held = f"{self.tier}/{self.assessed_on}/{self.scale_version}"
        return f"{self.number}/{self.subject.hex()}/{held}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """An objection, opened, but for who filed it and what the person wrote.

    Attributes:
        holds: Whether a tier is held while it waits; which one is for nobody to see.
        reason: Why it takes longer.
        may_review: Whether its holder may ask for a review now.
    """

    number: str
    kind: ObjectionKind
    state: ObjectionState
    holds: bool
    filed_on: date
    due_on: date
    reason: str | None
    outcome: Outcome | None
    answer: str | None
    answered_by: str | None
    review_outcome: Outcome | None
    review: str | None
    may_review: bool

    @property
    def waits(self) -> bool:
        """Whether the office is to answer."""
        return self.state in {ObjectionState.OPEN, ObjectionState.REVIEW}

    @property
    def spelled(self) -> str:
        """Its number, as people read it."""
        return spelled_number(self.number)


class HeldRows(Protocol):
    """Reads which tiers are under objection."""

    def held(self) -> Sequence[ObjectionRow]:
        """Return those that wait and hold a tier."""
        ...


class ObjectionRows(HeldRows, Protocol):
    """Keeps objections; each change is one transaction with its entry."""

    def add(self, row: ObjectionRow, note: Note) -> bool:
        """Store one; return False, and store nothing, if its ``open_of`` has one already."""
        ...

    def put(self, row: ObjectionRow, note: Note) -> bool:
        """Store a change of a row that still has this ``version``, which rises.

        Return False, and store nothing, if it was changed meanwhile, or ``open_of`` has another.
        """
        ...

    def append(self, note: Note) -> None:
        """Write an entry of an act that changes no row; durable on return."""
        ...

    def get(self, number: str) -> ObjectionRow | None:
        """Return one."""
        ...

    def list_of(self, subject: bytes, count: int) -> Sequence[ObjectionRow]:
        """Return so many of a person, newest first."""
        ...

    def waiting(self, count: int) -> Sequence[ObjectionRow]:
        """Return so many that wait, the earliest due first."""
        ...

    def closed(self, count: int) -> Sequence[ObjectionRow]:
        """Return so many that do not wait, the newest first."""
        ...

    def backlog(self) -> tuple[int, int]:
        """Return how many wait, and the earliest due day; 0 if none does."""
        ...


class HeldView:
    """Which tiers are under objection, as one process knows it: ``HeldTiers`` for request threads.

    ``refresh`` is for one thread at a time; reading is for all.
    """

    def __init__(self, rows: HeldRows, texts: CaseTexts) -> None:
        """Read ``rows``; what ``texts`` cannot open was changed by a hand, and holds nothing."""
        self._rows, self._texts = rows, texts
        self._held: Mapping[bytes, Standing] = {}

    def refresh(self) -> None:
        """Read anew.

        Raises:
            UnavailableError: the database cannot be read; what was held is held.
        """
        found = ((row.subject, self._tier(row)) for row in self._rows.held())
        self._held = {subject: held for subject, held in found if held is not None}

    def held(self, pseudonym: bytes) -> Standing | None:
        """Return the tier that is not lowered while the objection is open."""
        return self._held.get(pseudonym)

    def _tier(self, row: ObjectionRow) -> Standing | None:
        tier, version, day = row.tier, row.scale_version, row.assessed_on
        if tier is None or version is None or day is None:
            return None
        if not self._texts.open(row.case, row.sealed):
            return None
        return Standing(tier=tier, scale_version=version, assessed_on=day)
