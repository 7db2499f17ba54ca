"""``/staff/partners/…``: single keys of a partner, blocked, taken out, restored or pinned anew."""

from datetime import datetime
from typing import Final

from flask import Blueprint, Response, request

from gateway.clock import CHINA
from gateway.ids import KeyId, Timestamp
from gateway.policy.agreement import Member
from gateway.services.partner_acts import RESTORE_PIN, UNBLOCK_KEY, UNPIN
from gateway.services.partner_protect import key_target
from gateway.trust import entity
from gateway.trust.confirmation import Verdict
from gateway.trust.decisions import Decision
from gateway.trust.errors import RecordError
from gateway.web.admission import Who, open_to
from gateway.web.pages.moves import see_other
from gateway.web.pages.staff.acting import acting, done, office, shown
from gateway.web.pages.staff.partners import (
    OFFICERS,
    draw_partner,
    heard,
    member_of,
    page_of,
    proposed,
    reason,
)

bp = Blueprint("staff_partner_keys", __name__)

_PROPOSED: Final = {"unblock": UNBLOCK_KEY, "unpin": UNPIN, "restore": RESTORE_PIN}


@bp.post("/staff/partners/<slug>/block-key")
@open_to(*OFFICERS)
def block(slug: str) -> Response:
    """Use one code key no more, at once: one officer will do, since it protects."""
    member, who = member_of(slug), acting()

    def stop() -> None:
        here, anchor = office(), entity.anchor_of(member.entity_id)
        decided = Decision(officer=who.by, reason=reason(), at=who.at)
        since = _moment(request.form.get("since", ""))
        here.protect.block(anchor, request.form.get("key", ""), since, decided)
        here.ratifications.ask(who)

    return done(page_of(member), stop)


@bp.post("/staff/partners/<slug>/keys")
@open_to(Who.OPERATOR)
def change(slug: str) -> Response:
    """Propose to unblock a code key, or to take out or restore an anchor key."""
    act = _PROPOSED.get(request.form.get("act", ""), "")
    key = KeyId(request.form.get("key", ""))
    return proposed(act, key_target(member_of(slug).entity_id, key))


@bp.post("/staff/partners/<slug>/pin-new")
@open_to(*OFFICERS)
def pin_new(slug: str) -> Response:
    """Compare the partner's new pair of anchor keys, as at first contact."""
    member = member_of(slug)
    return shown(page_of(member), lambda: _compared(member))


def _compared(member: Member) -> Response:
    who, federation, groups = acting(), office().federation, heard()
    if any(groups):
        verdict = federation.confirm_anew(member.entity_id, who.by, groups, who.at).verdict
        if verdict in {Verdict.FIRST, Verdict.CONFIRMED}:
            return see_other(page_of(member))
    asked = federation.challenge_anew(member.entity_id, who.by, who.at)
    return draw_partner(member, asked=asked.groups, wrong=any(groups))


def _moment(text: str) -> Timestamp:
    """Return the first moment of a day in China that is spelled ``YYYY-MM-DD``."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=CHINA)
    except ValueError as error:
        raise RecordError("a day is YYYY-MM-DD") from error
    return Timestamp(max(0, int(day.timestamp())))
