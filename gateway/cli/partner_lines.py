"""Partners as rows on a screen and as JSON; whom a name on the command line means."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from gateway.app.doctor_city import span
from gateway.cli import layout
from gateway.ids import EntityId
from gateway.policy.agreement import Agreement
from gateway.services.event_ports import Pushes
from gateway.services.partner_status import PartnerStatus
from gateway.trust.freshness import Freshness
from gateway.trust.states import PartnerState

BACK = {True: "yes", False: "not yet", None: "unknown"}
"""Whether a partner recognises this city, as its own published statement says."""

_STYLES = {
    None: "bold red",
    PartnerState.ACTIVE: "green",
    PartnerState.EXPIRED: "bold red",
    PartnerState.SUSPENDED: "yellow",
    PartnerState.DISPUTED: "yellow",
}


def entity_of(agreement: Agreement, name: str) -> EntityId:
    """Return the leaf of the member that ``name`` means, else ``name`` as it is.

    A member is meant by slug, division code, Chinese or English name.
    """
    for member in agreement.members:
        names = (member.slug, member.division_code, member.name_zh, member.name_en.lower())
        if name.lower() in names:
            return member.entity_id
    return EntityId(name)


def name_of(agreement: Agreement, leaf: EntityId) -> str:
    """Return how a city is called; its address if the agreement does not know it."""
    found = (member for member in agreement.members if member.entity_id == leaf)
    return next((f"{member.name_zh} {member.name_en}" for member in found), leaf)


def partner_table(partners: Iterable[PartnerStatus], agreement: Agreement) -> Table:
    """Return one row for each partner: what we think of it, and it of us."""
    shown = tuple(partners)
    columns = ["city", "state", "heard of", "both ways", "scenarios", "until"]
    rows = [_row(partner, agreement) for partner in shown]
    if any(partner.last_error for partner in shown):
        columns.append("last error")
        rows = [[*row, p.last_error or ""] for row, p in zip(rows, shown, strict=True)]
    return layout.table(columns, rows)


def partner_json(partner: PartnerStatus, agreement: Agreement) -> dict[str, object]:
    """Return one partner with all that is known."""
    member = agreement.member(partner.division) if partner.division else None
    return {
        "anchor": partner.anchor,
        "leaf": partner.leaf,
        "division": partner.division,
        "name": member.name_zh if member else None,
        "state": state_of(partner),
        "stopped_here": partner.stopped_here,
        "reason": partner.reason,
        "decided_by": partner.decided_by,
        "freshness": partner.freshness,
        "age_s": partner.age_s,
        "recognises_us": partner.lists_us,
        "scenarios": list(partner.scenarios),
        "until": partner.until,
        "statements": {role.value: ends for role, ends in partner.statements},
        "key_changes": [
            {"kid": change.kid, "what": change.what, "at": change.at}
            for change in partner.key_changes
        ],
        "keys": _keys_json(partner),
        "new_anchor_pair": partner.repinning,
        "suspended_anchor_kids": list(partner.suspended_anchor_kids),
        "issues": partner.issues,
        "verifies": partner.verifies,
        "blocked_keys": _blocked_json(partner),
        "unratified": [
            {"act": each.act, "by": each.by, "at": each.at, "due": each.due_at}
            for each in partner.unratified
        ],
        "last_error": partner.last_error,
        "failures": partner.failures,
        "push": _push_json(partner),
        "alarms": [
            {"code": alarm.code, "at": alarm.at, "count": alarm.count} for alarm in partner.alarms
        ],
    }


def _keys_json(partner: PartnerStatus) -> list[dict[str, object]]:
    return [
        {
            "kid": key.kid,
            "role": key.role,
            "state": key.state.value,
            "usable_from": key.usable_from,
            "expires_at": key.expires_at,
        }
        for key in partner.keys
    ]


def _blocked_json(partner: PartnerStatus) -> list[dict[str, object]]:
    return [
        {
            "kid": key.kid,
            "since": key.since,
            "by": key.by,
            "reason": key.reason,
            "at": key.at,
            "ratified_by": key.ratified_by or None,
        }
        for key in partner.blocked
    ]


def _push_json(partner: PartnerStatus) -> dict[str, object]:
    pushes = partner.pushes
    return {
        "sent_at": pushes.sent_at,
        "owed": pushes.owed,
        "sending": pushes.sending,
        "error": pushes.error,
        "heard_at": pushes.heard_at,
    }


def _row(partner: PartnerStatus, agreement: Agreement) -> list[layout.Cell]:
    return [
        name_of(agreement, partner.leaf),
        Text(state_of(partner), style=_STYLES.get(partner.state, "")),
        heard(partner),
        BACK[partner.lists_us],
        str(len(partner.scenarios)) if partner.scenarios else "",
        layout.day(partner.until) if partner.until else "",
    ]


def state_of(partner: PartnerStatus) -> str:
    """Return the state in a word; a row that this city did not sign has none."""
    return "tampered" if partner.state is None else partner.state.value


def suspends_itself(partner: PartnerStatus) -> bool:
    """Return whether the partner's own kill switch stopped it, which no officer here undoes."""
    return partner.state is PartnerState.SUSPENDED and not partner.stopped_here


def kind(partner: PartnerStatus) -> str:
    """Return what a partner does, as its own published statement says."""
    said = {
        (True, True): "issues and verifies",
        (True, False): "issues only",
        (False, True): "verifies only",
    }
    return said.get((partner.issues or False, partner.verifies or False), "")


def pushed(pushes: Pushes) -> str:
    """Return when a partner last took an event of ours, and what became of the newest."""
    at = layout.moment(pushes.sent_at) if pushes.sent_at else "never"
    if not pushes.owed:
        return at if pushes.sent_at else ""
    how = "is being sent" if pushes.sending else "was given up"
    return f"{at}; the newest {how}" + (f": {pushes.error}" if pushes.error else "")


def heard(partner: PartnerStatus) -> str:
    """Return when a partner was last heard of."""
    if partner.age_s is None:
        return "never"
    late = "" if partner.freshness is Freshness.FRESH else f", {partner.freshness}"
    return f"{span(partner.age_s)} ago{late}"
