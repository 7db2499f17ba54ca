"""A stored partner row is believed only as this city signed it."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.ids import CityId, EntityId, KeyId, Timestamp
from gateway.jose import jws
from gateway.jose.keys import SoftwareSigner, generate
from gateway.trust.confirmation import challenged
from gateway.trust.cycle import Result
from gateway.trust.decisions import Block, Decision
from gateway.trust.errors import PartnerRowTamperedError
from gateway.trust.memory import memory_json
from gateway.trust.record import AgreementRecord, Challenge, Confirmation, Repin
from gateway.trust.rows import MEMORY_TYP, RECORD_TYP, RowSeal, seal_memory, seal_record
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role, TrustedCity
from tests.trust.cities import (
    DAY,
    HOTEL,
    HOUR,
    NOON,
    City,
    accepted,
    announced,
    at,
    jinhua,
    members,
    offered,
    signed,
    wenzhou,
)

OWN, PARTNER, THIRD = (
    jinhua(),
    wenzhou(),
    City(division=CityId("330500"), leaf=EntityId("https://credit.huzhou.example")),
)
SEAL = RowSeal(leaf=OWN.leaf, keys=(OWN.k2.public, OWN.k2next.public))
VERSION = 7
RECORD = AgreementRecord(
    pins=PARTNER.pins(), state=PartnerState.ACTIVE, scenarios=frozenset({HOTEL}), until=at(DAY)
)


BLOCK = Block(
    since=at(-HOUR),
    decision=Decision(officer="王", reason="stolen", at=NOON, ratified_by="李"),
)


def record_token(
    record: AgreementRecord = RECORD,
    signer: SoftwareSigner = OWN.k2,
    leaf: EntityId = OWN.leaf,
    version: int = VERSION,
) -> str:
    return seal_record(record, leaf=leaf, version=version, signer=signer, now=NOON)


def memory_token(
    city: TrustedCity | None = None,
    signer: SoftwareSigner = OWN.k2,
    leaf: EntityId = OWN.leaf,
    version: int = VERSION,
) -> str:
    known = city or PARTNER.known()
    return seal_memory(known, leaf=leaf, version=version, signer=signer, now=NOON)


def reopened(record: AgreementRecord, city: TrustedCity) -> tuple[AgreementRecord, TrustedCity]:
    return opened(record_token(record), memory_token(city), record.pins.anchor)


def opened(
    record: str, memory: str, anchor: EntityId = PARTNER.anchor
) -> tuple[AgreementRecord, TrustedCity]:
    return SEAL.open(anchor, record, memory, version=VERSION)


def edited_token(token: str, typ: str, **changes: object) -> str:
    """Return a row that was edited and signed by us: what only a bug of ours could make."""
    payload = members(json.loads(jws.read(token, typ=typ, max_chars=10**6).payload)) | changes
    kept = {name: value for name, value in payload.items() if value is not ...}
    return jws.sign(json.dumps(kept).encode(), OWN.k2, typ=typ)


def test_a_row_comes_back_as_it_was_sealed() -> None:
    asked = challenged(
        replace(RECORD, state=PartnerState.CANDIDATE, until=None, scenarios=frozenset()),
        "Li",
        (0, 1, 2),
    )
    full = replace(
        RECORD,
        confirmations=(Confirmation(officer="李", groups=(0, 1, 2), at=NOON),),
        reason="because",
        decided_by="王",
        decided_at=NOON,
        ratified_by="李",
        blocked={
            PARTNER.k3.public.kid: BLOCK,
            PARTNER.k3next.public.kid: replace(
                BLOCK, decision=replace(BLOCK.decision, ratified_by="")
            ),
        },
    )
    comparing = replace(
        RECORD,
        removed_anchor=frozenset({generate().public.kid}),
        repin=Repin(
            keys=(PARTNER.k1.public, generate().public),
            challenge=Challenge(officer="王", groups=(3, 4, 5), wrong=1),
            confirmations=(Confirmation(officer="李", groups=(0, 1, 2), at=NOON),),
        ),
    )
    rotated = accepted(
        PARTNER.known(),
        Role.LEAF,
        PARTNER.leaf_token(NOON + 1, announced(generate().public)),
        NOON + 1,
    ).city

    for record, city in (
        (RECORD, PARTNER.known()),
        (asked, TrustedCity.first(PARTNER.pins())),
        (full, rotated),
        (comparing, rotated),
        (replace(comparing, repin=Repin(keys=PARTNER.pins().anchor_keys)), rotated),
    ):
        assert reopened(record, city) == (record, city)


def test_a_verify_only_partner_comes_back_without_a_division() -> None:
    pins = replace(PARTNER.pins(), division=None)
    record, city = replace(RECORD, pins=pins), TrustedCity.first(pins)

    assert reopened(record, city) == (record, city)


def test_a_row_under_the_next_own_key_is_ours() -> None:
    record, _ = opened(record_token(signer=OWN.k2next), memory_token(signer=OWN.k2next))

    assert record == RECORD


def test_what_was_dead_or_ended_stays_so_through_storage() -> None:
    over = replace(PARTNER.leaf_configuration(NOON + 1), issuer=PARTNER.no_keys())
    token = jws.sign(over.payload(), PARTNER.k2, typ="entity-statement+jwt")
    ended = accepted(PARTNER.known(), Role.LEAF, token, NOON + 1).city

    _, city = reopened(RECORD, ended)

    assert city.history.issuing_ended
    assert PARTNER.k3.public.kid in city.history.dead_code


def test_the_hold_down_goes_on_after_storage() -> None:
    new = generate()
    held = accepted(
        PARTNER.known(), Role.LEAF, PARTNER.leaf_token(NOON + 1, announced(new.public)), NOON + 1
    ).city

    _, city = reopened(RECORD, held)

    assert city.code_keys() == held.code_keys()


@pytest.mark.parametrize(("seconds", "hold_s"), [(HOUR - 1, 0), (HOUR, 24 * HOUR)])
def test_the_exemption_ends_through_storage_as_without(seconds: int, hold_s: int) -> None:
    fresh, new, moment = generate(), generate(), NOON + seconds
    keys = (PARTNER.k2.public, fresh.public)
    statement = replace(PARTNER.subordinate_statement(NOON + 1), keys=keys)
    named = accepted(PARTNER.known(), Role.SUBORDINATE, signed(statement, PARTNER.k1), NOON).city
    leaf = replace(
        PARTNER.leaf_configuration(moment), keys=keys, issuer=PARTNER.issuer(announced(new.public))
    )

    _, city = reopened(RECORD, named)
    city = accepted(city, Role.LEAF, signed(leaf, fresh), moment).city

    assert city.code_keys()[0].usable_from == moment + hold_s


def test_a_stored_city_goes_on_where_it_was() -> None:
    _, city = reopened(RECORD, PARTNER.known())

    assert offered(city, Role.LEAF, PARTNER.leaf_token(NOON - 1)).refusal == "trust_rollback"
    assert (
        offered(city, Role.LEAF, PARTNER.leaf_token(NOON + 1), NOON + 1).result is Result.ACCEPTED
    )


def _swapped_payload(token: str) -> str:
    """Edit the payload by hand, as somebody with a database client would."""
    head, payload, signature = token.split(".")
    edited = "A" if payload[40] != "A" else "B"
    return f"{head}.{payload[:40]}{edited}{payload[41:]}.{signature}"


THIEF = generate()
STATEMENTS = members(memory_json(PARTNER.known())["statements"])

TAMPERED: dict[str, Callable[[], tuple[str, str]]] = {
    "a hand-edited record": lambda: (_swapped_payload(record_token()), memory_token()),
    "a hand-edited memory": lambda: (record_token(), _swapped_payload(memory_token())),
    "nothing": lambda: ("", ""),
    "unsigned JSON": lambda: ('{"state":"active"}', memory_token()),
    "a record under another key": lambda: (record_token(signer=THIEF), memory_token()),
    "a memory under another key": lambda: (record_token(), memory_token(signer=THIEF)),
    "a record under the own anchor key": lambda: (record_token(signer=OWN.k1), memory_token()),
    "a record of another city": lambda: (record_token(leaf=THIRD.leaf), memory_token()),
    "a memory of another city": lambda: (record_token(), memory_token(leaf=THIRD.leaf)),
    "the record of another partner": lambda: (
        record_token(replace(RECORD, pins=THIRD.pins())),
        memory_token(),
    ),
    "the memory of another partner": lambda: (record_token(), memory_token(THIRD.known())),
    "record and memory exchanged": lambda: (memory_token(), record_token()),
    "a memory of another division": lambda: (
        record_token(),
        edited_token(memory_token(), MEMORY_TYP, division="330500"),
    ),
    "a memory without the division": lambda: (
        record_token(),
        edited_token(memory_token(), MEMORY_TYP, division=...),
    ),
    "an older record beside the present memory": lambda: (
        record_token(version=VERSION - 1),
        memory_token(),
    ),
    "an older memory beside the present record": lambda: (
        record_token(),
        memory_token(version=VERSION - 1),
    ),
    "an older row under the present version": lambda: (
        record_token(version=VERSION - 1),
        memory_token(version=VERSION - 1),
    ),
    "a row for a version that is still to come": lambda: (
        record_token(version=VERSION + 1),
        memory_token(version=VERSION + 1),
    ),
    "a record of no version": lambda: (
        edited_token(record_token(), RECORD_TYP, version=...),
        memory_token(),
    ),
    "a version that is no number": lambda: (
        record_token(),
        edited_token(memory_token(), MEMORY_TYP, version=str(VERSION)),
    ),
    "a state that does not exist": lambda: (
        edited_token(record_token(), RECORD_TYP, state="trusted"),
        memory_token(),
    ),
    "a challenge of one group": lambda: (
        edited_token(
            record_token(), RECORD_TYP, challenge={"officer": "Li", "groups": [1], "wrong": 0}
        ),
        memory_token(),
    ),
    "a seventh group": lambda: (
        edited_token(
            record_token(), RECORD_TYP, challenge={"officer": "Li", "groups": [0, 1, 6], "wrong": 0}
        ),
        memory_token(),
    ),
    "another city's statement in the memory": lambda: (
        record_token(),
        edited_token(
            memory_token(), MEMORY_TYP, statements={**STATEMENTS, "leaf": THIRD.leaf_token()}
        ),
    ),
    "an anchor statement by no pinned key": lambda: (
        record_token(),
        edited_token(
            memory_token(),
            MEMORY_TYP,
            statements={
                **STATEMENTS,
                "anchor": jws.sign(
                    PARTNER.anchor_configuration().payload(), THIEF, typ="entity-statement+jwt"
                ),
            },
        ),
    ),
    "a leaf statement with a broken signature": lambda: (
        record_token(),
        edited_token(
            memory_token(),
            MEMORY_TYP,
            statements={**STATEMENTS, "leaf": str(STATEMENTS["leaf"])[:-8] + "AAAAAAAA"},
        ),
    ),
    "no moment of naming": lambda: (
        record_token(),
        edited_token(memory_token(), MEMORY_TYP, named_at=...),
    ),
    "a kid that is none": lambda: (
        record_token(),
        edited_token(memory_token(), MEMORY_TYP, code_keys=[{"kid": "x"}]),
    ),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_a_row_that_was_tampered_with_fails_closed(case: str) -> None:
    record, memory = TAMPERED[case]()

    with pytest.raises(PartnerRowTamperedError):
        opened(record, memory)


def test_a_row_under_another_name_fails_closed() -> None:
    with pytest.raises(PartnerRowTamperedError):
        opened(record_token(), memory_token(), THIRD.anchor)


def test_a_row_whose_keys_are_known_but_never_seen_is_not_used() -> None:
    city = PARTNER.known()
    bare = replace(
        city,
        history=replace(
            city.history, code={KeyId("A" * 43): next(iter(city.history.code.values()))}
        ),
    )

    with pytest.raises(PartnerRowTamperedError):
        reopened(RECORD, bare)


def test_an_expired_memory_is_no_tampering() -> None:
    _, city = reopened(RECORD, PARTNER.known())

    assert not city.counts(Role.LEAF, Timestamp(NOON + 400 * DAY))
    assert city.expires_at() == NOON + DAY
    assert HOUR < DAY
