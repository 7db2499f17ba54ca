import hashlib
from dataclasses import replace

import pytest

from gateway.codes import reading
from gateway.ids import CodeId, OfferId, Timestamp, UnverifiedText
from gateway.policy.catalogue import index_of
from gateway.policy.offers import Offline
from gateway.services.assess import Assessment
from gateway.services.own_statements import Published
from gateway.trust.trusted_city import Role
from tests.web.site import LEAF, Site
from tests.world import DAY, HOTEL, JIAXING, JINHUA, NOON, RESTAURANT, WENZHOU


def assessed(reading_: int | str, *, age_s: int = DAY) -> Assessment:
    return Assessment(reading=reading_, assessed_on=Timestamp(NOON - age_s), scale_version=None)


def ask_code(site: Site) -> dict[str, object]:
    response = site.client.post(
        "/api/v1/codes", json={"kind": "general"}, headers=site.as_citizen()
    )
    assert response.status_code == 200
    return dict(response.get_json())


@pytest.mark.parametrize(("score", "tier"), [(650, 1), (699, 1), (700, 2), (750, 3)])
def test_a_citizen_gets_a_live_code_of_the_mapped_tier(score: int, tier: int) -> None:
    site = Site()
    site.assessments.readings["example-1"] = assessed(score)

    answer = ask_code(site)

    claims = reading.read(UnverifiedText(str(answer["code"]))).claims
    assert (claims.issuer, claims.tier) == (WENZHOU.code, tier)
    assert (answer["expires_at"], answer["refresh_at"]) == (NOON + 90, NOON + 60)
    # The text itself is random enough to spell any three digits now and then.
    said = {**answer, "code": replace(claims, code_id=CodeId(""))}
    assert str(score) not in str(said)


def test_a_citizen_gets_a_code_for_a_scenario_of_another_city() -> None:
    site = Site()
    site.assessments.readings["example-1"] = assessed(720)

    answer = site.client.post(
        "/api/v1/codes",
        json={"kind": "scenario", "city": "330700", "scenario": "lodging.hotel"},
        headers=site.as_citizen(),
    )

    claims = reading.read(UnverifiedText(str(answer.get_json()["code"]))).claims
    assert (claims.destination, claims.scenario, claims.tier) == ("330700", HOTEL, None)
    assert claims.policy_version == site.known[JINHUA.code].version


ASKED_WRONG: dict[str, tuple[dict[str, object], int, str]] = {
    "no city": ({"kind": "scenario", "scenario": "lodging.hotel"}, 400, "invalid_request"),
    "no scenario": ({"kind": "scenario", "city": "330700"}, 400, "invalid_request"),
    "a general code with a city": ({"kind": "general", "city": "330700"}, 400, "invalid_request"),
    "a city that is no member": (
        {"kind": "scenario", "city": "330100", "scenario": "lodging.hotel"},
        404,
        "not_found",
    ),
    "a scenario that is not offered": (
        {"kind": "scenario", "city": "330700", "scenario": "lodging.hotel.late"},
        404,
        "scenario_not_offered",
    ),
    "a city whose catalogue is not known": (
        {"kind": "scenario", "city": "330400", "scenario": "lodging.hotel"},
        404,
        "catalogue_unavailable",
    ),
}


@pytest.mark.parametrize("case", ASKED_WRONG)
def test_a_code_for_nothing_is_a_problem_that_blames_nobody(case: str) -> None:
    body, status, code = ASKED_WRONG[case]
    site = Site()
    del site.known[JIAXING.code]

    answer = site.client.post("/api/v1/codes", json=body, headers=site.as_citizen())

    assert (answer.status_code, answer.get_json(force=True)["code"]) == (status, code)
    assert site.issuance.rows == []


def test_a_city_that_only_verifies_gives_no_scenario_codes() -> None:
    site = Site()
    body = {"kind": "scenario", "city": "330700", "scenario": "lodging.hotel"}

    answer = site.without_issuing().post("/api/v1/codes", json=body, headers=site.as_citizen())

    assert answer.status_code == 404


def test_a_code_is_counted_under_a_pseudonym_before_it_leaves() -> None:
    site = Site()
    site.assessments.readings["example-1"] = assessed(700)

    ask_code(site)

    ((subject, day, kind, tier, version, codes),) = site.issuance.rows
    assert (day, kind, tier, version, codes) == ((NOON + 8 * 3600) // DAY, "live", 2, "2020-04", 1)
    assert len(subject) == 32
    assert subject != hashlib.sha256(b"example-1").digest()


NEUTRAL = {
    "below the first edge": assessed(649),
    "too old an assessment": assessed(800, age_s=35 * DAY + 1),
    "no assessment": None,
}


@pytest.mark.parametrize("name", NEUTRAL)
def test_a_person_without_a_tier_gets_one_neutral_answer(name: str) -> None:
    site = Site()
    found = NEUTRAL[name]
    site.assessments.readings = {} if found is None else {"example-1": found}

    answer = ask_code(site)

    assert answer == {"code": None, "message": "暂无可用激励,不影响任何服务"}
    assert site.issuance.rows == []


def test_an_assessment_of_35_days_still_counts() -> None:
    site = Site()
    site.assessments.readings["example-1"] = assessed(700, age_s=35 * DAY)

    assert ask_code(site)["code"] is not None


@pytest.mark.parametrize("unusable", [1001, "优秀"])
def test_a_reading_off_the_scale_is_our_trouble_not_the_persons(unusable: int | str) -> None:
    site = Site()
    site.assessments.readings["example-1"] = assessed(unusable)

    response = site.client.post(
        "/api/v1/codes", json={"kind": "general"}, headers=site.as_citizen()
    )

    assert (response.status_code, response.get_json(force=True)["code"]) == (503, "unavailable")


def test_without_assessments_codes_are_unavailable_and_the_rest_goes_on() -> None:
    site = Site()
    site.assessments.gone = True

    refused = site.client.post("/api/v1/codes", json={"kind": "general"}, headers=site.as_citizen())
    verdict = site.client.post(
        "/api/v1/verifications",
        json={"code": JINHUA.show(), "scenario": RESTAURANT},
        headers=site.as_merchant(),
    )

    assert (refused.status_code, refused.get_json(force=True)["code"]) == (503, "unavailable")
    assert refused.headers["Retry-After"] == "2"
    assert verdict.get_json()["outcome"] == "recognised"
    assert site.client.get("/api/v1/offers").status_code == 200


@pytest.mark.parametrize("kind", ["scenario", "pack", "General", ""])
def test_other_kinds_are_not_issued_yet(kind: str) -> None:
    response = Site().client.post("/api/v1/codes", json={"kind": kind})

    assert response.status_code == 401

    site = Site()
    response = site.client.post("/api/v1/codes", json={"kind": kind}, headers=site.as_citizen())

    assert (response.status_code, response.get_json(force=True)["code"]) == (400, "invalid_request")


def test_a_token_ends_to_the_second() -> None:
    site = Site()
    site.clock.time = Timestamp(NOON + DAY)

    response = site.client.post(
        "/api/v1/codes", json={"kind": "general"}, headers=site.as_citizen()
    )

    assert response.status_code == 401


def test_a_city_that_only_verifies_issues_nothing() -> None:
    site = Site()

    response = site.without_issuing().post(
        "/api/v1/codes", json={"kind": "general"}, headers=site.as_citizen()
    )

    assert (response.status_code, response.get_json(force=True)["code"]) == (404, "not_found")


def test_the_database_cannot_say_whose_token_a_row_is() -> None:
    site = Site()

    ((digest, (sealed, _)),) = site.people.rows.items()

    assert b"example-1" not in digest + sealed


def test_a_token_row_changed_by_hand_is_nobodys() -> None:
    site = Site()
    ((digest, (sealed, until)),) = site.people.rows.items()
    site.people.rows[digest] = (bytes([sealed[0] ^ 1]) + sealed[1:], until)

    response = site.client.post(
        "/api/v1/codes", json={"kind": "general"}, headers=site.as_citizen()
    )

    assert response.status_code == 401


def test_everybody_may_read_what_is_on_offer() -> None:
    response = Site().client.get("/api/v1/offers?city=330300&scenario=fitness.gym")

    answer = response.get_json()
    assert [offer["id"] for offer in answer["offers"]] == [
        "gym-discount",
        "gym-voucher-bimonthly",
        "gym-voucher-monthly",
    ]
    assert response.headers["Cache-Control"] == "public, max-age=300"


def test_all_offers_are_listed_without_a_question() -> None:
    answer = Site().client.get("/api/v1/offers").get_json()

    assert (answer["city"], answer["catalogue"]) == ("330300", "2026.1")
    assert len(answer["offers"]) == 7


def test_an_offer_that_an_officer_stopped_is_not_listed() -> None:
    site = Site()
    site.stopped = frozenset({OfferId("gym-discount")})

    answer = site.client.get("/api/v1/offers?scenario=fitness.gym").get_json()

    assert "gym-discount" not in [offer["id"] for offer in answer["offers"]]
    assert answer["offers"]


def test_offers_are_listed_with_their_limits_in_their_words() -> None:
    answer = Site().client.get("/api/v1/offers?scenario=lodging.hotel").get_json()

    (offer,) = answer["offers"]
    assert offer["words"] == {
        "zh": "免押金(限泰顺参加的五家酒店;损坏照常赔付,与信用码无关)",
        "en": "no deposit (Only the five hotels taking part in Taishun;"
        " Damage is settled as usual and touches no code)",
    }


def test_an_offer_with_a_quota_is_listed_as_one_that_needs_the_city_whatever_it_says() -> None:
    site = Site()
    listed = site.known[WENZHOU.code]
    offers = tuple(replace(each, offline=Offline.GRANT) for each in listed.offers)
    site.known[WENZHOU.code] = replace(listed, offers=offers, by_scenario=index_of(offers))

    answer = site.client.get("/api/v1/offers").get_json()

    assert {("quota" in each, each["offline"]) for each in answer["offers"]} == {
        (True, "online_only"),
        (False, "grant"),
    }


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("city=330100", 404, "not_found"),
        ("scenario=Gym!", 400, "invalid_request"),
        ("scenario=space.travel", 400, "invalid_request"),
    ],
)
def test_offers_refuse_what_they_do_not_have(query: str, status: int, code: str) -> None:
    response = Site().client.get(f"/api/v1/offers?{query}")

    assert (response.status_code, response.get_json(force=True)["code"]) == (status, code)


def test_offers_of_a_city_whose_catalogue_is_not_known_are_no_trouble_of_ours() -> None:
    site = Site()
    del site.known[JINHUA.code]

    response = site.client.get("/api/v1/offers?city=330700")

    assert response.status_code == 404
    assert response.get_json(force=True)["code"] == "catalogue_unavailable"


def test_offers_of_a_partner_are_those_of_its_catalogue_in_agreed_scenarios() -> None:
    response = Site().client.get("/api/v1/offers?city=330700")

    body = response.get_json()
    assert (body["city"], body["catalogue"]) == ("330700", "2026.1")
    assert body["offers"]
    assert {each["scenario"].partition(".")[0] for each in body["offers"]} == {"fitness", "lodging"}


@pytest.mark.parametrize(("moment", "listed"), [(-1, 0), (0, 7)])
def test_offers_are_listed_from_the_second_in_which_they_are_in_force(
    moment: int, listed: int
) -> None:
    site = Site()
    site.clock.time = Timestamp(site.known[WENZHOU.code].valid_from + moment)

    assert len(site.client.get("/api/v1/offers").get_json()["offers"]) == listed


def test_health_says_that_it_lives_and_what_it_lacks() -> None:
    site = Site()

    assert site.client.get("/healthz").status_code == 200
    assert site.client.get("/readyz").status_code == 200

    site.checks["database"] = lambda: False
    response = site.client.get("/readyz")

    assert (response.status_code, response.get_json()["checks"]) == (503, {"database": False})


PLACES = {
    "leaf": ("/.well-known/openid-federation", "private, no-cache"),
    "anchor": ("/anchor/.well-known/openid-federation", "public, max-age=3600"),
    "subordinate": (f"/anchor/fetch?sub={LEAF}", "public, max-age=300"),
}


@pytest.mark.parametrize("role", PLACES)
def test_a_statement_is_served_exactly_as_signed(role: str) -> None:
    site = Site()
    site.statements[Role(role)] = Published.of("aaa.bbb.ccc")
    url, cache = PLACES[role]

    response = site.client.get(url)

    assert response.data == b"aaa.bbb.ccc"
    assert response.headers["Content-Type"] == "application/entity-statement+jwt"
    assert response.headers["Cache-Control"] == cache
    assert response.headers["ETag"] == site.statements[Role(role)].etag


@pytest.mark.parametrize("role", PLACES)
def test_a_known_statement_is_not_sent_again(role: str) -> None:
    site = Site()
    site.statements[Role(role)] = Published.of("aaa.bbb.ccc")
    url, _ = PLACES[role]

    response = site.client.get(url, headers={"If-None-Match": site.statements[Role(role)].etag})

    assert (response.status_code, response.data) == (304, b"")


@pytest.mark.parametrize("role", PLACES)
def test_head_answers_like_get_without_a_body(role: str) -> None:
    site = Site()
    site.statements[Role(role)] = Published.of("aaa.bbb.ccc")

    response = site.client.head(PLACES[role][0])

    assert (response.status_code, response.data) == (200, b"")


@pytest.mark.parametrize(
    ("url", "status", "error"),
    [
        ("/.well-known/openid-federation", 404, "not_found"),
        ("/anchor/fetch", 400, "invalid_request"),
        (f"/anchor/fetch?sub={LEAF}&sub={LEAF}", 400, "invalid_request"),
        (f"/anchor/fetch?sub={LEAF}/anchor", 400, "invalid_request"),
        ("/anchor/fetch?sub=https://credit.jinhua.example", 404, "not_found"),
        ("/anchor/elsewhere", 404, "not_found"),
    ],
)
def test_federation_errors_have_the_form_of_openid_federation(
    url: str, status: int, error: str
) -> None:
    response = Site().client.get(url)

    answer = response.get_json()
    assert (response.status_code, answer["error"]) == (status, error)
    assert set(answer) == {"error", "error_description"}


def test_another_method_is_told_which_are_allowed() -> None:
    response = Site().client.post("/anchor/list")

    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert response.get_json()["error"] == "invalid_request"


def test_the_anchor_lists_its_one_subordinate() -> None:
    response = Site().client.get("/anchor/list")

    assert (response.get_json(), response.mimetype) == ([LEAF], "application/json")


@pytest.mark.parametrize(
    "url", ["/api/nowhere", "/api/v1/offers", "/healthz", "/.well-known/openid-federation"]
)
def test_every_answer_carries_the_security_headers(url: str) -> None:
    headers = Site().client.get(url).headers

    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "Server" not in headers


@pytest.mark.parametrize("url", ["/api/nowhere", "/api//evil.example", "/api/v1/verifications/"])
def test_an_unknown_address_is_a_problem_and_no_redirect(url: str) -> None:
    response = Site().client.get(url)

    assert (response.status_code, response.get_json(force=True)["code"]) == (404, "not_found")
