"""``/staff/merchants/<id>/uscc`` and ``…/commitment``: what the office keeps on file."""

from flask import Blueprint, Response

from gateway.web.admission import open_to
from gateway.web.pages.staff.acting import acting, done, office
from gateway.web.pages.staff.merchants import DESK, known_merchant, page_of
from gateway.web.pages.staff.typed import day_of, text_of

bp = Blueprint("staff_merchant_files", __name__)


@bp.post("/staff/merchants/<merchant_id>/uscc")
@open_to(*DESK)
def set_uscc(merchant_id: str) -> Response:
    """Put another 统一社会信用代码 on file."""
    merchant, who = known_merchant(merchant_id), acting()
    code, reason = text_of("uscc"), text_of("uscc_reason")
    return done(
        page_of(merchant), lambda: office().onboarding.set_uscc(merchant.id, code, reason, who)
    )


@bp.post("/staff/merchants/<merchant_id>/commitment")
@open_to(*DESK)
def set_commitment(merchant_id: str) -> Response:
    """Say until when the commitment is due, and when it came back."""
    merchant, who = known_merchant(merchant_id), acting()
    due, returned = day_of("due"), day_of("returned")
    return done(
        page_of(merchant),
        lambda: office().onboarding.set_commitment(merchant.id, due, returned, who),
    )
