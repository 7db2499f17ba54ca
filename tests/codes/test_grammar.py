from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codes import grammar, reading
from gateway.codes.claims import CreditClaims, Kind, StatusReference
from gateway.codes.errors import NotACodeError
from gateway.ids import CityId, CodeId, ScenarioId, Tier, Timestamp
from tests.codes.builders import GENERAL, KINDS, NOON, PRINTED, QUOTA, signed
from tests.codes.grammar_cases import ACCEPTED, COMMON, LARGEST, LIST, NAME, REFUSALS


@pytest.mark.parametrize(("payload", "why"), REFUSALS.values(), ids=REFUSALS)
def test_a_payload_outside_the_grammar_is_no_code_though_really_signed(
    payload: bytes, why: str
) -> None:
    with pytest.raises(NotACodeError) as refusal:
        reading.read(signed(payload))

    assert refusal.value.code == "not_a_code"
    assert str(refusal.value) == why


@pytest.mark.parametrize("payload", ACCEPTED.values(), ids=ACCEPTED)
def test_what_fits_the_grammar_equals_its_own_spelling(payload: bytes) -> None:
    assert grammar.serialise(grammar.parse(payload)) == payload


@pytest.mark.parametrize("claims", KINDS.values(), ids=KINDS)
def test_every_kind_of_code_reads_back(claims: CreditClaims) -> None:
    assert grammar.parse(grammar.serialise(claims)) == claims


def test_members_are_written_in_the_order_of_the_table() -> None:
    assert grammar.serialise(GENERAL) == (COMMON + '"tier":2}').encode()
    assert (
        grammar.serialise(QUOTA)
        == (
            f'{{"iss":"330300","iat":{NOON},"exp":{NOON + 90},"jti":"0000000000000000",'
            '"aud":"330500","scn":"fitness.gym","pol":"2026.1","nul":"AAAAAAAAAAAAAAAAAAAAAQ"}'
        ).encode()
    )
    assert (
        grammar.serialise(PRINTED)
        == (
            f'{{"iss":"330300","iat":{NOON},"exp":{NOON + 2_678_400},"jti":"AbCdEfGhIjKlMnOp",'
            f'"aud":"330700","scn":"lodging.hotel","pol":"2026.1",{NAME},'
            f'"status":{{"status_list":{{"idx":1048575,"uri":"{LIST}"}}}}}}'
        ).encode()
    )


def test_a_tier_makes_a_general_code() -> None:
    assert GENERAL.kind is Kind.GENERAL
    assert PRINTED.kind is Kind.SCENARIO


def test_half_a_surrogate_pair_cannot_be_spelled() -> None:
    with pytest.raises(NotACodeError) as refusal:
        grammar.serialise(replace(PRINTED, masked_name="\ud800*"))

    assert str(refusal.value) == "a claim that UTF-8 cannot spell"


TEXTS = st.text(max_size=4) | st.sampled_from(["330300", 'x","tier":3,"x":"', "lodging.hotel"])


@given(
    st.builds(
        CreditClaims,
        issuer=st.from_regex(r"[0-9]{6}", fullmatch=True).map(CityId),
        issued_at=st.integers(0, LARGEST).map(Timestamp),
        expires_at=st.integers(0, LARGEST).map(Timestamp),
        code_id=st.from_regex(r"[A-Za-z0-9_-]{16}", fullmatch=True).map(CodeId),
        tier=st.none() | st.integers(0, 4).map(Tier),
        destination=st.none() | TEXTS.map(CityId),
        scenario=st.none() | TEXTS.map(ScenarioId),
        policy_version=st.none() | TEXTS,
        ticket=st.none() | TEXTS,
        masked_name=st.none() | TEXTS,
        status=st.none() | st.builds(StatusReference, index=st.integers(-1, LARGEST), uri=TEXTS),
    )
)
def test_claims_read_back_as_themselves_or_their_text_differs(claims: CreditClaims) -> None:
    payload = grammar.serialise(claims)
    try:
        read = grammar.parse(payload)
    except NotACodeError:
        return

    assert grammar.serialise(read) == payload


@given(st.binary(max_size=200))
def test_any_payload_is_parsed_or_no_code(payload: bytes) -> None:
    with pytest.raises(NotACodeError):
        grammar.parse(payload)
