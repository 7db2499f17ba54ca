"""Signing in as a citizen sees it: the way there, a fresh proof, and who is not served."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import unquote

import pytest
from flask import Flask, Response
from werkzeug.test import TestResponse

from gateway.ids import Timestamp
from gateway.services.identity import PROVED_S, AskedClaims
from gateway.services.sign_in import Attempt, ProviderUnavailableError
from gateway.web.admission import Who, citizen, open_to
from gateway.web.fresh_sign_in import fresh
from gateway.web.wiring import make_flask
from tests.web.people_site import ISSUER, PeopleSite, Provider
from tests.web.site import LEAF
from tests.world import NOON


class Down(Provider):
    """A provider that does not answer."""

    def authorization_url(self, attempt: Attempt) -> str:
        raise ProviderUnavailableError("the provider does not answer")


@open_to(Who.CITIZEN)
@fresh
def secret() -> Response:
    return Response(citizen().holder or "")


def app_of(people: PeopleSite) -> Flask:
    app = make_flask(people.gateway)
    app.add_url_rule("/code/secret", "secret", secret, methods=["GET", "POST"])
    app.add_url_rule("/code/secret/done", "done", secret, methods=["POST"])
    app.add_url_rule("/api/v1/secret", "api", secret)
    return app


def test_a_proof_of_now_opens_the_page_until_it_is_ten_minutes_old(people: PeopleSite) -> None:
    people.client = app_of(people).test_client()
    people.sign_in()

    away = people.get("/code/secret")

    assert away.headers["Location"] == "/sign-in?fresh=1&next=/code/secret"
    people.sign_in(fresh=True)
    assert people.get("/code/secret").text == "张*"
    people.site.clock.time = Timestamp(NOON + PROVED_S - 1)
    assert people.get("/code/secret").status_code == 200
    people.site.clock.time = Timestamp(NOON + PROVED_S)
    assert people.get("/code/secret").status_code == 303


def test_a_form_without_a_proof_is_not_taken_and_leads_back_to_a_page(people: PeopleSite) -> None:
    people.client = app_of(people).test_client()
    people.sign_in()

    ways = [people.post(path).headers["Location"] for path in ("/code/secret", "/code/secret/done")]

    assert ways == ["/sign-in?fresh=1&next=/code/secret"] * 2


def test_a_program_without_a_proof_is_refused_with_a_code(people: PeopleSite) -> None:
    people.client = app_of(people).test_client()
    people.sign_in()

    answer = people.get("/api/v1/secret")

    assert (answer.status_code, answer.get_json()["code"]) == (403, "fresh_sign_in_required")


def test_a_fresh_sign_in_ends_the_session_from_before(people: PeopleSite) -> None:
    people.sign_in()
    before = people.client.get_cookie("__Host-citizen", domain="credit.wenzhou.example")
    assert before is not None

    people.sign_in(fresh=True)

    thief = people.browser()
    thief.set_cookie("__Host-citizen", before.value, domain="credit.wenzhou.example")
    assert people.get("/consent", thief).status_code == 303


def signed_in_as(people: PeopleSite, code: str) -> TestResponse:
    state = people.get("/sign-in/provider").headers["Location"].partition("state=")[2]
    return people.get(f"/sign-in/callback?state={state}&code={code}&iss={ISSUER}")


def test_a_phone_forgets_what_is_not_of_whoever_signs_in_next(people: PeopleSite) -> None:
    heads = [
        signed_in_as(people, code).headers.get("Clear-Site-Data")
        for code in ("c", "c", "illustrative-2")
    ]
    people.client.set_cookie("__Host-citizen", "A" * 43, domain="credit.wenzhou.example")
    heads.append(signed_in_as(people, "c").headers.get("Clear-Site-Data"))

    # A session that is over tells nobody's name; the page before the provider erased the pack.
    assert heads == [None, None, '"cache", "storage"', None]


@pytest.mark.parametrize(("language", "said"), [("zh", "已满18周岁"), ("en", "18 and over")])
def test_whoever_is_not_18_is_told_kindly_and_gets_no_session(
    people: PeopleSite, language: str, said: str
) -> None:
    people.get(f"/?lang={language}")
    state = people.get("/sign-in/provider").headers["Location"].partition("state=")[2]

    answer = people.get(f"/sign-in/callback?state={state}&code=child&iss={ISSUER}")

    assert answer.status_code == 403
    assert said in answer.text
    assert people.client.get_cookie("__Host-citizen", domain=LEAF.partition("//")[2]) is None


@pytest.mark.parametrize(
    ("query", "next_page"),
    [
        ("", "/code/plain"),
        ("?city=330300", "/code/plain%3Fcity%3D330300"),
        (
            "?city=330300&scenario=lodging.hotel",
            "/code/plain%3Fcity%3D330300%26scenario%3Dlodging.hotel",
        ),
        ("?subject=x", "/code/plain"),
        ("?city=330300&next=//evil.example", "/code/plain"),
        ("?%ff", "/code/plain"),
    ],
)
def test_the_choice_of_a_code_without_page_code_survives_signing_in(
    people: PeopleSite, query: str, next_page: str
) -> None:
    assert people.get(f"/code/plain{query}").headers["Location"] == f"/sign-in?next={next_page}"

    onward = re.search(
        r'id="onward"[^>]* href="([^"]+)"', people.get(f"/sign-in?next={next_page}").text
    )

    assert onward is not None
    away = people.get(unescape(onward[1])).headers["Location"]
    state = away.partition("state=")[2]
    back = people.get(f"/sign-in/callback?state={state}&code=c&iss={ISSUER}")
    assert back.headers["Location"] == unquote(next_page)


def test_the_page_before_the_provider_says_what_is_asked_there(people: PeopleSite) -> None:
    assert people.gateway.sign_in is not None
    asks = replace(people.gateway.sign_in, asked=AskedClaims(name="name", adult="age_over_18"))
    modest = people.get("/sign-in").text
    people.gateway = replace(people.gateway, sign_in=asks)

    shown = people.get("/sign-in", people.browser()).text

    assert "张*" in shown
    assert "18周岁" in shown
    assert "张*" not in modest
    assert "18周岁" not in modest


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "身份认证暂时没有回应"), ("en", "The sign-in")]
)
def test_a_provider_that_is_down_is_named_and_nobody_is_blamed(
    people: PeopleSite, language: str, said: str
) -> None:
    assert people.gateway.sign_in is not None
    down = replace(people.gateway.sign_in, provider=Down())
    people.gateway = replace(people.gateway, sign_in=down)
    people.client = people.browser()
    people.get(f"/?lang={language}")

    answer = people.get("/sign-in/provider")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert said in answer.text
    assert 'href="/sign-in"' in answer.text
    assert 'href="/staff/sign-in"' in people.get("/staff/sign-in/callback").text


def test_a_city_that_only_verifies_says_so_in_the_finder(people: PeopleSite) -> None:
    people.gateway = replace(people.gateway, sign_in=None)
    people.client = people.browser()

    shown = people.get("/").text

    assert "只核验,不发码" in shown
    assert 'href="/code"' not in shown
    assert people.get("/sign-in").status_code == 404
