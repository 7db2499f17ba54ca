"""Comparing the safety number: two officers, three groups each, never the same ones.

The partner's officer reads from their screen; ours types. The screen that asks does not
show the answer, so nobody can agree with it unheard (docs/federation.md).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from gateway.ids import Timestamp
from gateway.trust import wording
from gateway.trust.errors import ConfirmationError, TransitionError
from gateway.trust.officers import is_same_person
from gateway.trust.record import AgreementRecord, Challenge, Confirmation
from gateway.trust.safety import GROUPS_ASKED, GROUPS_PER_CITY, pick
from gateway.trust.states import PartnerState

OFFICERS = 2
MAX_WRONG = 3
"""After so many wrong answers all that was confirmed is void: somebody may be in between."""

_GROUP = re.compile(r"[0-9]{5}")


class Verdict(Enum):
    """What an answer led to."""

    FIRST = "first"
    """Right; another officer is to compare the other three groups."""
    CONFIRMED = "confirmed"
    """Right, and both officers have compared."""
    WRONG = "wrong"
    """Wrong; the same groups may be answered again."""
    VOID = "void"
    """Wrong for the third time: both officers start again, with an alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A verdict, and the record as it is to be stored because of it."""

    verdict: Verdict
    record: AgreementRecord


def challenged(record: AgreementRecord, officer: str, draw: Sequence[int]) -> AgreementRecord:
    """Return the record with a challenge for ``officer``.

    An officer who asks again is asked for the same groups; the second officer is asked for
    those that the first was not. Wrong answers are carried over.

    Args:
        record: Of a candidate.
        officer: Name of the officer, plain text of at most 64 characters.
        draw: Three different positions 0 to 5, drawn at random by the caller.

    Raises:
        TransitionError: the partner is no candidate.
        ConfirmationError: no name, or the officer already compared three groups.
    """
    _check_candidate(record)
    _check_officer(record, officer)
    pending = record.challenge
    if pending and is_same_person(pending.officer, officer):
        return record
    groups = _remaining(record) if record.confirmations else _checked(draw)
    wrong = pending.wrong if pending else 0
    return replace(record, challenge=Challenge(officer=officer.strip(), groups=groups, wrong=wrong))


def answered(
    record: AgreementRecord, officer: str, answers: Sequence[str], now: Timestamp
) -> Answered:
    """Return what three answers to the pending challenge led to.

    Raises:
        TransitionError: the partner is no candidate.
        ConfirmationError: this officer was not asked, or these are not three groups of five
            digits; that counts as no answer.
    """
    _check_candidate(record)
    pending = record.challenge
    if pending is None or not is_same_person(pending.officer, officer):
        raise ConfirmationError("this officer was not asked")
    given = tuple(answer.strip() for answer in answers)
    if len(given) != GROUPS_ASKED or not all(_GROUP.fullmatch(group) for group in given):
        raise ConfirmationError("an answer is three groups of five digits")
    if given == pick(record.pins.half(), pending.groups):
        return _right(record, pending, now)
    return _wrong(record, pending)


def _right(record: AgreementRecord, pending: Challenge, now: Timestamp) -> Answered:
    done = Confirmation(officer=pending.officer, groups=pending.groups, at=now)
    record = replace(record, challenge=None, confirmations=(*record.confirmations, done))
    if len(record.confirmations) < OFFICERS:
        return Answered(verdict=Verdict.FIRST, record=record)
    return Answered(verdict=Verdict.CONFIRMED, record=record.moved(PartnerState.CONFIRMED))


def _wrong(record: AgreementRecord, pending: Challenge) -> Answered:
    if pending.wrong + 1 < MAX_WRONG:
        again = replace(pending, wrong=pending.wrong + 1)
        return Answered(verdict=Verdict.WRONG, record=replace(record, challenge=again))
    blank = replace(record, challenge=None, confirmations=())
    return Answered(verdict=Verdict.VOID, record=blank)


def _check_candidate(record: AgreementRecord) -> None:
    if record.state is not PartnerState.CANDIDATE:
        raise TransitionError(record.state, PartnerState.CONFIRMED)


def _check_officer(record: AgreementRecord, officer: str) -> None:
    if len(officer) > wording.MAX_OFFICER_CHARS or not wording.is_plain(officer):
        raise ConfirmationError("an officer has a name of at most 64 plain characters")
    if any(is_same_person(done.officer, officer) for done in record.confirmations):
        raise ConfirmationError("the second officer is another person")


def _remaining(record: AgreementRecord) -> tuple[int, ...]:
    done = {group for confirmation in record.confirmations for group in confirmation.groups}
    return tuple(group for group in range(GROUPS_PER_CITY) if group not in done)


def _checked(draw: Sequence[int]) -> tuple[int, ...]:
    groups = tuple(draw)
    in_range = all(0 <= group < GROUPS_PER_CITY for group in groups)
    if len(set(groups)) != GROUPS_ASKED or len(groups) != GROUPS_ASKED or not in_range:
        raise ConfirmationError("three different groups are drawn")
    return groups
