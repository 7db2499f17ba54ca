"""Notices to a merchant in the office: read, answered, printed."""

from flask import Blueprint, Response, request

from gateway.services.case_numbers import spelled_number
from gateway.web.admission import Who, open_to
from gateway.web.case_words import NOTICE_KINDS
from gateway.web.errors import NotFoundError
from gateway.web.pages.merchant.notices import notice_number
from gateway.web.pages.staff.acting import acting, done, draw_office, office
from gateway.web.pages.staff.merchants import DESK, known_merchant

bp = Blueprint("staff_notices", __name__)

_READERS = (Who.OPERATOR, Who.APPROVER, Who.AUDITOR, Who.COUNTY)
_SHOWN = 100


@bp.get("/staff/notices")
@open_to(*_READERS)
def show_unanswered() -> Response:
    """Show which replies of merchants wait for an answer, the oldest first."""
    desk = office().merchants
    return draw_office(
        "staff/notices.html",
        notices=desk.notices.unanswered(_SHOWN),
        merchants={each.id: each.name for each in desk.directory.list_all()},
        kind_names=NOTICE_KINDS,
        spelled=spelled_number,
        title="商家的回复",
    )


@bp.get("/staff/merchants/<merchant_id>/notices")
@open_to(*_READERS)
def show_all(merchant_id: str) -> Response:
    """Show every notice to a merchant, its replies and the answers."""
    merchant = known_merchant(merchant_id)
    return draw_office(
        "staff/notices.html",
        notices=office().merchants.notices.of(merchant.id),
        merchants={merchant.id: merchant.name},
        kind_names=NOTICE_KINDS,
        spelled=spelled_number,
        title="给商家的通知",
    )


@bp.get("/staff/merchants/<merchant_id>/notices/<number>")
@open_to(*_READERS)
def show(merchant_id: str, number: str) -> Response:
    """Show one notice as it is printed: a removed merchant has no device to read it on."""
    merchant = known_merchant(merchant_id)
    notice = office().merchants.notices.find(merchant.id, notice_number(number))
    if notice is None:
        raise NotFoundError("there is no such notice")
    return draw_office(
        "staff/notice.html",
        merchant=merchant,
        notice=notice,
        kind_names=NOTICE_KINDS,
        contacts=office().contacts,
    )


@bp.post("/staff/merchants/<merchant_id>/notices/<number>/answer")
@open_to(*DESK)
def answer(merchant_id: str, number: str) -> Response:
    """Answer a reply; the merchant reads it below the notice."""
    merchant, who, here = known_merchant(merchant_id), acting(), office().merchants.notices
    which, text = notice_number(number), request.form.get("answer", "")
    page = f"/staff/merchants/{merchant.id}/notices"
    return done(page, lambda: here.answer(merchant.id, which, text, who))
