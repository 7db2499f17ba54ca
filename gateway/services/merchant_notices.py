"""What the office tells a merchant: warned, suspended, removed, resumed; and what it replies.

A notice is stored in the transaction that changes the merchant's state. Start at
``MerchantNotices``. Which complaints a notice rests on is for the office alone: their numbers open
what somebody wrote.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

from gateway.clock import china_date, china_day, day_number
from gateway.errors import RefusedError
from gateway.ids import MerchantId, Timestamp
from gateway.ledger.entries import Note
from gateway.policy.free_text import parse_free_text
from gateway.policy.working_days import WorkingDays
from gateway.services.audit import Acting
from gateway.services.case_numbers import typed_case_number
from gateway.services.case_texts import CaseTexts

REPLY_WORKING_DAYS: Final = 5
"""A merchant is asked to reply within so many; a later reply is taken as well, and called late."""

MAX_REASON_CHARS: Final = 200
MAX_COMPLAINTS: Final = 20

_BETWEEN: Final = re.compile(r"[,;\n、,;]+")


class NoticeKind(StrEnum):
    """What became of the merchant."""

    WARNED = "warned"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    RESUMED = "resumed"
    """A warning or a suspension was lifted; there is nothing to reply to."""


class NoticeRefusedError(RefusedError):
    """A notice names a complaint that is not there, or one about another merchant."""

    code = "notice_refused"


class NoticeClosedError(RefusedError):
    """There is no such notice, or it was replied to, or answered, already."""

    code = "notice_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """A notice as it is stored.

    Attributes:
        number: Counted for each merchant, from 1.
        sealed: Reason, and numbers of complaints.
        day: Day in China, as ``china_day`` counts.
        due_day: Last day for a reply; None if there is nothing to reply to.
    """

    merchant: MerchantId
    number: int
    kind: str
    sealed: bytes = field(repr=False)
    day: int
    due_day: int | None
    sealed_reply: bytes | None = field(default=None, repr=False)
    reply_day: int | None = None
    sealed_answer: bytes | None = field(default=None, repr=False)
    answer_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice, opened.

    Attributes:
        reason: In plain words, nothing about a person; empty if it cannot be opened.
        complaints: Numbers of the complaints that it rests on; never shown to a merchant.
        reply: What the merchant wrote, None if nothing; ``answer`` is the office's, to it.
    """

    merchant: MerchantId
    number: int
    kind: NoticeKind
    reason: str
    complaints: tuple[str, ...]
    on: date
    due_on: date | None
    reply: str | None
    replied_on: date | None
    answer: str | None

    @property
    def open(self) -> bool:
        """Whether the merchant may reply: once, and also after the day it was asked for."""
        return self.due_on is not None and self.reply is None

    @property
    def late(self) -> bool:
        """Whether the reply came after that day."""
        due, replied = self.due_on, self.replied_on
        return due is not None and replied is not None and replied > due


class NoticeRows(Protocol):
    """Keeps notices. They are written by ``MerchantStates.set_state``."""

    def of(self, merchant: MerchantId) -> Sequence[NoticeRow]:
        """Return every notice of a merchant, the newest first."""
        ...

    def unanswered(self, count: int) -> Sequence[NoticeRow]:
        """Return so many that were replied to and wait for an answer, the oldest reply first."""
        ...

    def reply(self, merchant: MerchantId, number: int, sealed: bytes, day: int, note: Note) -> bool:
        """Store the reply to one that has none; return whether there was one."""
        ...

    def answer(
        self, merchant: MerchantId, number: int, sealed: bytes, day: int, note: Note
    ) -> bool:
        """Store the answer to a reply that has none; return whether there was one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantNotices:
    """The use cases.

    Attributes:
        about: Returns whether there is a complaint of a number, and about which merchant it is:
            None for one that names a place in words only.
    """

    rows: NoticeRows
    days: WorkingDays
    texts: CaseTexts
    about: Callable[[str], tuple[bool, MerchantId | None]]

    def draft(
        self,
        merchant: MerchantId,
        kind: NoticeKind,
        reason: str,
        complaints: Sequence[str],
        acting: Acting,
    ) -> NoticeRow:
        """Return a notice to be stored with the change that it tells of.

        Raises:
            FreeTextError, PersonalDataError: of the reason.
            NoticeRefusedError: of the complaints.
        """
        self.check(merchant, reason, complaints)
        number = 1 + max((each.number for each in self.rows.of(merchant)), default=0)
        resumed = kind is NoticeKind.RESUMED
        due = None if resumed else self.days.due(acting.at, REPLY_WORKING_DAYS).last_day
        return NoticeRow(
            merchant=merchant,
            number=number,
            kind=kind,
            sealed=self.texts.seal(
                _case(merchant, number), reason=reason, complaints=" ".join(complaints)
            ),
            day=china_day(acting.at),
            due_day=None if due is None else day_number(due),
        )

    def check(self, merchant: MerchantId, reason: str, complaints: Sequence[str]) -> None:
        """Return if a notice may say this; raise as ``draft`` does."""
        if reason:
            parse_free_text(reason, max_chars=MAX_REASON_CHARS)
        if len(complaints) > MAX_COMPLAINTS:
            raise NoticeRefusedError(f"at most {MAX_COMPLAINTS} complaints")
        for number in complaints:
            there, about = self.about(number)
            if not there or about not in {None, merchant}:
                raise NoticeRefusedError("a complaint is not there, or about another merchant")

    def of(self, merchant: MerchantId) -> tuple[Notice, ...]:
        """Return every notice of a merchant, the newest first."""
        return tuple(map(self._opened, self.rows.of(merchant)))

    def find(self, merchant: MerchantId, number: int) -> Notice | None:
        """Return one notice."""
        return next((each for each in self.of(merchant) if each.number == number), None)

    def unanswered(self, count: int) -> tuple[Notice, ...]:
        """Return so many whose reply waits for an answer, the oldest reply first."""
        return tuple(map(self._opened, self.rows.unanswered(count)))

    def reply(self, merchant: MerchantId, number: int, text: str, by: str, now: Timestamp) -> None:
        """Store what a merchant says to a notice, once and for good.

        Args:
            merchant: Whose device writes.
            number: Of the notice.
            text: 1 to 500 characters.
            by: Id of the device.
            now: When.

        Raises:
            FreeTextError, PersonalDataError: of the text.
            NoticeClosedError: there is nothing to reply to.
        """
        sealed = self.texts.seal(_case(merchant, number, "reply"), text=parse_free_text(text))
        note = Acting(by=f"device:{by}", at=now).note(
            "merchant.notice_replied", merchant, notice=number
        )
        if not self.rows.reply(merchant, number, sealed, china_day(now), note):
            raise NoticeClosedError("no notice of this number waits for a reply")

    def answer(self, merchant: MerchantId, number: int, text: str, acting: Acting) -> None:
        """Answer a reply, once; the merchant reads it below the notice.

        Raises:
            FreeTextError, PersonalDataError: of the text.
            NoticeClosedError: there is no reply that waits.
        """
        sealed = self.texts.seal(_case(merchant, number, "answer"), text=parse_free_text(text))
        note = acting.note("merchant.notice_answered", merchant, notice=number)
        if not self.rows.answer(merchant, number, sealed, china_day(acting.at), note):
            raise NoticeClosedError("no reply of this number waits for an answer")

    def _opened(self, row: NoticeRow) -> Notice:
        def text_of(sealed: bytes | None, what: str) -> str | None:
            found = self.texts.open(_case(row.merchant, row.number, what), sealed)
            return None if sealed is None else found.get("text", "")

        written = self.texts.open(_case(row.merchant, row.number), row.sealed)
        return Notice(
            merchant=row.merchant,
            number=row.number,
            kind=NoticeKind(row.kind),
            reason=written.get("reason", ""),
            complaints=tuple(written.get("complaints", "").split()),
            on=china_date(row.day),
            due_on=None if row.due_day is None else china_date(row.due_day),
            reply=text_of(row.sealed_reply, "reply"),
            replied_on=None if row.reply_day is None else china_date(row.reply_day),
            answer=text_of(row.sealed_answer, "answer"),
        )


def typed_complaints(typed: str) -> tuple[str, ...]:
    """Return the case numbers that somebody typed, separated by commas or lines.

    Raises:
        NoticeRefusedError: one of them is none.
    """
    words = [word for word in _BETWEEN.split(typed) if word.strip()]
    found = [typed_case_number(word) for word in words]
    if None in found:
        raise NoticeRefusedError("a number of a complaint has 16 letters and digits")
    return tuple(dict.fromkeys(number for number in found if number is not None))


def _case(merchant: MerchantId, number: int, what: str = "notice") -> str:
    return f"{merchant}/{number}/{what}"
