"""The shell around every signed document: size, type, signer, city, life."""

from collections.abc import Callable

import pytest

from gateway.errors import GatewayError
from gateway.ids import EntityId, Timestamp
from gateway.jose import jws, strict_json
from gateway.jose.keys import SoftwareSigner, generate
from gateway.trust.documents import (
    DocumentType,
    check_newer,
    open_document,
    sign_document,
    verify_document,
)
from gateway.trust.statements import STATEMENT_TYP, Life
from gateway.trust.trusted_city import TrustedCity
from tests.trust.cities import DAY, NOON, at, jinhua

KIND = DocumentType(typ="credit-sample+jwt", max_chars=6000, longest_s=DAY)
LEAF, OTHER = EntityId("https://credit.jinhua.example"), EntityId("https://credit.huzhou.example")
K2, K2NEXT, STRANGER = generate(), generate(), generate()
KEYS = (K2.public, K2NEXT.public)


def signed(signer: SoftwareSigner = K2, leaf: EntityId = LEAF, **members: object) -> str:
    life = Life(issued_at=NOON, expires_at=at(DAY))
    return sign_document(members, kind=KIND, issuer=leaf, life=life, signer=signer)


def raw(typ: str = KIND.typ, **members: object) -> str:
    whole = {"iss": LEAF, "iat": NOON, "exp": NOON + DAY} | members
    return jws.sign(strict_json.encode(whole), K2, typ=typ)


@pytest.mark.parametrize("signer", [K2, K2NEXT], ids=["K2", "K2next"])
def test_a_document_of_a_live_federation_key_is_taken(signer: SoftwareSigner) -> None:
    document = verify_document(
        signed(signer, version="2026.1"), kind=KIND, issuer=LEAF, keys=KEYS, now=NOON
    )

    assert (document.issuer, document.kid) == (LEAF, signer.public.kid)
    assert document.life == Life(issued_at=NOON, expires_at=at(DAY))
    assert document.members.text("version") == "2026.1"


REFUSED: dict[str, tuple[Callable[[], str], str]] = {
    "of another city": (lambda: signed(leaf=OTHER), "trust_wrong_entity"),
    "by a key that is not among the live ones": (lambda: signed(STRANGER), "trust_unknown_signer"),
    "a statement offered as a document": (
        lambda: jinhua().leaf_token(),
        "jws_format",
    ),
    "another document of the same key": (lambda: raw("credit-bundle+jwt"), "jws_format"),
    "a statement's type": (lambda: raw(STATEMENT_TYP), "jws_format"),
    "too large": (lambda: signed(filler="x" * 6000), "too_large"),
    "crit": (lambda: signed(crit=[]), "trust_crit"),
    "without iat": (lambda: raw(iat=None), "json_members"),
    "made for too long": (lambda: raw(exp=NOON + DAY + 1), "trust_life_too_long"),
    "not an object": (
        lambda: jws.sign(b"[]", K2, typ=KIND.typ),
        "json_not_strict",
    ),
    "another text under the signature": (
        lambda: ".".join((*signed().split(".")[:2], signed(a=1).split(".")[2])),
        "jws_bad_signature",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_document_is_refused(case: str) -> None:
    make, code = REFUSED[case]

    with pytest.raises(GatewayError) as refused:
        open_document(make(), kind=KIND, issuer=LEAF, keys=KEYS)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("now", "code"),
    [(-61, "trust_from_future"), (-60, None), (DAY - 1, None), (DAY, "trust_expired")],
)
def test_a_document_counts_from_a_minute_before_its_iat_until_its_exp(
    now: int, code: str | None
) -> None:
    def verify() -> str | None:
        try:
            verify_document(signed(), kind=KIND, issuer=LEAF, keys=KEYS, now=at(now))
        except GatewayError as error:
            return error.code
        return None

    assert verify() == code


@pytest.mark.parametrize(
    ("offered", "code"), [(-1, "trust_rollback"), (0, "trust_equivocation"), (1, None)]
)
def test_other_content_has_to_be_newer(offered: int, code: str | None) -> None:
    def check() -> str | None:
        try:
            check_newer(NOON, Timestamp(NOON + offered))
        except GatewayError as error:
            return error.code
        return None

    assert check() == code


def test_the_keys_of_documents_are_the_live_federation_keys_of_a_city_whose_chain_counts() -> None:
    city = jinhua()
    known = city.known()

    assert known.federation_keys(NOON) == (city.k2.public, city.k2next.public)
    assert known.federation_keys(at(DAY)) == ()
    assert TrustedCity.first(city.pins()).federation_keys(NOON) == ()
