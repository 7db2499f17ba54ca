"""A partner record as JSON and back."""

import re
from collections.abc import Iterable
from dataclasses import replace

from gateway.ids import CityId, EntityId, KeyId, ScenarioId, Timestamp
from gateway.jose.keys import parse_jwk_set
from gateway.jose.members import Members
from gateway.trust import entity, wording
from gateway.trust.decisions import Block, Decision
from gateway.trust.errors import RecordError
from gateway.trust.history import MAX_KEYS_EVER
from gateway.trust.record import (
    MAX_AGREED_SCENARIOS,
    AgreementRecord,
    Challenge,
    Confirmation,
    Pins,
    Repin,
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
        "confirmations": _confirmations_json(record.confirmations),
        "blocked": [_block_json(kid, block) for kid, block in record.blocked.items()],
    }
    if record.decided_at:
        body["decided_at"] = record.decided_at
    if record.until is not None:
        body["until"] = record.until
    if record.challenge:
        body["challenge"] = _challenge_json(record.challenge)
    if record.removed_anchor:
        body["removed_anchor"] = sorted(record.removed_anchor)
    if record.repin:
        body["repin"] = _repin_json(record.repin)
    words = {
        "reason": record.reason,
        "decided_by": record.decided_by,
        "ratified_by": record.ratified_by,
    }
    return body | {name: text for name, text in words.items() if text}


def _repin_json(repin: Repin) -> dict[str, object]:
    body: dict[str, object] = {
        "keys": {"keys": [key.jwk() for key in repin.keys]},
        "confirmations": _confirmations_json(repin.confirmations),
    }
    return body | ({"challenge": _challenge_json(repin.challenge)} if repin.challenge else {})


def _challenge_json(pending: Challenge) -> dict[str, object]:
    return {
        "officer": pending.officer,
        "groups": list(pending.groups),
        "wrong": pending.wrong,
    }


def _confirmations_json(confirmations: Iterable[Confirmation]) -> list[dict[str, object]]:
    return [
        {"officer": done.officer, "groups": list(done.groups), "at": done.at}
        for done in confirmations
    ]


def _block_json(kid: KeyId, block: Block) -> dict[str, object]:
    decision = block.decision
    body: dict[str, object] = {
        "kid": kid,
        "since": block.since,
        "officer": decision.officer,
        "reason": decision.reason,
        "at": decision.at,
    }
    return body | ({"ratified_by": decision.ratified_by} if decision.ratified_by else {})


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
        confirmations=_confirmations(members),
        challenge=_challenge(members),
        blocked={
            KeyId(item.text("kid", wording.KID)): _block(item)
            for item in _objects(members, "blocked")
        },
    )
    return _with_optional(record, members)


def _with_optional(record: AgreementRecord, members: Members) -> AgreementRecord:
    if members.has("until"):
        record = replace(record, until=Timestamp(members.integer("until")))
    if members.has("removed_anchor"):
        kids = members.texts("removed_anchor", wording.KID, max_items=MAX_KEYS_EVER)
        record = replace(record, removed_anchor=frozenset(map(KeyId, kids)))
    if members.has("repin"):
        inner = members.inner("repin")
        repin = Repin(
            keys=parse_jwk_set(inner.inner("keys").values),
            challenge=_challenge(inner),
            confirmations=_confirmations(inner),
        )
        record = replace(record, repin=repin)
    if members.has("decided_at"):
        record = replace(record, decided_at=Timestamp(members.integer("decided_at")))
    return replace(
        record,
        reason=_words(members, "reason", wording.MAX_REASON_CHARS),
        decided_by=_words(members, "decided_by", wording.MAX_OFFICER_CHARS),
        ratified_by=_words(members, "ratified_by", wording.MAX_OFFICER_CHARS),
    )


def _challenge(members: Members) -> Challenge | None:
    if not members.has("challenge"):
        return None
    pending = members.inner("challenge")
    return Challenge(
        officer=_officer(pending), groups=_groups(pending), wrong=pending.integer("wrong")
    )


def _confirmations(members: Members) -> tuple[Confirmation, ...]:
    return tuple(
        Confirmation(officer=_officer(done), groups=_groups(done), at=Timestamp(done.integer("at")))
        for done in _objects(members, "confirmations")
    )


def _words(members: Members, name: str, max_chars: int) -> str:
    return wording.name(members, name, max_chars=max_chars) if members.has(name) else ""


def _block(members: Members) -> Block:
    decision = Decision(
        officer=_officer(members),
        reason=wording.name(members, "reason", max_chars=wording.MAX_REASON_CHARS),
        at=Timestamp(members.integer("at")),
        ratified_by=_words(members, "ratified_by", wording.MAX_OFFICER_CHARS),
    )
    return Block(since=Timestamp(members.integer("since")), decision=decision)


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
