"""A partner record as JSON and back."""

import re
from dataclasses import replace

from gateway.ids import CityId, EntityId, KeyId, ScenarioId, Timestamp
from gateway.jose.keys import parse_jwk_set
from gateway.jose.members import Members
from gateway.trust import entity, wording
from gateway.trust.errors import RecordError
from gateway.trust.history import MAX_KEYS_EVER
from gateway.trust.record import (
    MAX_AGREED_SCENARIOS,
    AgreementRecord,
    Challenge,
    Confirmation,
    Pins,
)
from gateway.trust.safety import GROUPS_ASKED, GROUPS_PER_CITY
from gateway.trust.states import PartnerState

_STATE = re.compile("|".join(state.value for state in PartnerState))


def record_json(record: AgreementRecord) -> dict[str, object]:
    """Return all of ``record`` but its entity identifiers, which ``rows`` writes."""
    body: dict[str, object] = {
        "keys": {"keys": [key.jwk() for key in record.pins.anchor_keys]},
        "state": record.state.value,
        "scenarios": sorted(record.scenarios),
        "confirmations": [
            {"officer": done.officer, "groups": list(done.groups), "at": done.at}
            for done in record.confirmations
        ],
        "blocked": [{"kid": kid, "since": since} for kid, since in record.blocked.items()],
    }
    if record.until is not None:
        body["until"] = record.until
    if record.challenge:
        pending = record.challenge
        body["challenge"] = {
            "officer": pending.officer,
            "groups": list(pending.groups),
            "wrong": pending.wrong,
        }
    words = {"reason": record.reason, "decided_by": record.decided_by}
    return body | {name: text for name, text in words.items() if text}


def parse_record(members: Members, anchor: EntityId, division: CityId | None) -> AgreementRecord:
    """Return the record that ``record_json`` was made of.

    Raises:
        TrustError, JoseError: a member of another form.
    """
    pins = Pins(
        anchor=anchor,
        leaf=entity.leaf_of(anchor),
        division=division,
        anchor_keys=parse_jwk_set(members.inner("keys").values),
    )
    scenarios = members.texts("scenarios", wording.SCENARIO, max_items=MAX_AGREED_SCENARIOS)
    record = AgreementRecord(
        pins=pins,
        state=PartnerState(members.text("state", _STATE)),
        scenarios=frozenset(ScenarioId(scenario) for scenario in scenarios),
        confirmations=tuple(
            Confirmation(
                officer=_officer(done),
                groups=_groups(done),
                at=Timestamp(done.integer("at")),
            )
            for done in _objects(members, "confirmations")
        ),
        blocked={
            KeyId(item.text("kid", wording.KID)): Timestamp(item.integer("since"))
            for item in _objects(members, "blocked")
        },
    )
    return _with_optional(record, members)


def _with_optional(record: AgreementRecord, members: Members) -> AgreementRecord:
    if members.has("until"):
        record = replace(record, until=Timestamp(members.integer("until")))
    if members.has("challenge"):
        pending = members.inner("challenge")
        challenge = Challenge(
            officer=_officer(pending), groups=_groups(pending), wrong=pending.integer("wrong")
        )
        record = replace(record, challenge=challenge)
    if members.has("reason"):
        reason = wording.name(members, "reason", max_chars=wording.MAX_REASON_CHARS)
        record = replace(record, reason=reason)
    if members.has("decided_by"):
        officer = wording.name(members, "decided_by", max_chars=wording.MAX_OFFICER_CHARS)
        record = replace(record, decided_by=officer)
    return record


def _objects(members: Members, name: str) -> tuple[Members, ...]:
    items = members.array(name, max_items=MAX_KEYS_EVER)
    return tuple(Members({name: item}, members.where).inner(name) for item in items)


def _officer(members: Members) -> str:
    return wording.name(members, "officer", max_chars=wording.MAX_OFFICER_CHARS)


def _groups(members: Members) -> tuple[int, ...]:
    groups = tuple(
        Members({"groups": item}, members.where).integer("groups", maximum=GROUPS_PER_CITY - 1)
        for item in members.array("groups", max_items=GROUPS_ASKED)
    )
    if len(set(groups)) != GROUPS_ASKED:
        raise RecordError("three different groups are asked for")
    return groups
