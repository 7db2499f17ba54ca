"""What the database remembers of a code or a request, as a verification asks it.

A database that is gone makes an answer ``undetermined``, never another one.
"""

from gateway.codes.wire import UnverifiedCode
from gateway.errors import UnavailableError
from gateway.services.errors import RequestIdReusedError
from gateway.services.ports import Merchant, VerificationLog
from gateway.services.showing import VerifiedShowing
from gateway.services.tags import SealError, Tags, unseal
from gateway.services.verdicts import Outcome, Presentation, Refusal, Verdict


def stored_verdict(log: VerificationLog, showing: VerifiedShowing) -> Verdict | None:
    """Return what this request with this code was answered before, if it was.

    Raises:
        RequestIdReusedError: the request came with another code.
        Refusal: the grant was voided since, or it cannot be told.
    """
    if showing.request_tag is None:
        return None
    try:
        stored = log.stored_answer(showing.request_tag)
    except UnavailableError as error:
        raise Refusal(Outcome.UNDETERMINED, error.code) from error
    if stored is None:
        return None
    if stored.code_tag != showing.code_tag:
        raise RequestIdReusedError("this request id came with another code")
    try:
        verdict = Verdict.from_bytes(unseal(showing.answer_key, stored.sealed))
    except SealError as error:
        # A row that was edited by hand: what it said then, nobody knows.
        raise Refusal(Outcome.UNDETERMINED, error.code) from error
    if _voided(log, verdict):
        raise Refusal(Outcome.PRESENT_AGAIN, "already_used")
    return verdict


def check_unbound(
    log: VerificationLog,
    tags: Tags,
    shown: Presentation,
    merchant: Merchant,
    code: UnverifiedCode | None,
) -> None:
    """Raise if the request is bound, for a text that did not verify.

    The very code that is bound passes, whose key ended or vanished since: no fault of the till.

    Raises:
        RequestIdReusedError: it is bound to another code than the text spells.
        Refusal: it cannot be told.
    """
    if shown.request_id is None:
        return
    try:
        stored = log.stored_answer(tags.request_tag(merchant.id, shown.request_id))
    except UnavailableError as error:
        raise Refusal(Outcome.UNDETERMINED, error.code) from error
    if stored is not None and stored.code_tag != _unverified_tag(tags, code):
        raise RequestIdReusedError("this request id came with another code")


def burned(log: VerificationLog, showing: VerifiedShowing) -> bool:
    """Return whether the code was used in this city.

    Raises:
        Refusal: it cannot be told.
    """
    try:
        return log.burned(showing.code_tag)
    except UnavailableError as error:
        raise Refusal(Outcome.UNDETERMINED, error.code) from error


def _voided(log: VerificationLog, verdict: Verdict) -> bool:
    try:
        record = None if verdict.receipt is None else log.find(verdict.receipt)
    except UnavailableError as error:
        raise Refusal(Outcome.UNDETERMINED, error.code) from error
    return record is not None and record.voided


def _unverified_tag(tags: Tags, code: UnverifiedCode | None) -> bytes | None:
    # Only to compare with what this merchant bound: whoever can spell that code was shown it.
    if code is None:
        return None
    return tags.code_tag(code.claims.issuer, code.claims.code_id)
