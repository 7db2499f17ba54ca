"""What goes between a gateway and its anchor, and what the anchor refuses to sign."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest

from gateway.errors import TrustError
from gateway.ids import EntityId, KeyId, Timestamp
from gateway.jose import jws, strict_json
from gateway.jose.keys import generate
from gateway.trust import entity
from gateway.trust.anchor_files import (
    REQUEST_FORMAT,
    REQUEST_TYP,
    AnchorAnswer,
    AnchorKeys,
    AnchorRequest,
)
from gateway.trust.anchor_signing import REQUEST_LIFE_S, Memory, check_request, sign_answer
from gateway.trust.cycle import Result, take
from gateway.trust.record import Pins
from gateway.trust.statements import SubordinateStatement, read
from gateway.trust.trusted_city import Role, TrustedCity

NOON = Timestamp(1_792_843_200)
LEAF = EntityId("https://credit.wenzhou.example")
K1, K1S, K2, K2NEXT, OTHER = (generate() for _ in range(5))
ANCHORS = (K1.public, K1S.public)
REQUEST = AnchorRequest(
    leaf=LEAF,
    made_at=NOON,
    organization_name="Credit office (illustrative)",
    anchor_kids=frozenset(key.kid for key in ANCHORS),
    federation=(K2.public, K2NEXT.public),
    suspend=False,
    issued_at={Role.ANCHOR: NOON},
    signer=K2.public.kid,
)

Json = dict[str, object]


def parsed(raw: bytes) -> Json:
    return cast("Json", json.loads(raw))


def request_of(edit: Callable[[Json], object], *, signer: object = None) -> bytes:
    token = str(parsed(REQUEST.encode(K2))["request"])
    payload = parsed(jws.read(token, typ=REQUEST_TYP, max_chars=65_536).payload)
    edit(payload)
    used = OTHER if signer else K2
    signed = jws.sign(strict_json.encode(payload), used, typ=REQUEST_TYP)
    return strict_json.encode({"format": REQUEST_FORMAT, "request": signed})


def jwks(payload: Json) -> list[Json]:
    return cast("list[Json]", cast("Json", payload["jwks"])["keys"])


def test_a_request_reads_back_as_it_was_written() -> None:
    assert AnchorRequest.parse(REQUEST.encode(K2)) == REQUEST
    assert AnchorRequest.parse(replace(REQUEST, suspend=True).encode(K2)).suspend


def test_anchor_keys_read_back_as_they_were_written() -> None:
    keys = AnchorKeys(leaf=LEAF, keys=ANCHORS)

    assert AnchorKeys.parse(keys.encode()) == keys


def test_an_answer_reads_back_as_it_was_written() -> None:
    answer = sign_answer(REQUEST, K1, K1S.public, None, NOON)

    assert AnchorAnswer.parse(answer.encode()) == answer


BAD: dict[str, bytes] = {
    "no JSON": b"{",
    "another format": strict_json.encode({"format": "credit-code-pins-1", "request": "a.b.c"}),
    "another member": strict_json.encode(
        parsed(REQUEST.encode(K2)) | {"more": 1}  # a file is exactly what is documented
    ),
    "no token": strict_json.encode({"format": REQUEST_FORMAT, "request": "a b"}),
    "a private member": request_of(lambda payload: jwks(payload)[0].update(d="AA")),
    "signed by a key that it does not name": request_of(lambda _: None, signer=OTHER),
    "a steering character in the name": request_of(
        lambda payload: payload.update(organization_name="\u202eoffice")
    ),
    "no entity": request_of(lambda payload: payload.update(iss="http://credit.example")),
    "the leaf's iat": request_of(lambda payload: payload.update(issued_at={"leaf": 1})),
    "an unknown claim": request_of(lambda payload: payload.update(crit=[])),
    "a doubtful switch": request_of(lambda payload: payload.update(suspend=2)),
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD)
def test_what_is_no_request_is_refused(raw: bytes) -> None:
    with pytest.raises(TrustError) as refusal:
        AnchorRequest.parse(raw)

    assert refusal.value.code == "anchor_file"


def test_a_request_whose_signature_was_changed_is_refused() -> None:
    content = parsed(REQUEST.encode(K2))
    head, payload, signature = str(content["request"]).split(".")
    content["request"] = ".".join([head, payload, signature[::-1].replace("=", "")])

    with pytest.raises(TrustError):
        AnchorRequest.parse(strict_json.encode(content))


@pytest.mark.parametrize("keys", [(K1.public,), (K1.public, K1S.public, OTHER.public)])
def test_an_anchor_of_other_than_two_keys_is_refused(keys: tuple[object, ...]) -> None:
    content = parsed(AnchorKeys(leaf=LEAF, keys=ANCHORS).encode())
    public = [K1.public, K1S.public, OTHER.public][: len(keys)]
    content["jwks"] = {"keys": [key.jwk() for key in public]}

    with pytest.raises(TrustError) as refusal:
        AnchorKeys.parse(strict_json.encode(content))

    assert refusal.value.code == "anchor_file"


@pytest.mark.parametrize("reader", [AnchorKeys.parse, AnchorAnswer.parse], ids=["keys", "answer"])
def test_a_file_of_another_kind_is_refused(reader: Callable[[bytes], object]) -> None:
    with pytest.raises(TrustError) as refusal:
        reader(REQUEST.encode(K2))

    assert refusal.value.code == "anchor_file"


def memory(*, leaf: EntityId = LEAF, issued_at: int = NOON, asked_at: int = NOON) -> Memory:
    last = {role: Timestamp(issued_at) for role in (Role.ANCHOR, Role.SUBORDINATE)}
    return Memory(leaf=leaf, issued_at=last, asked_at=Timestamp(asked_at))


@pytest.mark.parametrize("later_s", [-60, REQUEST_LIFE_S])
def test_a_request_lives_from_a_minute_before_it_was_made_for_31_days(later_s: int) -> None:
    check_request(REQUEST, ANCHORS, memory(), Timestamp(NOON + later_s))


@pytest.mark.parametrize("later_s", [-61, REQUEST_LIFE_S + 1])
def test_a_request_of_another_time_is_refused(later_s: int) -> None:
    with pytest.raises(TrustError) as refusal:
        check_request(REQUEST, ANCHORS, memory(), Timestamp(NOON + later_s))

    assert refusal.value.code == "anchor_request"


REFUSED: dict[str, tuple[AnchorRequest, Memory | None]] = {
    "of another anchor": (replace(REQUEST, anchor_kids=frozenset({OTHER.public.kid})), None),
    "for another leaf than before": (REQUEST, memory(leaf=EntityId("https://credit.x.example"))),
    "older than one that was signed": (REQUEST, memory(asked_at=NOON + 1)),
    "without a successor": (replace(REQUEST, federation=(K2.public,)), None),
    "with one key in two roles": (replace(REQUEST, federation=(K2.public, K1S.public)), None),
}


@pytest.mark.parametrize(("request_", "known"), REFUSED.values(), ids=REFUSED)
def test_an_anchor_does_not_sign_what_it_should_not(
    request_: AnchorRequest, known: Memory | None
) -> None:
    with pytest.raises(TrustError) as refusal:
        check_request(request_, ANCHORS, known, NOON)

    assert refusal.value.code == "anchor_request"


@pytest.mark.parametrize("remembered", [0, 7])
def test_iat_is_later_than_what_either_machine_knows(remembered: int) -> None:
    answer = sign_answer(REQUEST, K1, K1S.public, memory(issued_at=NOON + remembered), NOON)

    lives = {
        role: json.loads(read(token).payload)["iat"] for role, token in answer.statements.items()
    }
    assert lives == {Role.ANCHOR: NOON + remembered + 1, Role.SUBORDINATE: NOON + remembered + 1}


def test_an_iat_that_is_far_ahead_is_not_followed() -> None:
    with pytest.raises(TrustError) as refusal:
        sign_answer(REQUEST, K1, K1S.public, memory(issued_at=NOON + 60), NOON)

    assert "trust_from_future" in str(refusal.value)


def test_a_key_that_the_gateway_does_not_know_does_not_sign() -> None:
    with pytest.raises(TrustError) as refusal:
        sign_answer(REQUEST, OTHER, K1S.public, None, NOON)

    assert refusal.value.code == "anchor_request"


def test_an_anchor_whose_standby_is_itself_is_not_signed() -> None:
    with pytest.raises(TrustError):
        sign_answer(REQUEST, K1, K1.public, None, NOON)


@pytest.mark.parametrize(
    ("asked", "here", "allowed"), [(False, False, True), (True, False, False), (False, True, False)]
)
def test_either_side_may_turn_the_kill_switch(*, asked: bool, here: bool, allowed: bool) -> None:
    answer = sign_answer(replace(REQUEST, suspend=asked), K1, K1S.public, None, NOON, suspend=here)

    token = answer.statements[Role.SUBORDINATE]
    statement = SubordinateStatement.parse(read(token).payload, LEAF)
    assert statement.allows_issuing is allowed


def test_what_is_signed_is_what_a_partner_with_these_pins_accepts() -> None:
    answer = sign_answer(REQUEST, K1S, OTHER.public, memory(), NOON)
    pins = Pins(anchor=entity.anchor_of(LEAF), leaf=LEAF, division=None, anchor_keys=ANCHORS)

    city = TrustedCity.first(pins)
    for role, token in answer.statements.items():
        update = take(city, role, token, accepted={}, now=NOON)
        city = update.city
        assert update.result is Result.ACCEPTED

    assert city.history.suspended_anchor == {K1.public.kid}
    assert KeyId(K2NEXT.public.kid) in city.history.named
