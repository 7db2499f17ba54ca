"""A city file says how its citizens sign in, and the gateway does so."""

from pathlib import Path

import pytest

from gateway.app.composition import open_city
from gateway.app.signing_in import sign_in_of, staff_sign_in_of
from gateway.demo.layout import Place
from gateway.services.identity import AskedClaims
from gateway.settings import ProviderKind
from tests.app.places import new_place
from tests.world import NOON


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return new_place(tmp_path / "demo")


def restate(place: Place, old: str, new: str) -> None:
    file = Path(place.environ["CREDIT_GATEWAY_CITY_FILE"])
    stated = file.read_text("utf-8")
    assert old in stated
    file.write_text(stated.replace(old, new, 1), "utf-8")


def test_a_portal_with_tickets_is_sent_to_with_our_own_address(place: Place) -> None:
    restate(place, "[sign_in]\n", '[sign_in]\nkind = "ticket"\n')
    settings = place.settings()

    with open_city(settings) as city:
        sign_in, staff = sign_in_of(city), staff_sign_in_of(city)

    assert sign_in is not None
    assert staff is not None
    url, _ = sign_in.begin("/code", NOON)
    assert url.startswith(f"{sign_in.issuer}/login?service=http%3A%2F%2F127.0.0.1")
    assert "%2Fsign-in%2Fcallback%3Fstate%3D" in url


def test_the_claims_that_the_demonstration_asks_for_are_in_its_city_files(place: Place) -> None:
    settings = place.settings()

    assert settings.sign_in is not None
    assert settings.sign_in.stated.kind is ProviderKind.OPENID
    assert settings.sign_in.stated.asked == AskedClaims(name="name", adult="age_over_18")
    assert settings.staff_sign_in is not None
    assert settings.staff_sign_in.stated.asked == AskedClaims()


def test_a_city_without_a_provider_signs_nobody_in(place: Place) -> None:
    file = Path(place.environ["CREDIT_GATEWAY_CITY_FILE"])
    stated = file.read_text("utf-8")
    head, _, rest = stated.partition("[sign_in]\n")
    file.write_text(head + rest.partition("[retention]")[1] + rest.partition("[retention]")[2])

    with open_city(place.settings()) as city:
        assert sign_in_of(city) is None
        assert staff_sign_in_of(city) is None
