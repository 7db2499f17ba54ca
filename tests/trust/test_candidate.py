from dataclasses import replace

import pytest

from gateway.trust.candidate import CandidateError, read_candidate
from gateway.trust.errors import AnchorKeysError
from gateway.trust.statements import VerifierMetadata
from gateway.trust.trusted_city import Role
from tests.trust.cities import DAY, HOTEL, NOON, at, jinhua, signed, wenzhou

CITY = wenzhou()


def test_a_candidate_is_what_a_city_says_of_itself() -> None:
    candidate = read_candidate(CITY.leaf, CITY.tokens(), NOON)

    assert candidate.pins == CITY.pins()
    assert candidate.city.counts(Role.LEAF, NOON)


def test_a_candidate_that_only_verifies_has_no_division() -> None:
    leaf = replace(
        CITY.leaf_configuration(),
        issuer=None,
        verifier=VerifierMetadata(scenarios_supported=(HOTEL,)),
    )

    candidate = read_candidate(CITY.leaf, CITY.tokens() | {Role.LEAF: signed(leaf, CITY.k2)}, NOON)

    assert candidate.pins.division is None


@pytest.mark.parametrize("role", Role)
def test_a_foreign_statement_makes_no_candidate(role: Role) -> None:
    tokens = CITY.tokens() | {role: jinhua().tokens()[role]}

    with pytest.raises(CandidateError) as refusal:
        read_candidate(CITY.leaf, tokens, NOON)

    assert refusal.value.role is role
    assert refusal.value.refusal in {"trust_wrong_entity", "trust_unknown_signer"}


def test_an_expired_statement_makes_no_candidate() -> None:
    with pytest.raises(CandidateError) as refusal:
        read_candidate(CITY.leaf, CITY.tokens(), at(DAY))

    assert (refusal.value.role, refusal.value.refusal) == (Role.LEAF, "trust_expired")


@pytest.mark.parametrize("count", [1, 3])
def test_an_anchor_to_pin_has_two_keys(count: int) -> None:
    keys = (CITY.k1.public, CITY.k1s.public, jinhua().k1.public)[:count]
    anchor = replace(CITY.anchor_configuration(), keys=keys)

    with pytest.raises(AnchorKeysError):
        read_candidate(CITY.leaf, CITY.tokens() | {Role.ANCHOR: signed(anchor, CITY.k1)}, NOON)


def test_an_anchor_that_somebody_else_signed_makes_no_candidate() -> None:
    forged = signed(CITY.anchor_configuration(), jinhua().k1)

    with pytest.raises(CandidateError) as refusal:
        read_candidate(CITY.leaf, CITY.tokens() | {Role.ANCHOR: forged}, NOON)

    assert refusal.value.refusal == "trust_unknown_signer"
