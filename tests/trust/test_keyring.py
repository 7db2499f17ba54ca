import pytest

from gateway.ids import CityId, ScenarioId, Timestamp
from gateway.jose.keys import PublicKey, generate
from gateway.trust.keyring import CodeKey, Issuer, Keyring
from gateway.trust.states import PartnerState
from tests.trust.cities import HOUR, NOON, at

OWN, PARTNER, OTHER = CityId("330700"), CityId("330300"), CityId("330500")


def code_key(public: PublicKey | None = None) -> CodeKey:
    return CodeKey(
        public=public or generate().public,
        not_before=NOON,
        expires_at=at(HOUR),
        usable_from=NOON,
    )


def issuer(
    city: CityId = PARTNER,
    *keys: CodeKey,
    state: PartnerState = PartnerState.ACTIVE,
    obtained_at: int = NOON,
) -> Issuer:
    return Issuer(
        city=city,
        state=state,
        statements_expire_at=at(HOUR),
        obtained_at=Timestamp(obtained_at),
        keys=keys,
        code_lifetime_max_s=120,
        scenarios=frozenset({ScenarioId("lodging.hotel"), ScenarioId("travel.attraction")}),
    )


def test_keys_are_found_by_the_first_eight_characters_of_their_id() -> None:
    one, other = code_key(), code_key()
    city = issuer(PARTNER, one, other)

    assert city.candidates(one.public.kid[:8]) == (one,)
    assert city.candidates(other.public.kid[:8]) == (other,)
    assert city.candidates("________") == ()
    assert city.candidates(one.public.kid) == ()


def test_two_keys_with_one_hint_are_both_tried() -> None:
    key = generate().public
    twin = PublicKey(kid=type(key.kid)(key.kid[:8] + "A" * 35), x=key.x, y=key.y, native=key.native)
    city = issuer(PARTNER, code_key(key), code_key(twin))

    assert [each.public for each in city.candidates(key.kid[:8])] == [key, twin]


def test_one_citys_key_is_not_found_under_another_city() -> None:
    key = code_key()
    keyring = Keyring(own=OWN, issuers={PARTNER: issuer(PARTNER, key), OTHER: issuer(OTHER)})

    partner, other = keyring.issuer(PARTNER), keyring.issuer(OTHER)

    assert partner is not None
    assert other is not None
    assert partner.candidates(key.public.kid[:8]) == (key,)
    assert other.candidates(key.public.kid[:8]) == ()
    assert keyring.issuer(CityId("330400")) is None


@pytest.mark.parametrize(
    ("scenario", "agreed"),
    [
        ("lodging.hotel", True),
        ("lodging.hotel.suite", True),
        ("travel.attraction.free.night", True),
        ("lodging", False),
        ("lodging.hotels", False),
        ("lodging.hostel", False),
    ],
)
def test_an_agreed_scenario_includes_those_below_it(scenario: str, agreed: bool) -> None:  # noqa: FBT001  a parameter of the test
    assert issuer().scenario_agreed(ScenarioId(scenario)) is agreed


@pytest.mark.parametrize("state", PartnerState)
def test_only_an_active_city_verifies(state: PartnerState) -> None:
    assert issuer(state=state).verifies(NOON) is (state is PartnerState.ACTIVE)


def test_a_city_verifies_until_its_statements_end() -> None:
    assert issuer().verifies(at(HOUR - 1))
    assert not issuer().verifies(at(HOUR))


def test_trust_is_as_old_as_the_oldest_active_partner() -> None:
    keyring = Keyring(
        own=OWN,
        issuers={
            OWN: issuer(OWN, obtained_at=NOON - 9000),
            PARTNER: issuer(PARTNER, obtained_at=NOON - 50),
            OTHER: issuer(OTHER, obtained_at=NOON - 70),
            CityId("330400"): issuer(
                CityId("330400"), state=PartnerState.SUSPENDED, obtained_at=NOON - 9000
            ),
        },
    )

    assert keyring.trust_age_s(NOON) == 70
    assert keyring.trust_age_s(at(-60)) == 10
    assert keyring.trust_age_s(at(-100)) == 0
    assert keyring.trust_age_s(at(HOUR)) == 0


def test_without_partners_trust_has_no_age() -> None:
    assert Keyring(own=OWN, issuers={}).trust_age_s(NOON) == 0
