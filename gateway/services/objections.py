"""Objections to the own assessment: a clock in working days, and a review by another officer.

The tier in force when somebody objects is not lowered until the answer (``HeldView``). Who objects
is sealed; an officer who opens it leaves an entry in the ledger.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.clock import china_date, china_day, china_midnight, day_number
from gateway.errors import UnavailableError
from gateway.ids import Timestamp
from gateway.policy.free_text import parse_free_text
from gateway.policy.working_days import (
    ANSWER_WORKING_DAYS,
    LONGEST_WORKING_DAYS,
    WorkingDays,
)
from gateway.services.audit import Acting
from gateway.services.case_numbers import new_case_number, typed_case_number
from gateway.services.case_texts import CaseTexts
from gateway.services.consent import Consents, by_citizen
from gateway.services.objection_ports import (
    REVIEW_WITHIN_DAYS,
    Objection,
    ObjectionClosedError,
    ObjectionKind,
    ObjectionOpenError,
    ObjectionRefusedError,
    ObjectionRow,
    ObjectionRows,
    ObjectionState,
    Outcome,
    OwnReviewError,
)
from gateway.services.standing import Standing, Standings
from gateway.services.tags import Tags
from gateway.trust.officers import is_same_person

_OWN_SHOWN: Final = 20
_OWN_COPIED: Final = 10_000
"""More than anybody files in three years, one at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objections:
    """The use cases of citizens and officers."""

    rows: ObjectionRows
    standings: Standings
    consents: Consents
    days: WorkingDays
    tags: Tags
    texts: CaseTexts

    def file(self, subject: str, kind: str, written: str, now: Timestamp) -> Objection:
        """Store an objection and return it; from now on the tier in force is not lowered.

        Raises:
            ObjectionRefusedError: no kind.
            FreeTextError, PersonalDataError: of the text.
            ObjectionOpenError: one waits already.
        """
        if kind not in set(ObjectionKind):
            raise ObjectionRefusedError("one of the kinds")
        text, number = parse_free_text(written), new_case_number()
        standing, pseudonym = self._in_force(subject, now), self.tags.subject_pseudonym(subject)
        row = ObjectionRow(
            number=number,
            subject=pseudonym,
            open_of=pseudonym,
            kind=kind,
            sealed=b"",
            tier=None if standing is None else standing.tier,
            scale_version=None if standing is None else standing.scale_version,
            assessed_on=None if standing is None else standing.assessed_on,
            filed_day=china_day(now),
            due_day=self._due(now, ANSWER_WORKING_DAYS),
            state=ObjectionState.OPEN,
        )
        row = replace(row, sealed=self.texts.seal(row.case, subject=subject, text=text))
        if not self.rows.add(row, by_citizen(now).note("objection.filed", number)):
            raise ObjectionOpenError("one waits already")
        return self._opened(row, now)

    def own(self, subject: str, now: Timestamp) -> Sequence[Objection]:
        """Return the newest objections of a person, newest first."""
        found = self.rows.list_of(self.tags.subject_pseudonym(subject), _OWN_SHOWN)
        return tuple(self._opened(row, now) for row in found)

    def copies(self, subject: str, now: Timestamp) -> Sequence[tuple[Objection, str]]:
        """Return every objection of a person with what the person wrote, newest first."""
        found = self.rows.list_of(self.tags.subject_pseudonym(subject), _OWN_COPIED)
        return tuple(
            (self._opened(row, now), self.texts.open(row.case, row.sealed).get("text", ""))
            for row in found
        )

    def withdraw(self, subject: str, typed: str, now: Timestamp) -> None:
        """Close an own objection that waits; its tier is held no longer.

        Raises:
            ObjectionClosedError: there is none of this number that waits.
        """
        row = self._own(subject, typed)
        if row.open_of is None:
            raise ObjectionClosedError("it does not wait")
        ended = replace(
            row, open_of=None, state=ObjectionState.WITHDRAWN, closed_day=china_day(now)
        )
        self._put(ended, "objection.withdrawn", by_citizen(now))

    def ask_review(self, subject: str, typed: str, now: Timestamp) -> None:
        """Ask that another officer looks at an answer, once; the clock begins anew.

        Raises:
            ObjectionClosedError: it has no answer, or had its review, or was asked too late.
            ObjectionOpenError: another one waits.
        """
        row = self._own(subject, typed)
        if not _reviewable(row, now):
            raise ObjectionClosedError("there is no answer to be reviewed")
        asked = replace(
            row,
            open_of=row.subject,
            state=ObjectionState.REVIEW,
            review_day=china_day(now),
            due_day=self._due(now, ANSWER_WORKING_DAYS),
            sealed_reason=None,
            closed_day=None,
        )
        self._put(asked, "objection.review_asked", by_citizen(now))

    def waiting(self, count: int, now: Timestamp) -> Sequence[Objection]:
        """Return so many that wait, the earliest due first."""
        return tuple(self._opened(row, now) for row in self.rows.waiting(count))

    def closed(self, count: int, now: Timestamp) -> Sequence[Objection]:
        """Return so many that do not wait, the newest first."""
        return tuple(self._opened(row, now) for row in self.rows.closed(count))

    def find(self, typed: str, now: Timestamp) -> Objection | None:
        """Return one, without who filed it; None if none has this number."""
        number = typed_case_number(typed)
        row = None if number is None else self.rows.get(number)
        return None if row is None else self._opened(row, now)

    def read(self, typed: str, acting: Acting) -> tuple[str, str]:
        """Return who filed one, as the assessment source names the person, and the text.

        The ledger says who read it, first.

        Raises:
            ObjectionClosedError: none of this number waits, or it cannot be opened.
        """
        row = self._get(typed)
        found = self.texts.open(row.case, row.sealed)
        if row.open_of is None or "subject" not in found:
            raise ObjectionClosedError("it does not wait, or cannot be opened")
        self.rows.append(acting.note("objection.read", row.number))
        return found["subject"], found.get("text", "")

    def extend(self, typed: str, days: int, reason: str, acting: Acting) -> None:
        """Give an answer more time, once: so many working days in all, with a reason.

        Whoever objected reads the reason.

        Raises:
            ObjectionRefusedError: fewer than it has, or more than 20.
            FreeTextError, PersonalDataError: of the reason.
            ObjectionClosedError: it does not wait, or has been extended.
        """
        row, said = self._get(typed), parse_free_text(reason)
        if row.open_of is None or row.sealed_reason is not None:
            raise ObjectionClosedError("it does not wait, or was extended before")
        if not ANSWER_WORKING_DAYS < days <= LONGEST_WORKING_DAYS:
            raise ObjectionRefusedError("6 to 20 working days in all")
        begun = row.filed_day if row.review_day is None else row.review_day
        longer = replace(
            row,
            due_day=self._due(china_midnight(begun), days),
            sealed_reason=self.texts.seal(row.case, reason=said),
        )
        self._put(longer, "objection.extended", acting, days=days)

    def answer(
        self, typed: str, outcome: str, answer: str, acting: Acting, *, reviewer: bool
    ) -> None:
        """Answer one that waits; a review is answered by another officer, who may review.

        Raises:
            ObjectionRefusedError: no outcome.
            FreeTextError, PersonalDataError: of the answer.
            ObjectionClosedError: it does not wait.
            OwnReviewError: it is the review of the own answer, or the officer may not review.
        """
        row, said = self._get(typed), parse_free_text(answer)
        if outcome not in set(Outcome):
            raise ObjectionRefusedError("one of the outcomes")
        if row.open_of is None:
            raise ObjectionClosedError("it does not wait")
        today, review = china_day(acting.at), row.state is ObjectionState.REVIEW
        # Under its name: neither stands for the other.
        sealed = self.texts.seal(row.case, **{"review" if review else "answer": said})
        ended = replace(row, open_of=None, closed_day=today)
        if review:
            if not reviewer or is_same_person(row.answered_by or "", acting.by):
                raise OwnReviewError("another officer, who may review, answers")
            ended = replace(
                ended, state=ObjectionState.REVIEWED, sealed_review=sealed, review_outcome=outcome
            )
            self._put(ended, "objection.reviewed", acting, outcome=outcome)
        else:
            ended = replace(
                ended,
                state=ObjectionState.ANSWERED,
                sealed_answer=sealed,
                outcome=outcome,
                answered_by=acting.by,
            )
            self._put(ended, "objection.answered", acting, outcome=outcome)

    def _in_force(self, subject: str, now: Timestamp) -> Standing | None:
        """Return the tier in force; without a consent nothing is read, and nothing is in force."""
        if self.consents.of(subject) is None:
            return None
        try:
            return self.standings.of(subject, now)
        except UnavailableError:
            # Nobody is kept from objecting because a source is down.
            return None

    def _due(self, now: Timestamp, count: int) -> int:
        return day_number(self.days.due(now, count).last_day)

    def _get(self, typed: str) -> ObjectionRow:
        number = typed_case_number(typed)
        row = None if number is None else self.rows.get(number)
        if row is None:
            raise ObjectionClosedError("there is none of this number")
        return row

    def _own(self, subject: str, typed: str) -> ObjectionRow:
        row = self._get(typed)
        # Another person's number is the number of nothing.
        if not hmac.compare_digest(row.subject, self.tags.subject_pseudonym(subject)):
            raise ObjectionClosedError("there is none of this number")
        return row

    def _put(self, row: ObjectionRow, act: str, acting: Acting, **facts: str | int) -> None:
        if not self.rows.put(row, acting.note(act, row.number, **facts)):
            raise ObjectionClosedError("it was changed meanwhile, or another one waits")

    def _opened(self, row: ObjectionRow, now: Timestamp) -> Objection:
        return Objection(
            number=row.number,
            kind=ObjectionKind(row.kind),
            state=row.state,
            holds=row.tier is not None,
            filed_on=china_date(row.filed_day),
            due_on=china_date(row.due_day),
            reason=self.texts.open(row.case, row.sealed_reason).get("reason"),
            outcome=None if row.outcome is None else Outcome(row.outcome),
            answer=self.texts.open(row.case, row.sealed_answer).get("answer"),
            answered_by=row.answered_by,
            review_outcome=None if row.review_outcome is None else Outcome(row.review_outcome),
            review=self.texts.open(row.case, row.sealed_review).get("review"),
            may_review=_reviewable(row, now),
        )


def _reviewable(row: ObjectionRow, now: Timestamp) -> bool:
    if row.state is not ObjectionState.ANSWERED or row.closed_day is None:
        return False
    return china_day(now) - row.closed_day <= REVIEW_WITHIN_DAYS
