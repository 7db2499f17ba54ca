"""The endpoint at which partners push, asked as anybody on the internet may ask it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from gateway.errors import UnavailableError
from gateway.ids import EntityId
from gateway.services.events import ReceiveEvents
from gateway.services.rates import Rate, RateLimits
from gateway.storage.buckets import MemoryBuckets
from tests.project.tree import ROOT
from tests.services.pushes import Believed, MemoryEvents, Wishes, partner_of
from tests.trust.cities import City, jinhua, wenzhou
from tests.vectors import make_events
from tests.web.site import RATES, Site

URL, TYPE = "/federation/events", "application/secevent+jwt"
VECTORS = cast(
    "dict[str, Any]", json.loads((ROOT / "tests/vectors/events.json").read_text(encoding="utf-8"))
)
CASES: dict[str, dict[str, Any]] = {case["name"]: case for case in VECTORS["cases"]}
RECIPIENT = EntityId(VECTORS["recipient"])


def sender() -> City:
    city = wenzhou()
    city.k2, city.k2next = (cast("Any", signer) for signer in (make_events.K2, make_events.K2NEXT))
    return city


def another() -> City:
    city = replace(jinhua(), leaf=EntityId(make_events.OTHER))
    city.k2 = cast("Any", make_events.OF_OTHER)
    return city


class Listening:
    """A site that follows the partners of the vectors."""

    def __init__(self) -> None:
        self.site = Site()
        self.site.clock.time = VECTORS["now"]
        self.rows, self.wishes = MemoryEvents(), Wishes()
        receive = ReceiveEvents(
            leaf=RECIPIENT,
            trust=Believed((partner_of(SENDER), partner_of(OTHER))),
            rows=self.rows,
            wishes=self.wishes,
        )
        self.site.gateway = replace(self.site.gateway, events=receive)
        self.client = self.site.client_of(self.site.gateway)

    def post(self, body: str | bytes, content_type: str = TYPE, **headers: str) -> TestResponse:
        return self.client.post(URL, data=body, content_type=content_type, headers=headers)


SENDER, OTHER = sender(), another()
GOOD = CASES["an event"]["token"]


LISTENING = Listening()
"""For those who ask a hundred times, and are refused."""


@pytest.fixture
def listening() -> Listening:
    return Listening()


def told(answer: TestResponse) -> Mapping[str, str]:
    assert answer.content_type == "application/json"
    assert answer.headers["Content-Language"] == "en"
    body: dict[str, str] = answer.get_json()
    assert set(body) == {"err", "description"}
    return body


@pytest.mark.parametrize("name", CASES)
def test_a_published_event_is_answered_as_published(listening: Listening, name: str) -> None:
    case = CASES[name]

    answer = listening.post(case["token"])

    assert answer.headers["Cache-Control"] == "no-store"
    if case["err"] is None:
        assert (answer.status_code, answer.data) == (202, b"")
        assert "Content-Type" not in answer.headers
        assert listening.wishes.wished == [SENDER.anchor]
    else:
        assert told(answer)["err"] == case["err"]
        assert answer.status_code == (413 if case["err"] == "too_large" else 400)
        assert listening.wishes.wished == []


def test_a_replayed_push_is_answered_as_the_first(listening: Listening) -> None:
    answers = [listening.post(GOOD) for _ in range(20)]

    assert {answer.status_code for answer in answers} == {202}
    assert listening.wishes.wished == [SENDER.anchor]


def test_a_flooding_push_gets_429_and_when_to_come_again(listening: Listening) -> None:
    many = [make_events.token(make_events.changed(jti=f"j{number}")) for number in range(7)]

    answers = [listening.post(token) for token in many]

    assert [answer.status_code for answer in answers] == [202] * 6 + [429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert told(answers[-1])["err"] == "rate_limited"
    assert listening.post(make_events.by(make_events.OF_OTHER)).status_code == 400


def test_a_flood_of_forgeries_is_counted_by_address(listening: Listening) -> None:
    rates = replace(RATES, address=Rate(count=3, period_s=60))
    buckets = MemoryBuckets(now_s=lambda: 0.0)
    limits = RateLimits(rates=rates, buckets=buckets, key=bytes(32))
    gateway = replace(listening.site.gateway, limits=limits, trusted_proxies=1)
    listening.client = listening.site.client_of(gateway)

    forged = [listening.post("x", **{"X-Forwarded-For": "203.0.113.66"}) for _ in range(5)]

    assert [answer.status_code for answer in forged] == [400] * 3 + [429] * 2
    assert told(forged[-1])["err"] == "rate_limited"
    good = listening.post(GOOD, **{"X-Forwarded-For": "198.51.100.7"})
    assert good.status_code == 202


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/jwt",
        "application/json",
        "text/plain",
        "application/secevent+jwt; charset=utf-8",
        "Application/secevent+jwt",
        "application/x-www-form-urlencoded",
    ],
)
def test_another_content_type_is_refused(listening: Listening, content_type: str) -> None:
    answer = listening.post(GOOD, content_type)

    assert answer.status_code == 415
    assert told(answer) == {
        "err": "unsupported_media_type",
        "description": "send application/secevent+jwt",
    }
    assert listening.wishes.wished == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_another_method_is_told_the_one_there_is(listening: Listening, method: str) -> None:
    answer = listening.client.open(URL, method=method)

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    if method != "HEAD":
        assert told(answer)["err"] == "method_not_allowed"


def test_a_huge_body_is_not_read(listening: Listening) -> None:
    class Body:
        """Fails the test when it is read."""

        def read(self, *_: object) -> bytes:
            raise AssertionError

    answer = listening.client.post(
        URL,
        content_type=TYPE,
        environ_overrides={"CONTENT_LENGTH": str(10**12), "wsgi.input": Body()},
    )

    assert answer.status_code == 413
    assert told(answer)["err"] == "too_large"


@pytest.mark.parametrize(
    "body",
    [b"", b"\0", b"\xff" * 4096, b"." * 4096, b"a.b.c", "编码".encode(), b"{}", b"%", b"\r\n"],
)
def test_no_body_is_an_error_of_ours(listening: Listening, body: bytes) -> None:
    answer = listening.post(body)

    assert (answer.status_code, told(answer)["err"]) == (400, "invalid_request")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(["iss", "aud", "iat", "jti", "events", "crit", "exp", "x"])


@settings(max_examples=150, deadline=None)
@given(changes=st.dictionaries(NAMES, JSON, min_size=1, max_size=3))
def test_whatever_a_partners_key_really_signed_is_taken_or_refused(
    changes: dict[str, object],
) -> None:
    answer = LISTENING.post(make_events.token(make_events.changed(**changes)))

    assert answer.status_code in {202, 400, 413, 429}


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=5000))
def test_whatever_bytes_come_are_refused(body: bytes) -> None:
    assert LISTENING.post(body).status_code in {400, 413}


def test_an_answer_repeats_nothing_that_came_in(listening: Listening) -> None:
    for case in CASES.values():
        answer = listening.post(case["token"])

        assert b"example" not in answer.data


def test_a_partner_behind_a_proxy_that_adds_cookies_is_heard(listening: Listening) -> None:
    answer = listening.post(GOOD, Cookie="session=of-a-proxy")

    assert answer.status_code == 202


def test_a_database_that_is_gone_is_an_outage_and_not_the_senders_fault(
    listening: Listening,
) -> None:
    listening.wishes.gone = True

    answer = listening.post(GOOD)

    assert answer.status_code == 503
    assert told(answer)["err"] == UnavailableError.code
    assert "Retry-After" in answer.headers


def test_a_city_that_listens_to_nobody_says_so() -> None:
    assert Site().client.post(URL, data=GOOD, content_type=TYPE).status_code == 404
