"""The document of the API is true: of every route, of every example and of real answers."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from flask import Flask
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from werkzeug.test import TestResponse

from gateway.ids import MerchantId, Tier, Timestamp
from gateway.services.assess import Assessment
from gateway.services.practice import Wanted
from gateway.services.rates import Rate, RateLimits
from gateway.services.verdicts import Hint, Outcome
from gateway.storage.buckets import MemoryBuckets
from gateway.web import problems
from gateway.web.admission import Who, admitted
from gateway.web.openapi import samples
from gateway.web.openapi.calls import calls
from gateway.web.openapi.document import document
from gateway.web.openapi.model import Call, Place, pattern
from gateway.web.openapi.refusals import SAID
from gateway.web.openapi.routes import here
from gateway.web.problems import Problem
from gateway.web.wiring import make_flask
from tests.project.tree import ROOT, text_of
from tests.web.people_site import ACTING, PeopleSite
from tests.web.site import LEAF, RATES, Site
from tests.world import DAY, HANGZHOU, HOTEL, JINHUA, NOON

YESTERDAY = Timestamp(NOON - DAY)
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
OURS = ("/api/", "/oauth2/")


@pytest.fixture
def app() -> Flask:
    return make_flask(Site().gateway)


@pytest.fixture
def place(app: Flask) -> Place:
    with app.test_request_context("/"):
        return here()


@pytest.fixture
def said(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = answer.get_json()
    return found


def routes(app: Flask) -> dict[tuple[str, str], str]:
    """Return the endpoint of each method and path, as OpenAPI spells it."""
    return {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in METHODS & (rule.methods or set())
    }


def test_the_document_is_valid_openapi_3_1(said: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(said).validate()

    assert said["openapi"] == "3.1.0"
    assert said["servers"] == [{"url": LEAF}]


def test_every_route_of_the_api_is_documented_and_nothing_else(app: Flask, place: Place) -> None:
    known = routes(app)
    documented = {(call.method, call.path) for call in calls(place)}

    assert {each for each in known if each[1].startswith(OURS)} <= documented
    assert documented <= set(known)


def test_every_call_says_exactly_who_may_call_it(app: Flask, place: Place) -> None:
    known = routes(app)

    for call in calls(place):
        assert admitted(app, known[call.method, call.path]) == set(call.who), call.id
        assert all(call.ways) is ("public" not in call.who), call.id


def examples(said: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield where it stands, its schema and the value, of every example."""
    for path, methods in said["paths"].items():
        for method, call in methods.items():
            where = f"{method} {path}"
            bodies = {"request": call["requestBody"]} if "requestBody" in call else {}
            bodies |= call["responses"]
            for name, body in bodies.items():
                for content in body.get("content", {}).values():
                    assert content["examples"], f"{where} {name} has no example"
                    for example in content["examples"].values():
                        yield f"{where} {name}", content["schema"], example["value"]
            for parameter in call.get("parameters", []):
                yield f"{where} {parameter['name']}", parameter["schema"], parameter["example"]


def test_every_request_and_every_answer_has_examples_that_fit(said: dict[str, Any]) -> None:
    count = 0
    for where, schema, value in examples(said):
        whole = {**schema, "components": said["components"]}
        wrong = [error.message for error in OAS31Validator(whole).iter_errors(value)]
        assert wrong == [], where
        count += 1

    assert count > 40


def test_both_languages_of_an_example_have_the_same_members(place: Place) -> None:
    def members(value: object) -> set[str]:
        return set(value) if isinstance(value, dict) else set()

    for call in calls(place):
        for each in (example for answer in call.answers for example in answer.examples):
            assert members(each.said("zh")) == members(each.said("en")), call.id


def test_the_code_of_the_examples_is_the_first_published_vector() -> None:
    vectors = json.loads((ROOT / "tests/vectors/codes.json").read_text("utf-8"))

    assert vectors["cases"][0]["text"] == samples.CODE
    assert vectors["cases"][0]["expected"]["claims"]["exp"] == samples.EXPIRES_AT


def test_every_problem_has_its_words() -> None:
    defined = {each for each in vars(problems).values() if isinstance(each, Problem)}

    assert set(SAID) == defined


def test_a_reader_who_has_the_document_gets_304() -> None:
    site = Site()
    first = site.client.get("/api/v1/openapi.json")
    etag = first.headers["ETag"]

    again = site.client.get("/api/v1/openapi.json", headers={"If-None-Match": etag})
    stale = site.client.get("/api/v1/openapi.json", headers={"If-None-Match": '"other"'})

    assert (again.status_code, again.get_data()) == (304, b"")
    assert stale.get_data() == first.get_data()
    assert first.headers["Cache-Control"] == "public, max-age=300"


def test_cities_differ_in_what_is_theirs_alone(place: Place) -> None:
    other = document(replace(place, city=JINHUA.code))

    assert other["servers"] == document(place)["servers"]
    assert '"city": "330700"' in json.dumps(other)
    assert '"city": "330700"' not in json.dumps(document(place))


def checked(site: Site, path: str, answer: TestResponse, method: str = "POST") -> TestResponse:
    """Return a real answer once it fits what is documented."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", site.client.application)
    schema[path][method].validate_response(answer)
    return answer


def test_real_answers_to_tills_fit_the_document() -> None:
    site = Site()
    path = "/api/v1/verifications"
    code = JINHUA.show()
    shown = {
        "recognised": {"code": code, "scenario": HOTEL, "request_id": "r-1"},
        "present_again": {"code": code, "scenario": HOTEL},
        "no_benefit": {"code": JINHUA.show(tier=Tier(1)), "scenario": HOTEL},
        "not_a_code": {"code": HANGZHOU.show(), "scenario": HOTEL},
    }

    for outcome, body in shown.items():
        answer = checked(site, path, site.client.post(path, json=body, headers=site.as_merchant()))
        assert answer.get_json()["outcome"] == outcome
    refused: dict[str, dict[str, Any]] = {
        "invalid_request": {"json": {"code": code, "scenario": "no.such"}},
        "malformed_json": {"data": b"{", "content_type": "application/json"},
        "unsupported_media_type": {"data": b"{}", "content_type": "text/plain"},
        "too_large": {"data": b" " * 70_000, "content_type": "application/json"},
        "request_id_reused": {
            "json": {"code": JINHUA.show(), "scenario": HOTEL, "request_id": "r-1"}
        },
    }
    for problem, sent in refused.items():
        answer = checked(site, path, site.client.post(path, headers=site.as_merchant(), **sent))
        assert answer.get_json()["code"] == problem
    for headers in ({}, site.as_citizen()):
        checked(site, path, site.client.post(path, json={}, headers=headers))


def test_real_answers_to_citizens_and_to_everybody_fit_the_document() -> None:
    site = Site()

    for path in ("/api/v1/offers", "/healthz", "/readyz", "/api/v1/openapi.json", "/api/docs"):
        checked(site, path, site.client.get(path), "GET")
    for query in ("?scenario=x", "?city=330700"):
        checked(site, "/api/v1/offers", site.client.get(f"/api/v1/offers{query}"), "GET")
    site.checks["database"] = lambda: False
    checked(site, "/readyz", site.client.get("/readyz"), "GET")
    some = {"example-1": Assessment(reading=700, assessed_on=YESTERDAY, scale_version=None)}
    for readings in (some, {}):
        site.assessments.readings = readings
        answer = site.client.post(
            "/api/v1/codes", json={"kind": "general"}, headers=site.as_citizen()
        )
        assert answer.status_code == 200
        checked(site, "/api/v1/codes", answer)
    site.assessments.gone = True
    before = site.client.post("/api/v1/codes", json={"kind": "general"}, headers=site.as_citizen())
    assert checked(site, "/api/v1/codes", before).get_json()["as_of"] == "2027-01-14"
    site.issuance.last.clear()
    gone = site.client.post("/api/v1/codes", json={"kind": "general"}, headers=site.as_citizen())
    assert checked(site, "/api/v1/codes", gone).status_code == 503


@pytest.mark.parametrize(("lang", "words"), [("zh", "怎样证明身份"), ("en", "Ways in")])
def test_people_read_the_same_calls_in_their_language(
    app: Flask, place: Place, lang: str, words: str
) -> None:
    page = app.test_client().get(f"/api/docs?lang={lang}", base_url=LEAF).get_data(as_text=True)

    assert words in page
    for call in calls(place):
        assert f"{call.method.upper()} {call.path}" in page
        assert (call.title.zh if lang == "zh" else call.title.en) in page
    for problem in SAID:
        assert f"<code>{problem.code}</code>" in page
    assert "<script" not in page


def test_every_text_is_in_both_languages(place: Place) -> None:
    def texts(call: Call) -> Iterator[tuple[str, str]]:
        yield from (call.topic, call.title, call.says)
        yield from (answer.says for answer in call.answers)
        yield from (each.member.says for each in call.parameters)
        for shape in [call.body and call.body.shape, *(answer.shape for answer in call.answers)]:
            yield from (member.says for member in (shape.members if shape else ()))

    for call in calls(place):
        for zh, en in texts(call):
            assert zh
            assert not re.search(r"[\u4e00-\u9fff]", en), en


@pytest.mark.parametrize("odd", [r"(?=.{1,32}\Z)[a-z]+", r"(?P<year>[0-9]{4})"])
def test_a_pattern_that_json_schema_cannot_spell_is_refused(odd: str) -> None:
    with pytest.raises(ValueError, match="no equal"):
        pattern(re.compile(odd))


def test_an_alternative_is_anchored_as_a_whole() -> None:
    assert pattern(re.compile("a|b")) == "^(a|b)$"
    assert pattern(re.compile("ab")) == "^ab$"


def test_real_answers_to_a_void_fit_the_document() -> None:
    site = Site()
    shown = {"code": JINHUA.show(), "scenario": HOTEL}
    granted = site.client.post("/api/v1/verifications", json=shown, headers=site.as_merchant())
    receipt = granted.get_json()["receipt"]
    path = "/api/v1/verifications/{receipt}/void"

    def void(number: str, headers: dict[str, str]) -> int:
        url = path.replace("{receipt}", number)
        return checked(site, path, site.client.post(url, headers=headers)).status_code

    assert void(receipt, site.as_merchant()) == 204
    assert void("ABCD-EFGH-2345-WXYZ", site.as_merchant()) == 404
    assert void(receipt, {}) == 401
    site.clock.time = Timestamp(NOON + DAY)
    assert void(receipt, site.as_merchant()) == 403


def test_real_answers_to_who_asks_for_a_token_fit_the_document(people: PeopleSite) -> None:
    till, secret = people.register_tills.add(MerchantId("m-1"), "till", None, None, None, ACTING)
    assert secret is not None
    ask = {"grant_type": "client_credentials"}
    requests: list[tuple[int, dict[str, str], tuple[str, str]]] = [
        (200, ask, (till.id, secret)),
        (200, ask | {"scope": f"scenario:{HOTEL}"}, (till.id, secret)),
        (400, ask | {"scope": "scenario:no.such"}, (till.id, secret)),
        (400, {"grant_type": "password"}, (till.id, secret)),
        (401, ask, (till.id, "wrong")),
    ]

    for status, form, auth in requests:
        answer = people.client.post("/oauth2/token", data=form, auth=auth)
        assert answer.status_code == status
        checked(people.site, "/oauth2/token", answer)


def test_real_answers_to_who_asks_too_often_fit_the_document(people: PeopleSite) -> None:
    once = Rate(count=1, period_s=60)
    rates = replace(RATES, merchant=once, device=once, address=once)
    buckets = MemoryBuckets(now_s=lambda: 0.0)
    limits = RateLimits(rates=rates, buckets=buckets, key=bytes(32))
    client = Site.client_of(replace(people.gateway, limits=limits))
    headers = people.site.as_merchant()

    def ask() -> tuple[TestResponse, TestResponse]:
        return (
            client.post("/api/v1/verifications", json={}, headers=headers),
            client.post("/oauth2/token", data={}),
        )

    ask()
    verified, token = ask()

    assert (verified.status_code, token.status_code) == (429, 429)
    checked(people.site, "/api/v1/verifications", verified)
    checked(people.site, "/oauth2/token", token)


def test_real_answers_to_an_upload_fit_the_document() -> None:
    site = Site()
    path = "/api/v1/verifications/batch"
    item = {"code": JINHUA.show(), "scenario": HOTEL, "request_id": "r", "scanned_at": NOON}
    items = [item, item | {"code": "x", "request_id": "q"}, item | {"scanned_at": 0}, {}]
    refused: list[tuple[int, dict[str, Any]]] = [
        (200, {"json": {"items": items}}),
        (400, {"json": {"items": 1}}),
        (400, {"data": b"{", "content_type": "application/json"}),
        (413, {"data": b" " * 600_000, "content_type": "application/json"}),
        (415, {"data": b"{}", "content_type": "text/plain"}),
    ]

    for status, sent in refused:
        answer = site.client.post(path, headers=site.as_merchant(), **sent)
        assert checked(site, path, answer).status_code == status


def test_real_answers_to_who_settles_fit_the_document() -> None:
    site = Site()
    shown = {"code": JINHUA.show(), "scenario": HOTEL}
    granted = site.client.post("/api/v1/verifications", json=shown, headers=site.as_merchant())
    receipt = granted.get_json()["receipt"]
    one, month = "/api/v1/verifications/{receipt}", "/api/v1/settlement/{month}.csv"

    def status(path: str, value: str) -> int:
        url = re.sub(r"{\w+}", value, path)
        answer = site.client.get(url, headers=site.as_merchant())
        return checked(site, path, answer, "GET").status_code

    assert status(one, receipt) == 200
    assert status(one, "ABCD-EFGH-2345-WXYZ") == 404
    assert status(month, "2027-01") == 200
    assert status(month, "2027-02") == 404
    assert status(month, "2020-01") == 410


def test_real_answers_to_who_practises_fit_the_document() -> None:
    site = Site()
    path = "/api/v1/verifications/practice"

    for wanted in Wanted:
        sent = {"want": wanted, "scenario": HOTEL}
        answer = site.client.post(path, json=sent, headers=site.as_merchant())
        assert checked(site, path, answer).status_code == 200
    refused = site.client.post(path, json={"want": "x"}, headers=site.as_merchant())
    assert checked(site, path, refused).status_code == 400


def test_tills_are_told_what_to_do_about_every_outcome_hint_and_refusal(place: Place) -> None:
    tills = text_of(ROOT / "docs/tills.md")
    told = tills[tills.index("## What your till should do") : tills.index("## Complete examples")]
    rows = [line for line in told.splitlines() if line.startswith("| ")]
    first_cells = " ".join(row.split(" | ")[0] for row in rows)
    refused = {
        (answer.status.value, code)
        for call in calls(place)
        if {Who.MERCHANT, Who.DEVICE} & set(call.who) or call.path == "/oauth2/token"
        for answer in call.answers
        for code in answer.codes
    }

    said = {*re.findall(r"`([a-z_]+)`", first_cells)}
    statuses = {*map(int, re.findall(r"\b([45][0-9]{2})\b", first_cells))}

    assert {*Outcome, *Hint} <= said
    assert 500 in statuses
    assert len(refused) > 10
    assert not {each for each in refused if each[1] not in said and each[0] not in statuses}
