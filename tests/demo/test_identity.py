"""The demonstration's provider: the real protocol, for made-up people only."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from gateway.clock import SystemClock
from gateway.demo.errors import DemoError
from gateway.demo.identity import grants
from gateway.demo.identity.app import PEOPLE, Person, from_environment, make_provider
from gateway.demo.identity.plan import (
    MARKER,
    PLAN_FILE,
    PLAN_VARIABLE,
    Registered,
    read_plan,
    write_plan,
)
from gateway.demo.names import CHILD
from gateway.ids import Timestamp
from gateway.services.sign_in import Attempt

ATTEMPT = Attempt(
    state="s" * 43, nonce="n" * 43, verifier="v" * 43, return_to="/", expires_at=Timestamp(0)
)


def registered(slug: str) -> Registered:
    return Registered(
        slug=slug,
        name=slug,
        issuer=f"http://127.0.0.1:1/{slug}",
        leaf=f"http://127.0.0.1:2/{slug}",
        client_id=f"gateway-{slug}",
        secret="illustrative secret of the client",
    )


PLAN = {slug: registered(slug) for slug in ("huzhou", "wenzhou")}
HUZHOU = PLAN["huzhou"]
ASKED = {
    "response_type": "code",
    "client_id": HUZHOU.client_id,
    "redirect_uri": HUZHOU.redirect_uri,
    "scope": "openid",
    "state": ATTEMPT.state,
    "nonce": ATTEMPT.nonce,
    "code_challenge": ATTEMPT.challenge,
    "code_challenge_method": "S256",
}


@pytest.fixture
def provider() -> FlaskClient:
    return make_provider(PLAN).test_client()


def choose(
    provider: FlaskClient,
    changed: Mapping[str, str | None] | None = None,
    person: str = PEOPLE[0].subject,
) -> TestResponse:
    said = dict(ASKED) | dict(changed or {})
    query = {name: value for name, value in said.items() if value is not None}
    return provider.post("/huzhou/authorize", query_string=query, data={"person": person})


def code_of(answer: TestResponse) -> str:
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def exchange(provider: FlaskClient, code: str, **changed: str) -> TestResponse:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": HUZHOU.redirect_uri,
        "code_verifier": ATTEMPT.verifier,
    }
    return provider.post(
        "/huzhou/token", data=form | changed, auth=(HUZHOU.client_id, HUZHOU.secret)
    )


def test_a_made_up_person_is_named_to_the_city_that_asked(provider: FlaskClient) -> None:
    answer = choose(provider)
    token = exchange(provider, code_of(answer)).get_json()["id_token"]

    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (back["state"], back["iss"]) == ([ATTEMPT.state], [HUZHOU.issuer])
    keys = KeySet.import_key_set(provider.get("/huzhou/jwks").get_json())
    claims = jwt.decode(token, keys, algorithms=["ES256"]).claims
    assert claims["iss"] == HUZHOU.issuer
    assert claims["aud"] == [HUZHOU.client_id]
    assert claims["nonce"] == ATTEMPT.nonce
    assert claims["sub"] == PEOPLE[0].subject
    assert "name" not in claims
    assert abs(claims["auth_time"] - SystemClock().now()) <= 5


@pytest.mark.parametrize("person", PEOPLE)
def test_a_city_that_asks_is_told_a_name_and_yes_or_no(
    provider: FlaskClient, person: Person
) -> None:
    answer = choose(provider, {"scope": "openid profile"}, person.subject)
    token = exchange(provider, code_of(answer)).get_json()["id_token"]

    keys = KeySet.import_key_set(provider.get("/huzhou/jwks").get_json())
    claims = jwt.decode(token, keys, algorithms=["ES256"]).claims
    assert (claims["name"], claims["age_over_18"]) == (person.name, person.adult)
    assert person.adult is (person.subject != CHILD)


def test_the_page_says_that_it_is_a_demonstration_and_asks_no_password(
    provider: FlaskClient,
) -> None:
    shown = provider.get("/huzhou/authorize", query_string=ASKED)

    text = shown.get_data(as_text=True)
    assert "演示" in text
    assert "Demonstration" in text
    assert "password" not in re.sub("no passwords", "", text)
    assert "form-action 'self' http://127.0.0.1:*" in shown.headers["Content-Security-Policy"]
    assert all(person.zh in text for person in PEOPLE)


def test_the_public_keys_are_public_only(provider: FlaskClient) -> None:
    (key,) = provider.get("/huzhou/jwks").get_json()["keys"]

    assert "d" not in key


def test_a_code_is_spent_once(provider: FlaskClient) -> None:
    code = code_of(choose(provider))

    assert exchange(provider, code).status_code == 200
    assert exchange(provider, code).get_json()["error"] == "invalid_grant"


def test_a_code_tried_with_a_wrong_verifier_is_lost(provider: FlaskClient) -> None:
    code = code_of(choose(provider))

    assert exchange(provider, code, code_verifier="w" * 43).status_code == 400
    assert exchange(provider, code).status_code == 400


def test_a_code_lives_for_a_minute(provider: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    code = code_of(choose(provider))

    monkeypatch.setattr(grants, "CODE_S", -1)

    assert exchange(provider, code).status_code == 400


def test_of_too_many_codes_the_oldest_are_forgotten(
    provider: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grants, "MAX_CODES", 1)
    first, second = code_of(choose(provider)), code_of(choose(provider))

    assert exchange(provider, first).status_code == 400
    assert exchange(provider, second).status_code == 200


NOT_SENT_BACK: dict[str, dict[str, str | None]] = {
    "an unknown client": {"client_id": "gateway-nowhere"},
    "another city's client": {
        "client_id": "gateway-wenzhou",
        "redirect_uri": PLAN["wenzhou"].redirect_uri,
    },
    "another address": {"redirect_uri": "https://evil.example/"},
    "no nonce": {"nonce": None},
    "no challenge": {"code_challenge": None},
    "the implicit flow": {"response_type": "id_token"},
}


@pytest.mark.parametrize("name", NOT_SENT_BACK)
def test_a_request_that_is_not_ours_gets_no_code(provider: FlaskClient, name: str) -> None:
    answer = choose(provider, NOT_SENT_BACK[name])

    assert "code=" not in answer.headers.get("Location", "")
    assert answer.status_code == 400 or "error=" in answer.headers["Location"]


def test_nobody_can_be_somebody_who_is_not_on_the_page(provider: FlaskClient) -> None:
    assert choose(provider, person="illustrative-tier-3").status_code == 400


def test_a_wrong_secret_exchanges_nothing(provider: FlaskClient) -> None:
    code = code_of(choose(provider))

    answer = provider.post(
        "/huzhou/token",
        data={"grant_type": "authorization_code", "code": code},
        auth=(HUZHOU.client_id, "wrong"),
    )

    assert answer.get_json()["error"] == "invalid_client"


@pytest.mark.parametrize("path", ["/nowhere/jwks", "/nowhere/authorize", "/nowhere/end", "/"])
def test_a_city_that_is_not_planned_is_not_served(provider: FlaskClient, path: str) -> None:
    assert provider.get(path).status_code == 404


def test_after_signing_out_the_way_back_is_shown(provider: FlaskClient) -> None:
    assert HUZHOU.leaf in provider.get("/huzhou/end?client_id=x").get_data(as_text=True)


def test_it_starts_in_a_demonstration_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = write_plan(tmp_path, PLAN)
    for slug in PLAN:
        be(tmp_path / slug, "demo")
    monkeypatch.setenv(PLAN_VARIABLE, str(plan))
    with pytest.raises(DemoError):
        from_environment()

    (tmp_path / MARKER).touch()

    assert read_plan(plan) == PLAN
    assert from_environment().test_client().get("/huzhou/jwks").status_code == 200
    assert plan.stat().st_mode & 0o077 == 0


def be(state_dir: Path, kind: str) -> None:
    """Make a state directory as ``init`` does."""
    state_dir.mkdir(exist_ok=True)
    (state_dir / "state.toml").write_text(
        f'kind = "{kind}"\ndivision_code = "330500"\ncreated_at = 2026-11-01T00:00:00+08:00\n'
    )


def elsewhere(**changes: str) -> Mapping[str, Registered]:
    return PLAN | {"huzhou": replace(HUZHOU, **changes)}


NO_DEMONSTRATION: dict[str, tuple[Mapping[str, Registered], Callable[[Path], object]]] = {
    "a production city of the plan": (PLAN, lambda root: be(root / "huzhou", "production")),
    "a production state beside the plan": (PLAN, lambda root: be(root, "production")),
    "a production city that is not planned": (PLAN, lambda root: be(root / "else", "production")),
    "a state that says nothing": (PLAN, lambda root: be(root / "huzhou", "")),
    "a city without a state": (PLAN, lambda root: (root / "huzhou" / "state.toml").unlink()),
    "a gateway over https": (elsewhere(leaf="https://credit.huzhou.example"), lambda _: None),
    "a provider over https": (elsewhere(issuer="https://id.example/huzhou"), lambda _: None),
    "another machine": (elsewhere(leaf="http://10.0.0.1:1"), lambda _: None),
}


@pytest.mark.parametrize("case", NO_DEMONSTRATION)
def test_it_never_starts_beside_what_is_no_demonstration(tmp_path: Path, case: str) -> None:
    plan, spoil = NO_DEMONSTRATION[case]
    (tmp_path / MARKER).touch()
    for slug in PLAN:
        be(tmp_path / slug, "demo")
    spoil(tmp_path)

    with pytest.raises(DemoError):
        read_plan(write_plan(tmp_path, plan))


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": {"name": 1}}', b"{" * 20])
def test_a_broken_plan_starts_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MARKER).touch()
    (tmp_path / PLAN_FILE).write_bytes(content)

    with pytest.raises(DemoError):
        read_plan(tmp_path / PLAN_FILE)
