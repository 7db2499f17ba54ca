import base64
import secrets
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from gateway.ids import MerchantId, ScenarioId, VenueId
from gateway.jose.keys import generate
from gateway.services.tills import TillClient
from tests.web.people_site import ACTING, PeopleSite, people_site
from tests.web.site import LEAF
from tests.world import GYM, HOTEL, JINHUA, NOON

FORM = {"grant_type": "client_credentials"}


@pytest.fixture
def site(tmp_path: Path) -> Generator[PeopleSite]:
    with people_site(tmp_path) as made:
        yield made


def basic(client_id: str, secret: str) -> dict[str, str]:
    pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def register(
    site: PeopleSite, *scenarios: ScenarioId, venue: str | None = None
) -> tuple[TillClient, dict[str, str]]:
    till, secret = site.register_tills.add(
        MerchantId("m-1"),
        "till",
        frozenset(scenarios) or None,
        VenueId(venue) if venue else None,
        None,
        ACTING,
    )
    return till, basic(till.id, secret or "")


def ask(
    site: PeopleSite, headers: Mapping[str, str], form: Mapping[str, object] = FORM, query: str = ""
) -> TestResponse:
    return site.browser().post(
        f"/oauth2/token{query}", data=form, headers=dict(headers), base_url=LEAF
    )


def verify(site: PeopleSite, token: str, **members: object) -> TestResponse:
    body = {"code": JINHUA.show(), "scenario": HOTEL, **members}
    headers = {"Authorization": f"Bearer {token}"}
    return site.browser().post("/api/v1/verifications", json=body, headers=headers, base_url=LEAF)


def test_a_till_gets_a_token_and_with_it_a_verdict(site: PeopleSite) -> None:
    _, header = register(site)

    answer = ask(site, header)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    given = answer.get_json()
    assert set(given) == {"access_token", "token_type", "expires_in", "scope"}
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 3600)
    assert "scenario:lodging.hotel" in given["scope"]
    assert verify(site, given["access_token"]).get_json()["outcome"] == "recognised"


def test_a_till_with_a_key_gets_a_token_with_what_authlib_signs(site: PeopleSite) -> None:
    key = generate()
    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    theirs = ECKey.import_key(pem)
    till, _ = site.register_tills.add(MerchantId("m-1"), "till", None, None, key.public, ACTING)
    assertion = private_key_jwt_sign(
        theirs, client_id=till.id, token_endpoint=f"{LEAF}/oauth2/token", alg="ES256",
        claims={"iat": NOON, "exp": NOON + 60, "jti": secrets.token_urlsafe(16)},
    )  # fmt: skip
    form = {
        **FORM,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }

    first, again = ask(site, {}, form | {"client_id": till.id}), ask(site, {}, form)

    assert first.status_code == 200
    assert (again.status_code, again.get_json()["error"]) == (401, "invalid_client")


def test_a_till_proves_who_it_is_in_one_way(site: PeopleSite) -> None:
    _, header = register(site)
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    form = {**FORM, "client_assertion_type": kind, "client_assertion": "x"}

    answer = ask(site, header, form)

    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")


def test_a_narrow_token_is_good_for_its_scenario_and_venue_alone(site: PeopleSite) -> None:
    _, header = register(site, HOTEL, venue="hall")
    token = ask(site, header).get_json()["access_token"]

    assert verify(site, token, scenario=GYM).get_json()["outcome"] == "no_benefit"
    assert verify(site, token, venue="east").get_json()["outcome"] == "no_benefit"
    assert verify(site, token).get_json()["outcome"] == "recognised"


def test_a_token_asked_narrower_is_narrower(site: PeopleSite) -> None:
    _, header = register(site)

    given = ask(site, header, {**FORM, "scope": f"scenario:{GYM}"}).get_json()

    assert given["scope"] == f"scenario:{GYM}"
    assert verify(site, given["access_token"]).get_json()["outcome"] == "no_benefit"


def test_a_till_voids_only_what_it_may_verify(site: PeopleSite) -> None:
    _, hotel = register(site, HOTEL)
    _, gym = register(site, GYM)
    granted = verify(site, ask(site, hotel).get_json()["access_token"]).get_json()

    def void(header: Mapping[str, str]) -> int:
        token = ask(site, header).get_json()["access_token"]
        path = f"/api/v1/verifications/{granted['receipt']}/void"
        headers = {"Authorization": f"Bearer {token}"}
        return site.browser().post(path, headers=headers, base_url=LEAF).status_code

    assert (void(gym), void(hotel)) == (404, 204)


def test_a_device_does_not_leave_its_venue_through_the_api(site: PeopleSite) -> None:
    secret, _ = site.enrol_devices.link(MerchantId("m-1"), VenueId("hall"), "till", ACTING)
    phone = site.browser()
    site.post("/merchant/enrol", {"link": secret}, phone)

    def showing(**members: object) -> str:
        form = {"X-Form-Token": site.form_token(phone)}
        body = {"code": JINHUA.show(), **members}
        answer = phone.post("/api/v1/verifications", json=body, headers=form, base_url=LEAF)
        outcome: str = answer.get_json()["outcome"]
        return outcome

    assert showing(scenario=GYM) == "no_benefit"
    assert showing(scenario=GYM, venue="hall") == "no_benefit"
    assert showing(scenario=HOTEL) == "recognised"


REFUSED: dict[str, tuple[Mapping[str, object], int, str]] = {
    "another grant": ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    "no grant": ({"scope": ""}, 400, "unsupported_grant_type"),
    "a field twice": ({**FORM, "scope": ["a", "b"]}, 400, "invalid_request"),
    "a scope of another kind": ({**FORM, "scope": "openid"}, 400, "invalid_scope"),
    "a scenario of nobody": ({**FORM, "scope": "scenario:gov.tax"}, 400, "invalid_scope"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_request_is_refused_in_our_words(site: PeopleSite, case: str) -> None:
    form, status, error = REFUSED[case]
    _, header = register(site)

    answer = ask(site, header, form)

    assert (answer.status_code, answer.get_json()["error"]) == (status, error)
    assert set(answer.get_json()) == {"error", "error_description"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_nothing_of_a_till_stands_in_the_address(site: PeopleSite) -> None:
    _, header = register(site)

    answer = ask(site, header, FORM, "?scope=x")

    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")


def test_a_cookie_that_a_proxy_added_is_no_forgery(site: PeopleSite) -> None:
    _, header = register(site)
    browser = site.browser()
    browser.set_cookie("SERVERID", "a", domain="credit.wenzhou.example")

    unknown = browser.post("/oauth2/token", data=FORM, base_url=LEAF)
    known = browser.post("/oauth2/token", data=FORM, headers=header, base_url=LEAF)

    assert (unknown.status_code, known.status_code) == (401, 200)


def test_json_is_no_form(site: PeopleSite) -> None:
    answer = site.browser().post("/oauth2/token", json=dict(FORM), base_url=LEAF)

    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")


STRANGERS: dict[str, Mapping[str, str]] = {
    "nobody's id": basic("till-0000000000000000", "x"),
    "an id that is none": basic("x\0y", "x"),
    "no credentials": {},
    "bytes that are no text": {"Authorization": "Basic /////w=="},
    "no base64": {"Authorization": "Basic é"},
    "a bearer token": {"Authorization": "Bearer x"},
}


@pytest.mark.parametrize("case", STRANGERS)
def test_a_stranger_is_told_one_thing(site: PeopleSite, case: str) -> None:
    _, header = register(site)
    wrong = basic(base64.b64decode(header["Authorization"][6:]).decode().split(":")[0], "wrong")

    told = ask(site, STRANGERS[case])

    assert told.status_code == 401
    assert told.headers["WWW-Authenticate"] == "Basic"
    assert told.data == ask(site, wrong).data


def test_a_suspended_merchants_till_is_told_whom_to_ask(site: PeopleSite) -> None:
    _, header = register(site)
    note = ACTING.note("merchant.suspended", "m-1")
    site.store.merchant_states.set_state(MerchantId("m-1"), "suspended", "closed", note)

    answer = ask(site, header)

    assert (answer.status_code, answer.get_json()["error"]) == (400, "unauthorized_client")


def test_too_large_a_form_is_answered_as_oauth_does(site: PeopleSite) -> None:
    answer = ask(site, {}, {**FORM, "scope": "x" * 17_000})

    assert answer.status_code == 413
    assert set(answer.get_json()) == {"error", "error_description"}
