"""A citizen's own copy as JSON: names of members are kept once given out."""

from collections.abc import Mapping
from datetime import UTC, datetime

from gateway.clock import CHINA, china_date
from gateway.ids import Timestamp
from gateway.policy.consent_wording import WORDINGS
from gateway.services.consent import ConsentReceipt
from gateway.services.objection_ports import Objection
from gateway.services.own_copy import OwnCopy
from gateway.services.rights_ports import IssuedDay, KeptSheet
from gateway.web.context import gateway


def members_of(copy: OwnCopy) -> Mapping[str, object]:
    """Return the members of the file that a citizen takes along."""
    return {
        "format": "credit-code-own-copy-1",
        "city": gateway().city.division_code,
        "made_at": _moment(copy.made_at),
        "consents": [_receipt(each) for each in copy.consents],
        "issued": [_day(each) for each in copy.issued],
        "objections": [_objection(each, text) for each, text in copy.objections],
        "printed": [_sheet(each) for each in copy.sheets],
        "sessions": [
            {"began_at": _moment(each.began_at), "ends_at": _moment(each.ends_at)}
            for each in copy.sessions
        ],
    }


def _receipt(receipt: ConsentReceipt) -> Mapping[str, object]:
    wording, ended = WORDINGS.get(receipt.wording), receipt.ended_at
    return {
        "number": receipt.number,
        "wording": receipt.wording,
        "words": None
        if wording is None
        else {"read": wording.zh.read, "shown": wording.zh.shown, "free": wording.zh.free},
        "processor": gateway().city.division_code,
        "recipients": sorted(receipt.recipients),
        "channel": receipt.channel,
        "given_at": _moment(receipt.given_at),
        "ended_at": None if ended is None else _moment(ended),
    }


def _day(day: IssuedDay) -> Mapping[str, object]:
    assessed = day.assessed_on
    return {
        "day": china_date(day.day).isoformat(),
        "kind": day.kind,
        "codes": day.codes,
        "tier": day.tier,
        "scale_version": day.scale_version,
        "assessed_on": None if assessed is None else china_date(assessed).isoformat(),
    }


def _objection(found: Objection, text: str) -> Mapping[str, object]:
    return {
        "number": found.number,
        "kind": found.kind.value,
        "text": text,
        "state": found.state.value,
        "filed_on": found.filed_on.isoformat(),
        "due_on": found.due_on.isoformat(),
        "reason_for_delay": found.reason,
        "outcome": found.outcome,
        "answer": found.answer,
        "review_outcome": found.review_outcome,
        "review": found.review,
    }


def _sheet(sheet: KeptSheet) -> Mapping[str, object]:
    return {
        "sheet": sheet.sheet,
        "codes": sheet.codes,
        "revoked": sheet.revoked,
        "kept_until": china_date(sheet.last_day).isoformat(),
    }


def _moment(moment: Timestamp) -> str:
    return datetime.fromtimestamp(moment, UTC).astimezone(CHINA).isoformat()
