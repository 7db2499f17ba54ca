"""From an application to a merchant: which business it is, and until when it commits itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from gateway.clock import china_date, china_day
from gateway.errors import RefusedError
from gateway.ids import MerchantId, Timestamp
from gateway.ledger.entries import Note
from gateway.policy.uscc import Uscc
from gateway.policy.working_days import WorkingDays
from gateway.services.audit import Acting
from gateway.services.merchant_files import MerchantFile, MerchantFileRows
from gateway.services.merchants import EnrolMerchants, UnknownMerchantIdError, check_reason
from gateway.services.ports import Merchant

COMMITMENT_WORKING_DAYS: Final = 10
"""A stamped commitment is due within so many, unless the office names a day."""

FIRST_DAY: Final = date(2020, 1, 1)
"""The agreement is of that year: no commitment to it is older."""

MAX_DAYS_AHEAD: Final = 366


class UsccReasonError(RefusedError):
    """The check character of a code does not fit, and nobody said why it is right all the same."""

    code = "uscc_reason"


class CommitmentDayError(RefusedError):
    """A commitment cannot be due, or have come back, on such a day; ``part`` says which."""

    code = "commitment_day"

    def __init__(self, message: str, part: str) -> None:
        super().__init__(message)
        self.part = part


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What an officer enters of a business that takes part.

    Attributes:
        uscc: As typed; empty for a business that has none.
        uscc_reason: Why a code that does not fit is right; not kept for one that fits.
        due: Last day for the stamped commitment; None is the usual time.
        returned: Day on which it came back already.
    """

    merchant: Merchant
    uscc: str = ""
    uscc_reason: str = ""
    due: date | None = None
    returned: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardMerchants:
    """The use cases.

    Attributes:
        days: What the usual time for a commitment is counted in.
    """

    rows: MerchantFileRows
    desk: EnrolMerchants
    days: WorkingDays

    def enrol(self, asked: Application, acting: Acting) -> MerchantFile:
        """Store a merchant with its file; return the file.

        Raises:
            MerchantRefusedError: an id, name, scenario or reason is not allowed.
            UsccFormError: the code is none.
            UsccReasonError: it does not fit, and there is no reason.
            CommitmentDayError: a day is out of range.
            ConflictError: there is a merchant of this id, or a venue stands twice.
        """
        file = self.check(asked, acting.at)
        self.rows.add_all([(asked.merchant, file, _added(asked.merchant, file, acting))])
        return file

    def enrol_all(self, asked: Iterable[Application], acting: Acting) -> None:
        """Store all of them, or none.

        Raises:
            as ``enrol``.
        """
        added = [(each.merchant, self.check(each, acting.at)) for each in asked]
        if added:
            self.rows.add_all(
                [(merchant, file, _added(merchant, file, acting)) for merchant, file in added]
            )

    def check(self, asked: Application, now: Timestamp) -> MerchantFile:
        """Return the file that an application makes; nothing is stored.

        Raises:
            as ``enrol``, without the conflict.
        """
        self.desk.check(asked.merchant)
        code, reason = _checked_code(asked.uscc, asked.uscc_reason)
        due = asked.due
        if due is None and asked.returned is None:
            due = self.days.due(now, COMMITMENT_WORKING_DAYS).last_day
        _check_days(due, asked.returned, now)
        return MerchantFile(
            uscc=code, uscc_reason=reason, commitment_due=due, commitment_returned=asked.returned
        )

    def set_uscc(self, merchant: MerchantId, typed: str, reason: str, acting: Acting) -> None:
        """Put another code on file, or none.

        Raises:
            UnknownMerchantIdError: there is no such merchant, or it was removed.
            UsccFormError, UsccReasonError, MerchantRefusedError: as ``enrol``.
        """
        code, why = _checked_code(typed, reason)
        facts = {"uscc": code or "", "reason": why or ""}
        note = acting.note("merchant.uscc_set", merchant, **facts)
        _known(found=self.rows.set_uscc(merchant, code, why, note))

    def set_commitment(
        self, merchant: MerchantId, due: date | None, returned: date | None, acting: Acting
    ) -> None:
        """Say until when the commitment is due, and when it came back.

        Raises:
            UnknownMerchantIdError: there is no such merchant, or it was removed.
            CommitmentDayError: a day is out of range.
        """
        _check_days(due, returned, acting.at)
        facts = {"due": _spelled(due), "returned": _spelled(returned)}
        note = acting.note("merchant.commitment_set", merchant, **facts)
        _known(found=self.rows.set_commitment(merchant, due, returned, note))


def _added(merchant: Merchant, file: MerchantFile, acting: Acting) -> Note:
    facts = {
        "name": merchant.name,
        "scenarios": " ".join(sorted(merchant.scenarios))[:512],
        "uscc": file.uscc or "",
        "uscc_reason": file.uscc_reason or "",
        "due": _spelled(file.commitment_due),
        "returned": _spelled(file.commitment_returned),
    }
    said = {name: value for name, value in facts.items() if value}
    return acting.note("merchant.added", merchant.id, **said)


def _checked_code(typed: str, reason: str) -> tuple[str | None, str | None]:
    if not typed:
        return None, None
    code = Uscc.parse(typed)
    if code.fits:
        return code.text, None
    if not reason:
        raise UsccReasonError("the check character does not fit; say why the code is right")
    check_reason(reason)
    return code.text, reason


def _check_days(due: date | None, returned: date | None, now: Timestamp) -> None:
    today = china_date(china_day(now))
    last = today + timedelta(days=MAX_DAYS_AHEAD)
    if due is not None and not FIRST_DAY <= due <= last:
        raise CommitmentDayError(f"due from {FIRST_DAY} to a year from now", "commitment_due")
    if returned is not None and not FIRST_DAY <= returned <= today:
        raise CommitmentDayError(f"returned from {FIRST_DAY} to today", "commitment_returned")


def _spelled(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _known(*, found: bool) -> None:
    if not found:
        raise UnknownMerchantIdError("there is no such merchant, or it was removed")
