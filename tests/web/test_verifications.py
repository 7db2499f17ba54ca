import json
import time
from typing import Any

import pytest

from gateway.errors import UnavailableError
from gateway.ids import MerchantId, Timestamp
from gateway.policy.terms import VALUE_RULES, Kind
from gateway.services.ports import Merchant
from gateway.services.remembered import REMEMBERED_S
from tests.project.tree import ROOT
from tests.web.site import MemoryMerchants, Site
from tests.world import GYM, HANGZHOU, HOTEL, JINHUA, NOON, RESTAURANT, merchant

URL = "/api/v1/verifications"


def ask(site: Site, code: str, **other: object) -> tuple[int, dict[str, Any]]:
    body: dict[str, object] = {"code": code, "scenario": RESTAURANT} | other
    response = site.client.post(URL, json=body, headers=site.as_merchant())
    return response.status_code, response.get_json(force=True)


def test_a_till_is_told_what_to_grant_and_gets_a_receipt() -> None:
    site = Site()

    status, answer = ask(site, JINHUA.show())

    receipt = answer.pop("receipt")
    assert status == 200
    assert len(receipt) == 19
    assert answer == {
        "outcome": "recognised",
        "message": "可享9折(最多100元),请按此办理",
        "checked": "now",
        "offers": [
            {
                "id": "dining-discount",
                "version": 1,
                "kind": "discount_rate",
                "value": "0.90",
                "cap": 10000,
                "words": "9折(最多100元)",
            }
        ],
        "valid_until": NOON + 90,
        "trust_age": 0,
    }


LIMITED = {
    "zh": ("免押金(限泰顺参加的五家酒店;损坏照常赔付,与信用码无关)", "可享{},请按此办理"),
    "en": (
        (
            "no deposit (Only the five hotels taking part in Taishun;"
            " Damage is settled as usual and touches no code)"
        ),
        "Grant {}",
    ),
}


@pytest.mark.parametrize("lang", LIMITED)
def test_a_benefit_is_told_with_its_limits_and_a_deposit_with_its_note(lang: str) -> None:
    site = Site()
    words, sentence = LIMITED[lang]

    answer = site.client.post(
        URL,
        json={"code": JINHUA.show(), "scenario": HOTEL},
        headers=site.as_merchant() | {"Accept-Language": lang},
    ).get_json()

    assert [offer["words"] for offer in answer["offers"]] == [words]
    assert set(answer["offers"][0]) == {"id", "version", "kind", "value", "cap", "words"}
    assert answer["message"] == sentence.format(words)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", "这不是信用码,请客人打开信用码页。请更新本页面"),
        ("en", "Not a credit code; open the credit-code page. Update this page"),
    ],
)
def test_a_hint_follows_in_the_signs_of_its_language(lang: str, said: str) -> None:
    site = Site()

    answer = site.client.post(
        URL,
        json={"code": "CC2:ABC", "scenario": RESTAURANT},
        headers=site.as_merchant() | {"Accept-Language": lang},
    ).get_json()

    assert (answer["hint"], answer["message"]) == ("update", said)


def test_words_come_in_the_language_that_the_till_asks_for() -> None:
    site = Site()

    response = site.client.post(
        URL,
        json={"code": JINHUA.show(), "scenario": RESTAURANT},
        headers=site.as_merchant() | {"Accept-Language": "en-GB,en;q=0.9"},
    )

    assert response.get_json()["message"] == "Grant 10 % off, at most CNY 100"


def test_the_answer_names_neither_tier_nor_home_city() -> None:
    site = Site()

    _, answer = ask(site, JINHUA.show())

    text = json.dumps(answer, ensure_ascii=False)
    assert "tier" not in text
    assert JINHUA.code not in text
    assert "金华" not in text


MEMBERS = {
    "recognised": {"receipt", "offers", "valid_until", "trust_age"},
    "no_benefit": set(),
    "scenario_code": {"hint"},
    "present_again": set(),
    "not_a_code": set(),
    "not_a_member": {"hint"},
    "update": {"hint"},
}


def test_no_answer_of_any_kind_has_a_member_about_the_guest() -> None:
    site = Site()
    used = JINHUA.show()
    answers = {
        "recognised": ask(site, used)[1],
        "present_again": ask(site, used)[1],
        "no_benefit": ask(site, JINHUA.show(tier=1), scenario=HOTEL)[1],
        "scenario_code": ask(site, JINHUA.show(), scenario=f"{GYM}.monthly")[1],
        "not_a_code": ask(site, "something else")[1],
        "not_a_member": ask(site, HANGZHOU.show())[1],
        "update": ask(site, "CC2:X")[1],
    }

    for name, answer in answers.items():
        assert set(answer) == MEMBERS[name] | {"outcome", "message", "checked"}, name
        text = json.dumps(answer, ensure_ascii=False)
        told = ("tier", "jti", "iss", "subject", JINHUA.code, "金华", "杭州", used)
        assert [each for each in told if each in text] == [], name


def test_every_present_again_has_the_same_bytes() -> None:
    site = Site()
    used = JINHUA.show()
    ask(site, used)
    forged = used[:-3] + ("000" if used[-3:] != "000" else "111")
    texts = [used, forged, JINHUA.show(at=Timestamp(NOON - 90)), JINHUA.show(life_s=3601)]

    bodies = {
        site.client.post(
            URL, json={"code": text, "scenario": RESTAURANT}, headers=site.as_merchant()
        ).data
        for text in texts
        if "present_again" in json.dumps(ask(site, text)[1])
    }

    assert len(bodies) == 1
    assert set(json.loads(bodies.pop())) == {"outcome", "message", "checked"}


def test_a_present_again_leaves_at_a_whole_multiple_of_its_time() -> None:
    site = Site(release_s=0.05)
    used = JINHUA.show()
    ask(site, used)
    started = time.monotonic()

    _, answer = ask(site, used)

    assert answer["outcome"] == "present_again"
    assert time.monotonic() - started >= 0.05


def test_a_hint_says_what_helps() -> None:
    site = Site()

    assert ask(site, HANGZHOU.show())[1]["hint"] == "not_a_member"
    assert ask(site, "CC2:X")[1]["hint"] == "update"
    quota = ask(site, JINHUA.show(), scenario=f"{GYM}.monthly")[1]
    assert quota["hint"] == "scenario_code"


def test_a_venue_may_be_named() -> None:
    site = Site()

    _, answer = ask(site, JINHUA.show(), scenario=HOTEL, venue="hall")

    assert answer["outcome"] == "recognised"


def test_a_repeat_is_answered_alike_and_another_code_is_a_conflict() -> None:
    site = Site()
    text = JINHUA.show()

    first = ask(site, text, request_id="till-1:1")
    again = ask(site, text, request_id="till-1:1")
    status, problem = ask(site, JINHUA.show(), request_id="till-1:1")

    assert first == again
    assert (status, problem["code"]) == (409, "request_id_reused")


BAD_BODIES: dict[str, tuple[Any, int, str]] = {
    "no body": (b"", 400, "malformed_json"),
    "no JSON": (b"code=1", 400, "malformed_json"),
    "an array": (b"[]", 400, "malformed_json"),
    "a duplicate": (b'{"code":"a","code":"b"}', 400, "malformed_json"),
    "NaN": (b'{"code":NaN}', 400, "malformed_json"),
    "nesting": (b'{"code":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "malformed_json"),
    "UTF-16": ('{"code":"a"}'.encode("utf-16"), 400, "malformed_json"),
    "a huge body": (b'{"code":"' + b"a" * 66000 + b'"}', 413, "too_large"),
    "a code too long": ({"code": "C" * 4097, "scenario": RESTAURANT}, 413, "too_large"),
    "no code": ({"scenario": RESTAURANT}, 400, "invalid_request"),
    "a code that is a number": ({"code": 1, "scenario": RESTAURANT}, 400, "invalid_request"),
    "no scenario": ({"code": "x"}, 400, "invalid_request"),
    "a scenario outside the agreement": (
        {"code": "x", "scenario": "space.travel"},
        400,
        "invalid_request",
    ),
    "a scenario of the wrong form": ({"code": "x", "scenario": "../etc"}, 400, "invalid_request"),
    "a government scenario": ({"code": "x", "scenario": "gov.fast_track"}, 400, "invalid_request"),
    "a venue of the wrong form": (
        {"code": "x", "scenario": RESTAURANT, "venue": "a b"},
        400,
        "invalid_request",
    ),
    "a request id too long": (
        {"code": "x", "scenario": RESTAURANT, "request_id": "r" * 65},
        400,
        "invalid_request",
    ),
    "an unknown member": (
        {"code": "x", "scenario": RESTAURANT, "tier": 3},
        400,
        "invalid_request",
    ),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_body_gets_a_named_problem_and_no_echo(name: str) -> None:
    site = Site()
    body, status, code = BAD_BODIES[name]
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    response = site.client.post(
        URL, data=raw, headers=site.as_merchant(), content_type="application/json"
    )

    assert (response.status_code, response.get_json(force=True)["code"]) == (status, code)
    assert response.mimetype == "application/problem+json"
    assert b"CCCC" not in response.data
    assert b"space" not in response.data
    assert site.desk.log.burned_tags == set()


def test_another_content_type_is_refused() -> None:
    site = Site()

    response = site.client.post(URL, data=b"{}", headers=site.as_merchant())

    assert (response.status_code, response.get_json(force=True)["code"]) == (
        415,
        "unsupported_media_type",
    )


TOKENS = {
    "none": {},
    "another scheme": {"Authorization": "Basic YTpi"},
    "nobody's": {"Authorization": "Bearer ccm_" + "A" * 43},
    "a citizen's form": {"Authorization": "Bearer ccc_" + "A" * 43},
    "far too long": {"Authorization": "Bearer " + "A" * 5000},
}


@pytest.mark.parametrize("name", TOKENS)
def test_without_a_merchants_token_there_is_no_answer(name: str) -> None:
    site = Site()

    response = site.client.post(
        URL, json={"code": JINHUA.show(), "scenario": RESTAURANT}, headers=TOKENS[name]
    )

    assert (response.status_code, response.get_json(force=True)["code"]) == (401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_suspended_merchant_is_refused() -> None:
    site = Site()
    site.directory.add(merchant(state="suspended"))

    status, problem = ask(site, JINHUA.show())

    assert (status, problem["code"]) == (403, "forbidden")


def test_a_token_is_looked_up_once_in_five_seconds() -> None:
    site = Site()
    site.directory.lookups = 0

    for _ in range(3):
        ask(site, JINHUA.show())

    assert site.directory.lookups == 1
    assert REMEMBERED_S == 5.0


class GoneMerchants(MemoryMerchants):
    def by_token(self, token_hash: bytes) -> Merchant | None:
        raise UnavailableError("the database is gone")


def test_without_a_database_the_answer_is_a_problem_that_says_when_to_try_again() -> None:
    site = Site()
    site.gateway.merchants._directory = GoneMerchants()  # noqa: SLF001  # the database goes away

    response = site.client.post(
        URL, json={"code": JINHUA.show(), "scenario": RESTAURANT}, headers=site.as_merchant()
    )

    assert (response.status_code, response.get_json(force=True)["code"]) == (503, "unavailable")
    assert response.headers["Retry-After"] == "2"


def test_a_mistake_of_ours_is_a_problem_without_details() -> None:
    site = Site()
    site.directory.merchants[MerchantId("m-1")] = None  # type: ignore[assignment]  # a bug

    site.checks["database"] = lambda: 1 // 0 == 0

    response = site.client.get("/readyz")

    assert (response.status_code, response.get_json(force=True)["code"]) == (500, "internal_error")
    assert b"division" not in response.data


def test_the_table_of_kinds_says_what_the_rules_say() -> None:
    text = (ROOT / "docs/protocol/api.md").read_text("utf-8")
    lines = [line for line in text.partition("### Kinds of offers")[2].splitlines() if "|" in line]
    rows = {kind.strip(" `"): cells for _, kind, *cells, _ in (line.split("|") for line in lines)}

    for kind, rule in VALUE_RULES.items():
        value, unit, cap = rows[kind.value]
        assert ("fen" in cap) is rule.capped, kind
        if kind is Kind.DISCOUNT_RATE:
            assert '"0.01"` to `"0.99"' in value
        else:
            said = "null" if rule.maximum is None else f"1 to {rule.maximum}"
            assert value.strip().startswith(said), kind
            assert unit.strip().startswith(rule.unit), kind
