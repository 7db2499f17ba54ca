"""A provider that does not answer is named before citizens find it out."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app.checks import Check, Result
from gateway.app.sign_in_doctor import sign_in_checks
from gateway.services.identity import AskedClaims
from gateway.settings import ProviderKind, Settings
from tests.app.places import new_place
from tests.remote.liar import lying
from tests.remote.portal import CLIENT, SECRET, portal

ASKED = AskedClaims(name="name", adult="age_over_18")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return new_place(tmp_path / "demo").settings()


def at(
    settings: Settings, issuer: str, kind: ProviderKind = ProviderKind.OPENID
) -> tuple[Check, ...]:
    """Return what is found if the citizens' provider is at ``issuer``, and staff has none."""
    assert settings.sign_in is not None
    settings.sign_in.secret_file.write_text(SECRET)
    stated = replace(
        settings.sign_in.stated, issuer=issuer, client_id=CLIENT, kind=kind, asked=ASKED
    )
    provider = replace(settings.sign_in, stated=stated)
    return tuple(sign_in_checks(replace(settings, sign_in=provider, staff_sign_in=None)))


def test_both_providers_of_the_city_file_are_asked(settings: Settings) -> None:
    found = list(sign_in_checks(settings))

    # Nobody listens there: a doubt, since whoever is signed in goes on.
    assert [(each.name, each.result) for each in found] == [
        ("sign-in", Result.WARN),
        ("staff sign-in", Result.WARN),
    ]


def test_without_a_provider_there_is_nothing_to_ask(settings: Settings) -> None:
    assert list(sign_in_checks(replace(settings, sign_in=None, staff_sign_in=None))) == []


@pytest.mark.parametrize(
    ("claims", "missing"),
    [
        (None, ""),
        ("no list", ""),
        (["sub", "name", "age_over_18", "auth_time"], ""),
        (["sub", "name", "age_over_18"], "auth_time"),
        (["sub", "auth_time"], "name, age_over_18"),
    ],
)
def test_a_provider_that_lists_its_claims_lists_what_is_asked(
    settings: Settings, claims: object, missing: str
) -> None:
    with lying() as liar:
        liar.metadata = {"claims_supported": claims}
        (found,) = at(settings, liar.issuer)

    assert found.result is (Result.WARN if missing else Result.OK)
    assert f"does not list {missing} in" in found.what or not missing


def test_a_portal_is_asked_about_a_ticket_that_it_never_gave(settings: Settings) -> None:
    with portal() as made:
        (well,) = at(settings, made.address, ProviderKind.TICKET)
        made.status = 500
        (broken,) = at(settings, made.address, ProviderKind.TICKET)

    assert (well.result, broken.result) == (Result.OK, Result.WARN)
