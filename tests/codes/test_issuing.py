from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.codes import issuing, reading, wire
from gateway.codes.claims import CreditClaims
from gateway.codes.errors import NotACodeError
from gateway.ids import CityId, CodeId, ScenarioId, Tier, Timestamp, UnverifiedText
from gateway.jose.keys import PublicKey
from tests.codes.builders import (
    GENERAL,
    HINT,
    KINDS,
    LASTING,
    NOON,
    PRINTED,
    QUOTA,
    SCENARIO,
    WENZHOU,
)

FIT = "the payload fits no kind of code"
DIFFER = "the claims do not read back as they were written"
REFUSALS: dict[str, tuple[CreditClaims, str]] = {
    "tier 0": (replace(GENERAL, tier=Tier(0)), FIT),
    "tier 4": (replace(GENERAL, tier=Tier(4)), FIT),
    "city of five digits": (replace(GENERAL, issuer=CityId("33030")), FIT),
    "short code id": (replace(GENERAL, code_id=CodeId("short")), FIT),
    "negative time": (replace(GENERAL, issued_at=Timestamp(-1)), FIT),
    "no kind": (replace(GENERAL, tier=None), FIT),
    "no policy version": (replace(SCENARIO, policy_version=None), DIFFER),
    "general code with a destination": (replace(GENERAL, destination=CityId("330700")), DIFFER),
    "general code with a ticket": (replace(GENERAL, ticket=QUOTA.ticket), DIFFER),
    "ticket that is empty": (replace(SCENARIO, ticket=""), DIFFER),
    "ticket with a status": (
        replace(LASTING, ticket=QUOTA.ticket),
        "a status with a ticket, or with too long an address",
    ),
    "a member smuggled into another": (
        replace(SCENARIO, policy_version=f'2026.1","nul":"{QUOTA.ticket}'),
        DIFFER,
    ),
    "a tier smuggled into a code id": (
        replace(GENERAL, code_id=CodeId('AbCdEfGhIjKlMnOp","tier":3,"x":"')),
        FIT,
    ),
    "scenario that is no id": (replace(SCENARIO, scenario=ScenarioId("hotel")), FIT),
    "full name": (replace(PRINTED, masked_name="欧阳修"), FIT),
    "name without a status": (replace(PRINTED, status=None), FIT),
}


class CountingSigner:
    """Signs, and remembers how often."""

    def __init__(self, sign: Callable[[bytes], bytes]) -> None:
        self.signed = 0
        self._sign = sign

    @property
    def public(self) -> PublicKey:
        return WENZHOU.public

    def sign(self, message: bytes) -> bytes:
        self.signed += 1
        return self._sign(message)


@pytest.mark.parametrize("claims", KINDS.values(), ids=KINDS)
def test_a_code_of_every_kind_is_issued(claims: CreditClaims) -> None:
    text = issuing.CodeSigner(WENZHOU).sign(claims)

    code = reading.read(UnverifiedText(text))

    assert code.hint == WENZHOU.public.kid[: wire.HINT_CHARS]
    assert reading.verify(code, WENZHOU.public) == claims


@pytest.mark.parametrize(("claims", "why"), REFUSALS.values(), ids=REFUSALS)
def test_claims_outside_the_grammar_are_never_signed(claims: CreditClaims, why: str) -> None:
    signer = CountingSigner(WENZHOU.sign)

    with pytest.raises(NotACodeError) as refusal:
        issuing.CodeSigner(signer).sign(claims)

    assert refusal.value.code == "not_a_code"
    assert str(refusal.value) == why
    assert signer.signed == 0


def test_two_codes_of_the_same_claims_differ_in_their_signature_only() -> None:
    codes = issuing.CodeSigner(WENZHOU)

    first, second = (reading.read(UnverifiedText(codes.sign(GENERAL))) for _ in range(2))

    assert first.signature != second.signature
    assert first.payload == second.payload


EMPTY_BLOCK = b"\0\0\0\xff\xff"
LENGTHS = {
    "63 bytes": bytes(63),
    "65 bytes": bytes(65),
    "64 bytes and a block that DEFLATE passes over": bytes(64) + EMPTY_BLOCK,
}


@pytest.mark.parametrize("signature", LENGTHS.values(), ids=LENGTHS)
def test_a_text_that_does_not_decode_to_what_was_signed_never_leaves(signature: bytes) -> None:
    signer = CountingSigner(lambda _: signature)

    with pytest.raises(NotACodeError):
        issuing.CodeSigner(signer).sign(GENERAL)


def test_a_text_that_decodes_to_another_signature_is_named_so() -> None:
    signer = CountingSigner(lambda _: bytes(64) + EMPTY_BLOCK)

    with pytest.raises(NotACodeError) as refusal:
        issuing.CodeSigner(signer).sign(GENERAL)

    assert str(refusal.value) == "the text does not decode to what was signed"


def test_codes_that_share_everything_else_differ_in_their_code_id() -> None:
    other = replace(GENERAL, code_id=CodeId("ponMLKjihGFEdcBA"))

    texts = issuing.CodeSigner(WENZHOU).sign_all([GENERAL, other])

    codes = [reading.read(UnverifiedText(text)) for text in texts]
    assert [reading.verify(code, WENZHOU.public) for code in codes] == [GENERAL, other]


def test_of_many_codes_none_is_signed_if_one_breaks_the_grammar() -> None:
    signer = CountingSigner(WENZHOU.sign)

    with pytest.raises(NotACodeError):
        issuing.CodeSigner(signer).sign_all([GENERAL, replace(GENERAL, code_id=CodeId("short"))])

    assert signer.signed == 0


@pytest.mark.parametrize("repeated", ["V4Q5K6J7", "G9-H7_F6"])
def test_a_code_without_a_stencil_is_packed_by_itself(repeated: str) -> None:
    claims = replace(SCENARIO, policy_version=repeated)

    code = reading.read(UnverifiedText(issuing.CodeSigner(WENZHOU).sign(claims)))

    assert reading.verify(code, WENZHOU.public) == claims


def test_a_long_day_keeps_a_bounded_number_of_stencils(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "MAX_STENCILS", 3)
    codes = issuing.CodeSigner(WENZHOU)
    seconds = [replace(GENERAL, issued_at=Timestamp(NOON - n)) for n in range(10)]

    kept = [len(codes.sign(each)) and codes.stencils for each in seconds]

    assert kept == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1]


OTHERS = {
    "hint": {"hint": bytes(7)},
    "signature": {"signature": bytes(63)},
    "payload": {"payload": b"another"},
    "stream": {"packed": wire.pack(b"another")},
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_text_is_written_only_if_it_reads_back(other: dict[str, bytes]) -> None:
    good = {"hint": HINT, "signature": bytes(64), "payload": b"{}", "packed": wire.pack(b"{}")}

    assert wire.unwrap(wire.write_checked(**good)) == (HINT, bytes(64), b"{}")
    with pytest.raises(NotACodeError):
        wire.write_checked(**{**good, **other})
