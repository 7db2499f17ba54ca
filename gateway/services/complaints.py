"""Complaints about a merchant: from anybody, without a sign-in, about the merchant alone.

Whoever complains gets a number and can ask with it; nobody is stored but the merchant. What was
written is sealed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

from gateway.clock import china_date, china_day, day_number
from gateway.errors import RefusedError, UnavailableError
from gateway.ids import MerchantId, OfferId, Timestamp
from gateway.ledger.entries import Note
from gateway.policy.free_text import parse_free_text
from gateway.policy.working_days import ANSWER_WORKING_DAYS, WorkingDays
from gateway.services.audit import Acting
from gateway.services.case_numbers import new_case_number, spelled_number, typed_case_number
from gateway.services.case_texts import CaseTexts

MAX_PLACE_CHARS: Final = 80
MAX_OPEN: Final = 5000
"""Unanswered ones that are kept at most: a flood must not fill the disk."""


class ComplaintKind(StrEnum):
    """What somebody complains about; an answer of "other" needs the text most."""

    REFUSED = "refused"
    UNEQUAL = "unequal"
    ASKED_MORE = "asked_more"
    MANNER = "manner"
    WRONG_OFFER = "wrong_offer"
    OTHER = "other"


class ComplaintRefusedError(RefusedError):
    """A complaint says neither which merchant nor which place it is about, or no kind."""

    code = "complaint_refused"


class ComplaintUnknownError(RefusedError):
    """No complaint has this number, or it was answered already."""

    code = "complaint_unknown"


class ComplaintsFullError(UnavailableError):
    """Too many complaints wait for an answer."""

    code = "complaints_full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A complaint as somebody filled it in.

    Attributes:
        kind: One of ``ComplaintKind``, unverified.
        offer: Of this city's catalogue, if the form came from one.
        merchant: Of this city, if the form came from its plate.
        place: Which merchant, in the writer's words; needed without ``merchant``.
        text: What happened.
    """

    kind: str
    offer: OfferId | None = None
    merchant: MerchantId | None = None
    place: str = ""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintRow:
    """A complaint as it is stored.

    Attributes:
        sealed: Place and text.
        filed_day: Day in China, as ``china_day`` counts; the time of day is not kept.
        due_day: Last day of the time for an answer.
        sealed_answer: None while it waits; ``closed_day`` likewise.
    """

    number: str
    kind: str
    offer: OfferId | None
    merchant: MerchantId | None
    sealed: bytes = field(repr=False)
    filed_day: int
    due_day: int
    sealed_answer: bytes | None = field(default=None, repr=False)
    closed_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A complaint, opened.

    Attributes:
        place: Empty if the merchant is known; it and the text also if they cannot be opened.
        due_on: Last day for an answer.
        answer: None while it waits.
    """

    number: str
    kind: ComplaintKind
    offer: OfferId | None
    merchant: MerchantId | None
    place: str
    text: str
    filed_on: date
    due_on: date
    answer: str | None

    @property
    def spelled(self) -> str:
        """Its number, as people read it."""
        return spelled_number(self.number)


class ComplaintRows(Protocol):
    """Keeps complaints."""

    def add(self, row: ComplaintRow, most: int) -> bool:
        """Store one unless ``most`` wait already; durable on return. Return whether it was."""
        ...

    def get(self, number: str) -> ComplaintRow | None:
        """Return one."""
        ...

    def waiting(self, count: int) -> Sequence[ComplaintRow]:
        """Return so many that wait, the earliest due first."""
        ...

    def answered(self, count: int) -> Sequence[ComplaintRow]:
        """Return so many that were answered, the newest first."""
        ...

    def backlog(self) -> tuple[int, int]:
        """Return how many wait, and the earliest due day; 0 if none does."""
        ...

    def answer(self, number: str, sealed_answer: bytes, day: int, note: Note) -> bool:
        """Store the answer of one that waits; return whether there was one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """The use cases."""

    rows: ComplaintRows
    days: WorkingDays
    texts: CaseTexts

    @staticmethod
    def check(draft: Draft) -> Draft:
        """Return a draft as it may be stored; that offer and merchant exist is not looked at.

        Raises:
            ComplaintRefusedError: no kind, or nothing says which merchant.
            FreeTextError, PersonalDataError: of text or place.
        """
        if draft.kind not in set(ComplaintKind):
            raise ComplaintRefusedError("one of the kinds")
        place = draft.place.strip()
        if draft.merchant is None and not place:
            raise ComplaintRefusedError("which merchant it is about")
        if place:
            place = parse_free_text(place, max_chars=MAX_PLACE_CHARS).replace("\n", " ")
        return replace(draft, place=place, text=parse_free_text(draft.text))

    def file(self, draft: Draft, now: Timestamp) -> Complaint:
        """Store a complaint that ``check`` returned, and return it with its number.

        Raises:
            ComplaintsFullError: too many wait.
        """
        number = new_case_number()
        row = ComplaintRow(
            number=number,
            kind=draft.kind,
            offer=draft.offer,
            merchant=draft.merchant,
            sealed=self.texts.seal(number, place=draft.place, text=draft.text),
            filed_day=china_day(now),
            due_day=day_number(self.days.due(now, ANSWER_WORKING_DAYS).last_day),
        )
        if not self.rows.add(row, MAX_OPEN):
            raise ComplaintsFullError("too many complaints wait")
        return self._opened(row)

    def find(self, typed: str) -> Complaint | None:
        """Return the complaint of a number as somebody typed it."""
        number = typed_case_number(typed)
        row = None if number is None else self.rows.get(number)
        return None if row is None else self._opened(row)

    def waiting(self, count: int) -> Sequence[Complaint]:
        """Return so many that wait, the earliest due first."""
        return tuple(map(self._opened, self.rows.waiting(count)))

    def answered(self, count: int) -> Sequence[Complaint]:
        """Return so many that were answered, the newest first."""
        return tuple(map(self._opened, self.rows.answered(count)))

    def answer(self, number: str, answer: str, acting: Acting) -> None:
        """Answer one that waits.

        Raises:
            FreeTextError, PersonalDataError: of the answer.
            ComplaintUnknownError: there is none that waits.
        """
        sealed = self.texts.seal(number, answer=parse_free_text(answer))
        note = acting.note("complaint.answered", number)
        if not self.rows.answer(number, sealed, china_day(acting.at), note):
            raise ComplaintUnknownError("no complaint of this number waits")

    def _opened(self, row: ComplaintRow) -> Complaint:
        written = self.texts.open(row.number, row.sealed)
        return Complaint(
            number=row.number,
            kind=_kind_of(row.kind),
            offer=row.offer,
            merchant=row.merchant,
            place=written.get("place", ""),
            text=written.get("text", ""),
            filed_on=china_date(row.filed_day),
            due_on=china_date(row.due_day),
            answer=self.texts.open(row.number, row.sealed_answer).get("answer"),
        )


def _kind_of(stored: str) -> ComplaintKind:
    return ComplaintKind(stored) if stored in set(ComplaintKind) else ComplaintKind.OTHER
