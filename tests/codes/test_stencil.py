from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codes import grammar, stencil, wire
from gateway.codes.claims import CreditClaims
from gateway.codes.errors import NotACodeError
from gateway.ids import CityId, CodeId, ScenarioId, Tier, Timestamp
from tests.codes.builders import GENERAL, NOON, SCENARIO

CODE_IDS = st.from_regex(r"[A-Za-z0-9_-]{16}", fullmatch=True).map(CodeId)
TIMES = st.integers(0, 2**40)
ELSEWHERE = replace(SCENARIO, scenario=ScenarioId("x_1.y"), policy_version="v-1")
NO_IDS = {
    "short": "AbCdEfGhIjKlMnO",
    "long": "AbCdEfGhIjKlMnOpQ",
    "quote": 'AbCdEfGhIjKlMn"p',
    "line end": "AbCdEfGhIjKlMno\n",
    "letter beyond ASCII": "AbCdEfGhIjKlMn\u00e9p",
    "half a surrogate pair": "AbCdEfGhIjKlMn\ud800p",
}


@st.composite
def kinds(draw: st.DrawFn) -> CreditClaims:
    """Draw live codes of any city and time."""
    issued_at = draw(TIMES)
    return replace(
        draw(st.sampled_from((GENERAL, replace(GENERAL, tier=Tier(1)), SCENARIO, ELSEWHERE))),
        issuer=CityId(draw(st.from_regex(r"[0-9]{6}", fullmatch=True))),
        issued_at=Timestamp(issued_at),
        expires_at=Timestamp(issued_at + draw(st.integers(1, 3600))),
    )


@given(kinds(), CODE_IDS)
def test_what_a_stencil_spells_is_what_the_grammar_spells(
    claims: CreditClaims, code_id: CodeId
) -> None:
    cut = stencil.cut(claims)
    assert cut is not None

    payload, packed = cut.fill(code_id)

    assert payload == grammar.spell(replace(claims, code_id=code_id))
    assert wire.unpack(packed) == payload


@pytest.mark.parametrize("claims", [GENERAL, SCENARIO], ids=["general", "scenario"])
def test_a_stencil_is_no_longer_than_zlib_where_a_code_id_repeats_nothing(
    claims: CreditClaims,
) -> None:
    cut = stencil.cut(claims)
    assert cut is not None

    payload, packed = cut.fill(CodeId("q7Zr-X3w_K9vB2mH"))

    assert packed == wire.pack(payload)


@pytest.mark.parametrize("text", NO_IDS.values(), ids=NO_IDS)
def test_nothing_but_a_code_id_fits_the_hole(text: str) -> None:
    cut = stencil.cut(GENERAL)
    assert cut is not None

    with pytest.raises(NotACodeError) as refusal:
        cut.fill(CodeId(text))

    assert str(refusal.value) == "the payload fits no kind of code"


@pytest.mark.parametrize("repeated", ["V4Q5K6J7", "G9-H7_F6"])
def test_there_is_no_stencil_where_another_claim_repeats_the_sample(repeated: str) -> None:
    assert stencil.cut(replace(SCENARIO, policy_version=repeated)) is None


def test_a_stencil_is_cut_of_good_claims_only() -> None:
    with pytest.raises(NotACodeError):
        stencil.cut(replace(GENERAL, issued_at=Timestamp(-NOON)))
