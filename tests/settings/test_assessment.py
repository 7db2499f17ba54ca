"""Where assessments come from: a service, with everything that it needs, or a file."""

import pytest

from gateway.settings import load
from tests.settings.builders import CityOnDisk

CITY = "wenzhou.toml"
NOT_ALLOWED = "policy_not_allowed"
SERVICE = (
    'kind = "http"\nurl = "https://scores.city.example/people"\n'
    'token_url = "https://login.city.example/token"\nclient_id = "gateway"'
)
SECRET_FILE = "CREDIT_GATEWAY_ASSESSMENT_SECRET_FILE"


def with_service(city: CityOnDisk, old: str = "", new: str = "") -> dict[str, str]:
    """Let assessments come from a service, stated otherwise in one place."""
    assert old in SERVICE
    stated = 'kind = "file"\npath = "assessments.csv"'
    city.replace(city.city_file, stated, SERVICE.replace(old, new) if old else SERVICE)
    return {SECRET_FILE: str(city.root / "passphrase")}


def test_a_service_is_read_with_its_secret_s_place(city: CityOnDisk) -> None:
    secret = with_service(city, "client_id", 'scope = "a b"\nca_file = "ca.pem"\nclient_id')

    issuing = load(city.environ | secret).issuing

    assert issuing is not None
    assert issuing.assessment.path is None
    service = issuing.assessment.service
    assert service is not None
    assert (service.url, service.client_id) == ("https://scores.city.example/people", "gateway")
    assert (service.scope, service.ca_file) == ("a b", city.root / "state" / "ca.pem")
    assert str(service.secret_file) == secret[SECRET_FILE]


SERVICES: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "no url": ('url = "https://scores', '#"', [("assessment.url", "policy_missing")]),
    "no name": ("client_id", "#", [("assessment.client_id", "policy_missing")]),
    "a number": ("scores.city.example", "10.0.0.1", [("assessment.url", NOT_ALLOWED)]),
    "a question": ("/people", "/people?who=", [("assessment.url", NOT_ALLOWED)]),
    "a path too": ("client_id", 'path = "a.csv"\nclient_id', [("assessment.path", NOT_ALLOWED)]),
    "plain": (
        "https://login.city.example",
        "http://127.0.0.1:1",
        [("assessment.token_url", "settings_not_allowed")],
    ),
}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_is_stated_wrongly_is_refused_by_key(city: CityOnDisk, name: str) -> None:
    old, new, expected = SERVICES[name]
    city.be("production")

    assert city.refusal(**with_service(city, old, new)) == [(CITY, *each) for each in expected]


def test_a_demo_may_ask_a_service_on_its_own_machine(city: CityOnDisk) -> None:
    secret = with_service(city, "https://login.city.example", "http://127.0.0.1:1")
    city.be("demo")

    assert city.refusal(**secret) == []


@pytest.mark.parametrize("secret", [None, "/nowhere/at/all"])
def test_a_service_needs_a_secret(city: CityOnDisk, secret: str | None) -> None:
    with_service(city)

    assert city.refusal(**{SECRET_FILE: secret}) == [
        ("environment", SECRET_FILE, "settings_not_allowed")
    ]


def test_a_file_has_no_use_for_an_address(city: CityOnDisk) -> None:
    city.replace(city.city_file, 'path = "assessments.csv"', 'path = "a.csv"\nscope = "a"')

    assert city.refusal() == [(CITY, "assessment.scope", NOT_ALLOWED)]
