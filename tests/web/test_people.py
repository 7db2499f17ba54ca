"""What a citizen and a merchant do in a browser, and what nobody may make them do."""

import base64
import gzip
import io
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from gateway.clock import china_date, china_day
from gateway.codes import reading
from gateway.ids import MerchantId, ReceiptId, ScenarioId, Timestamp, UnverifiedText
from gateway.services.issue_pack import IssuePack, pack_end
from gateway.services.ports import Merchant
from gateway.services.sessions import LIFE_S
from gateway.services.staff import StaffRole
from gateway.web.admission import check_routes
from gateway.web.citizen_desk import CitizenDesk
from gateway.web.pages.assets import asset
from gateway.web.pages.times import day_and_minute, whole_minute
from gateway.web.wiring import make_flask
from tests.scanners import only_qr
from tests.web.people_site import ACTING, ISSUER, PeopleSite
from tests.web.site import LEAF
from tests.world import JINHUA, MINUTE, NOON


def test_the_first_page_asks_which_city_and_names_all_members(people: PeopleSite) -> None:
    shown = people.get("/").get_data(as_text=True)

    assert "您的信用码由哪个城市发放?" in shown
    assert all(each in shown for each in ("温州", "嘉兴", "湖州", "金华"))
    assert "https://credit.huzhou.example/code" in shown


@pytest.mark.parametrize(
    ("query", "header", "lang"),
    [("", "zh-CN", "zh-CN"), ("", "en-GB", "en"), ("?lang=en", "zh-CN", "en"), ("", "", "zh-CN")],
)
def test_a_page_is_in_the_language_asked_for(
    people: PeopleSite, query: str, header: str, lang: str
) -> None:
    shown = people.client.get(
        f"/{query}", base_url=LEAF, headers={"Accept-Language": header}
    ).get_data(as_text=True)

    assert f'<html lang="{lang}"' in shown


def test_language_and_large_view_are_remembered(people: PeopleSite) -> None:
    people.get("/?lang=en")
    people.get("/?elder=1")

    assert '<html lang="en" class="elder">' in people.get("/").get_data(as_text=True)
    people.get("/?elder=0")
    assert "elder" not in people.get("/").get_data(as_text=True).partition("<head>")[0]


def test_a_citizen_signs_in_agrees_and_gets_a_code(people: PeopleSite) -> None:
    assert people.get("/code").headers["Location"] == "/sign-in?next=/code"
    assert people.sign_in().headers["Location"] == "/consent"
    assert people.get("/code").headers["Location"] == "/consent"
    assert people.agree().headers["Location"] == "/code"

    answer = people.client.post(
        "/api/v1/codes",
        json={"kind": "general"},
        headers={"X-Form-Token": people.form_token()},
        base_url=LEAF,
    )

    assert answer.status_code == 200
    claims = reading.read(UnverifiedText(str(answer.get_json()["code"]))).claims
    assert claims.tier == 2


def code_in(shown: str) -> str:
    """Return the text of the QR code in a page."""
    found = re.search(r'src="data:image/png;base64,([A-Za-z0-9+/=]+)"', shown)
    assert found is not None
    with Image.open(io.BytesIO(base64.b64decode(found[1]))) as picture:
        (barcode,) = zxingcpp.read_barcodes(picture.convert("L"), formats=only_qr())
    return barcode.text


def test_without_javascript_the_code_is_a_picture_of_ours(people: PeopleSite) -> None:
    people.sign_in()
    people.agree()

    plain = people.get("/code/plain")

    shown = plain.get_data(as_text=True)
    assert '<meta http-equiv="refresh" content="60">' in shown
    assert code_in(shown).startswith("CC1:")
    assert "<script" not in shown
    assert plain.headers["Cache-Control"] == "no-store"


def test_the_page_that_draws_leads_on_where_nothing_can_be_drawn(
    people: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.sign_in()
    people.agree()
    monkeypatch.setattr("gateway.web.pages.assets.manifest", lambda: {"citizen.js": "citizen.js"})

    shown = people.get("/code").get_data(as_text=True)

    assert '<noscript><meta http-equiv="refresh" content="0; url=/code/plain"></noscript>' in shown
    monkeypatch.setattr("gateway.web.pages.assets.manifest", dict)
    assert people.get("/code").headers["Location"] == "/code/plain"


def test_a_picture_that_cannot_be_had_now_is_asked_for_again(people: PeopleSite) -> None:
    people.sign_in()
    people.agree()
    people.site.assessments.gone = True

    answer = people.get("/code/plain")

    assert answer.status_code == 503
    assert "暂时无法更新,请稍候" in answer.get_data(as_text=True)
    assert '<meta http-equiv="refresh" content="10">' in answer.get_data(as_text=True)


def test_looking_at_the_page_signs_no_code(people: PeopleSite) -> None:
    people.sign_in()
    people.agree()

    people.get("/code")

    assert people.site.issuance.rows == []


@pytest.mark.parametrize(
    "ticked", [{}, {"read": "yes"}, {"shown": "yes"}, {"read": "no", "shown": "yes"}]
)
def test_without_both_boxes_there_is_no_consent(people: PeopleSite, ticked: dict[str, str]) -> None:
    people.sign_in()

    answer = people.post("/consent", ticked)

    assert answer.status_code == 422
    assert "checked" not in answer.get_data(as_text=True)
    assert people.get("/code/plain").headers["Location"] == "/consent"


def test_stopping_is_one_action_and_says_when_the_last_code_ends(people: PeopleSite) -> None:
    people.sign_in()
    people.agree()

    stopped = people.post("/consent/stop").get_data(as_text=True)

    assert re.search(r"最迟在 [0-2][0-9]:[0-5][0-9] 失效", stopped)
    answer = people.client.post(
        "/api/v1/codes",
        json={"kind": "general"},
        headers={"X-Form-Token": people.form_token()},
        base_url=LEAF,
    )
    assert (answer.status_code, answer.get_json()["code"]) == (403, "consent_required")
    assert people.site.issuance.rows == []


def test_a_person_without_a_tier_is_told_so_kindly_on_the_same_page(people: PeopleSite) -> None:
    people.sign_in()
    people.agree()
    with_tier = people.get("/code/plain").get_data(as_text=True)
    people.site.assessments.readings.clear()

    answer = people.get("/code/plain")

    shown = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "暂无可用激励,不影响任何服务" in shown
    assert '<meta http-equiv="refresh" content="60">' in shown
    # All but the panel is the same: from two metres nobody sees who has what.
    outside = re.compile(r'<section id="code".*</section>|[0-9a-f]{64}', re.DOTALL)
    assert outside.sub("", shown) == outside.sub("", with_tier)


def test_signing_out_ends_the_session_here_and_leads_to_the_providers(people: PeopleSite) -> None:
    people.sign_in()
    cookie = people.client.get_cookie("__Host-citizen", domain="credit.wenzhou.example")
    assert cookie is not None

    answer = people.post("/sign-out")

    # A link and a refresh of the page, since `form-action` would stop a redirect.
    assert answer.text.count(f"{ISSUER}/end?client_id=gateway") == 2
    thief = people.browser()
    thief.set_cookie("__Host-citizen", cookie.value, domain="credit.wenzhou.example")
    assert people.get("/code", thief).headers["Location"] == "/sign-in?next=/code"


def test_cookies_are_for_this_host_over_tls_and_not_for_scripts(people: PeopleSite) -> None:
    answers = [people.get("/sign-in/provider"), people.sign_in(), people.get("/merchant/enrol")]

    cookies = [line for answer in answers for line in answer.headers.getlist("Set-Cookie")]
    assert len(cookies) >= 3
    for line in cookies:
        assert line.startswith("__Host-")
        assert "; Secure" in line
        assert "; HttpOnly" in line
        assert "; Path=/" in line
        assert "SameSite=Lax" in line
        assert "Domain" not in line


def test_session_fixation_a_session_from_before_sign_in_is_not_taken_over(
    people: PeopleSite,
) -> None:
    planted = "A" * 43
    people.client.set_cookie("__Host-citizen", planted, domain="credit.wenzhou.example")

    people.sign_in()

    cookie = people.client.get_cookie("__Host-citizen", domain="credit.wenzhou.example")
    assert cookie is not None
    assert cookie.value != planted


def cookie_of(client: FlaskClient, kind: str) -> str:
    found = client.get_cookie(f"__Host-{kind}", domain="credit.wenzhou.example")
    assert found is not None
    return found.value


def with_session(people: PeopleSite, token: str) -> FlaskClient:
    client = people.browser()
    client.set_cookie("__Host-citizen", token, domain="credit.wenzhou.example")
    return client


def test_signing_in_again_ends_the_session_that_the_browser_had(people: PeopleSite) -> None:
    people.sign_in()
    first = cookie_of(people.client, "citizen")

    people.sign_in()

    assert people.get("/consent", with_session(people, first)).status_code == 303
    assert people.get("/consent").status_code == 200


def test_a_form_from_before_somebody_signed_in_fits_no_more(people: PeopleSite) -> None:
    before, visit = people.form_token(), cookie_of(people.client, "visit")

    people.sign_in()

    assert cookie_of(people.client, "visit") != visit
    answer = people.client.post("/sign-out", data={"form_token": before}, base_url=LEAF)
    assert answer.status_code == 403


def test_a_citizen_who_lost_the_phone_ends_all_sessions_from_another(people: PeopleSite) -> None:
    lost, other = people.client, people.browser()
    people.sign_in(lost)
    people.sign_in(other)

    shown = people.get("/sessions", other).get_data(as_text=True)
    assert "2 处登录" in shown
    assert shown.count("<li><b>") == 2
    assert shown.index("本机") < shown.index("另一处")
    assert f"登录,{china_date(china_day(Timestamp(NOON + LIFE_S)))} 到期" in shown
    answer = people.post("/sessions/end", client=other)

    assert answer.text.count(f"{ISSUER}/end?client_id=gateway") == 2
    assert [people.get("/consent", each).status_code for each in (lost, other)] == [303, 303]


def test_a_citizen_ends_all_sessions_but_the_own(people: PeopleSite) -> None:
    lost, other = people.client, people.browser()
    people.sign_in(lost)
    people.sign_in(other)

    answer = people.post("/sessions/end-others", client=other)

    assert answer.headers["Location"] == "/sessions"
    assert "另一处" not in people.get("/sessions", other).text
    assert [people.get("/consent", each).status_code for each in (lost, other)] == [303, 200]


@pytest.mark.parametrize("packs", [True, False])
def test_the_page_says_until_when_codes_on_a_lost_phone_are_good(
    people: PeopleSite, *, packs: bool
) -> None:
    assert people.gateway.issue is not None
    desk = CitizenDesk(packs=IssuePack(issue=people.gateway.issue) if packs else None)
    people.gateway = replace(people.gateway, desk=desk)
    people.client = people.browser()
    people.sign_in()

    shown = people.get("/sessions").text

    until = pack_end(NOON) if packs else NOON + 90
    assert f"最迟在 {day_and_minute(whole_minute(until))} 失效" in shown
    assert ("离线码" in shown) is packs


def test_another_browsers_state_signs_nobody_in(people: PeopleSite) -> None:
    state = (
        people.get("/sign-in/provider", people.browser()).headers["Location"].partition("state=")[2]
    )
    people.get("/sign-in/provider")

    answer = people.get(f"/sign-in/callback?state={state}&code=c&iss={ISSUER}")

    assert answer.status_code == 400
    assert state not in answer.get_data(as_text=True)
    assert "这次登录没有完成" in answer.text
    assert people.get("/code").headers["Location"] == "/sign-in?next=/code"


def test_an_answer_is_taken_once(people: PeopleSite) -> None:
    state = people.get("/sign-in/provider").headers["Location"].partition("state=")[2]
    back = f"/sign-in/callback?state={state}&code=c&iss={ISSUER}"

    assert people.get(back).status_code == 303
    assert people.get(back).status_code == 400


@pytest.mark.parametrize(
    "query",
    ["", "state=a&state=b&code=c", f"state={'a' * 2049}&code=c", "error=access_denied"],
)
def test_a_malformed_answer_signs_nobody_in(people: PeopleSite, query: str) -> None:
    people.get("/sign-in/provider")

    assert people.get(f"/sign-in/callback?{query}").status_code == 400


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "/%2F/evil", "https://e"])
def test_sign_in_leads_back_to_this_site_only(people: PeopleSite, path: str) -> None:
    away = people.client.get(
        "/sign-in/provider", query_string={"next": path}, base_url=LEAF
    ).headers["Location"]
    state = away.partition("state=")[2]

    back = people.get(f"/sign-in/callback?state={state}&code=c&iss={ISSUER}")

    assert back.headers["Location"] == "/code"


FORMS = [
    *("/consent", "/consent/stop", "/sessions/end", "/sessions/end-others", "/sign-out"),
    *("/rights/delete", "/print", "/print/revoke"),
    *("/merchant/enrol", "/merchant", "/merchant/void", "/merchant/pin", "/merchant/unlock"),
    *("/merchant/leave", "/merchant/offers/pause", "/merchant/offers/resume"),
    *(f"/merchant/devices/{act}" for act in ("link", "revoke", "pin")),
    *("/complaints", "/complaints/answer", "/rights/objection", "/merchant/notices/<number>"),
    *("/rights/objection/review", "/rights/objection/withdraw"),
]


@pytest.mark.parametrize("path", FORMS)
def test_csrf_a_form_of_another_site_does_nothing(people: PeopleSite, path: str) -> None:
    people.sign_in()
    people.agree()
    people.enrol(owner=True)
    token = people.form_token()
    strangers = people.form_token(people.browser())
    forged: dict[str, tuple[dict[str, str], dict[str, str]]] = {
        "no token": ({}, {}),
        "another browser's token": ({"form_token": strangers}, {}),
        "another origin": ({"form_token": token}, {"Origin": "https://evil.example"}),
        "a sandboxed page": ({"form_token": token}, {"Origin": "null"}),
    }

    for fields, headers in forged.values():
        answer = people.client.post(path, data=fields, headers=headers, base_url=LEAF)

        assert answer.status_code == 403
    assert "停用信用码" in people.get("/consent").text


def test_every_form_is_among_those_that_are_attacked(people: PeopleSite) -> None:
    app = make_flask(people.gateway)
    unsafe = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and not rule.rule.startswith(("/api/", "/oauth2/", "/staff/", "/federation/"))
    }

    assert unsafe == set(FORMS)


def test_csrf_the_api_takes_no_cookie_without_the_token(people: PeopleSite) -> None:
    people.sign_in()
    people.agree()

    answer = people.client.post("/api/v1/codes", json={"kind": "general"}, base_url=LEAF)

    assert answer.status_code == 403
    assert people.site.issuance.rows == []


def test_a_phone_is_enrolled_by_its_button_and_verifies(people: PeopleSite) -> None:
    secret, _ = people.enrol_devices.link(MerchantId("m-1"), None, "till", ACTING)
    for _ in range(3):
        people.get("/merchant/enrol")
    assert people.post("/merchant/enrol", {"link": secret}).headers["Location"] == "/merchant"
    assert people.post("/merchant/enrol", {"link": secret}, people.browser()).status_code == 410

    code = JINHUA.show(tier=2)
    shown = people.post("/merchant", {"code": code, "scenario": "dining.restaurant"}).get_data(
        as_text=True
    )

    assert 'class="result recognised"' in shown
    assert '<span class="lead">可享</span> <b><span class="head">' in shown
    assert code not in shown


def test_a_browser_that_is_no_device_is_shown_how_to_become_one(people: PeopleSite) -> None:
    assert people.get("/merchant").headers["Location"] == "/merchant/enrol"
    people.sign_in()
    assert people.get("/merchant").headers["Location"] == "/merchant/enrol"


WAYS_IN = {"/code": "/sign-in?next=/code", "/staff": "/staff/sign-in"}


@pytest.mark.parametrize("path", WAYS_IN)
def test_a_merchants_phone_is_shown_the_way_in_to_what_it_is_not(
    people: PeopleSite, path: str
) -> None:
    people.enrol()

    assert people.get(path).headers["Location"] == WAYS_IN[path]


def test_a_program_that_is_somebody_else_is_told_so(people: PeopleSite) -> None:
    people.enrol()

    answer = people.client.post(
        "/api/v1/codes",
        json={"kind": "general"},
        headers={"X-Form-Token": people.form_token()},
        base_url=LEAF,
    )

    assert answer.status_code == 403


def language_link(shown: str) -> str:
    found = re.search(r'href="([^"]*)\?lang=en"', shown)
    assert found is not None
    return found[1]


def test_another_language_leads_back_to_the_same_page(people: PeopleSite) -> None:
    people.hire(StaffRole.OPERATOR)
    people.enter()
    people.sign_in()
    people.agree()
    people.enrol()
    showing = {"code": "x", "scenario": "dining.restaurant"}
    link = people.post("/staff/merchants/m-1/link", {"label": "till"})

    assert language_link(people.get("/staff/merchants/m-1").text) == "/staff/merchants/m-1"
    assert language_link(link.text) == "/staff/merchants/m-1"
    assert language_link(people.post("/merchant", showing).text) == "/merchant"
    assert language_link(people.post("/consent/stop").text) == "/consent"
    assert language_link(people.post("/sessions/end").text) == "/sessions"
    assert language_link(people.post("/sign-out").text) == "/"
    assert language_link(people.get("/nowhere/%22evil").text) == "/"
    assert language_link(people.get("/staff/partners/%22%3Ex").text) == "/staff/partners/%22%3Ex"


def counter_form(people: PeopleSite, code: str) -> dict[str, str]:
    """Return the fields that the counter's page sends for a code."""
    found = re.search(r'name="request_id" value="([0-9a-f]{32})"', people.get("/merchant").text)
    assert found is not None
    return {"code": code, "scenario": "dining.restaurant", "request_id": found[1]}


def receipt_in(answer: TestResponse) -> str | None:
    found = re.search(r"回执 ([A-Z0-9-]+)", answer.text)
    return None if found is None else found[1]


def test_the_same_form_sent_again_gets_the_same_receipt(people: PeopleSite) -> None:
    people.enrol()
    fields = counter_form(people, JINHUA.show(tier=2))

    first, again = people.post("/merchant", fields), people.post("/merchant", fields)

    assert receipt_in(first) is not None
    assert receipt_in(again) == receipt_in(first)


def void(people: PeopleSite, receipt: str | None) -> TestResponse:
    return people.post("/merchant/void", {"receipt": str(receipt)})


def test_a_grant_is_voided_at_the_counter_without_javascript(people: PeopleSite) -> None:
    people.enrol()
    granted = people.post("/merchant", counter_form(people, JINHUA.show(tier=2)))
    receipt = receipt_in(granted)

    answer = void(people, receipt)

    assert f'name="receipt" value="{receipt}"' in granted.text
    assert (answer.status_code, "已撤销" in answer.text) == (200, True)
    assert 'class="result"' in answer.text
    assert people.site.desk.log.records[ReceiptId(str(receipt))].voided


def test_a_grant_that_is_too_old_stands_and_the_counter_is_told(people: PeopleSite) -> None:
    people.enrol()
    receipt = receipt_in(people.post("/merchant", counter_form(people, JINHUA.show(tier=2))))
    people.site.clock.time = Timestamp(NOON + 16 * MINUTE)

    answer = void(people, receipt)

    assert "不能撤销" in answer.text
    assert not people.site.desk.log.records[ReceiptId(str(receipt))].voided


@pytest.mark.parametrize("receipt", ["", "ABCD-EFGH-2345-WXYZ", "<script>"])
def test_a_receipt_of_nobody_is_not_found_at_the_counter(people: PeopleSite, receipt: str) -> None:
    people.enrol()

    assert void(people, receipt).status_code == 404


def test_a_used_code_in_a_new_form_is_asked_for_again(people: PeopleSite) -> None:
    people.enrol()
    code = JINHUA.show(tier=2)
    people.post("/merchant", counter_form(people, code))

    again = people.post("/merchant", counter_form(people, code))

    assert receipt_in(again) is None
    assert "请换一个码" in again.text


def test_an_old_form_serves_the_next_guest_too(people: PeopleSite) -> None:
    people.enrol()
    fields = counter_form(people, JINHUA.show(tier=2))
    first = people.post("/merchant", fields)

    second = people.post("/merchant", fields | {"code": JINHUA.show(tier=2)})

    assert second.status_code == 200
    assert receipt_in(second) not in {None, receipt_in(first)}


@pytest.mark.parametrize("named", ["", "é", "x" * 2000, "<script>"])
def test_an_odd_name_of_a_showing_names_none(people: PeopleSite, named: str) -> None:
    people.enrol()
    fields = counter_form(people, JINHUA.show(tier=2)) | {"request_id": named}

    answer = people.post("/merchant", fields)

    assert receipt_in(answer) is not None
    assert "<script>" not in answer.text


def test_a_merchant_of_a_part_of_a_scenario_can_choose_that_part(people: PeopleSite) -> None:
    part = Merchant(
        id=MerchantId("m-2"),
        name="Park (illustrative)",
        scenarios=frozenset({ScenarioId("travel.attraction.free"), ScenarioId("lodging.hotel")}),
        venues=(),
        state="active",
    )
    people.store.merchants.add(part, ACTING.note("merchant.added", "m-2"))
    people.enrol(merchant="m-2")

    shown = people.get("/merchant").text
    answer = people.post(
        "/merchant", {"code": JINHUA.show(tier=2), "scenario": "travel.attraction.free"}
    )

    assert re.findall(r'<option value="([^"]+)"', shown) == [
        "lodging.hotel",
        "travel.attraction.free",
    ]
    assert answer.status_code == 200
    assert "请换一个码" not in answer.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"code": "x", "scenario": "gov.tax"}, 400),
        ({"code": "x"}, 400),
        ({"code": "x" * 4097, "scenario": "dining.restaurant"}, 413),
        ({"scenario": "dining.restaurant"}, 200),
        ({"code": "<script>", "scenario": "dining.restaurant"}, 200),
    ],
)
def test_odd_input_at_the_counter_gets_a_page_and_no_echo(
    people: PeopleSite, fields: dict[str, str], status: int
) -> None:
    people.enrol()

    answer = people.post("/merchant", fields)

    assert answer.status_code == status
    assert "<script>" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "这个请求无法处理"), ("en", "This request cannot be handled")]
)
def test_only_a_sign_in_that_failed_is_told_to_sign_in_again(
    people: PeopleSite, language: str, said: str
) -> None:
    people.enrol()
    people.get(f"/?lang={language}")

    answer = people.post("/merchant", {"code": "x", "scenario": "gov.tax"})

    assert answer.status_code == 400
    assert f"<h1>{said}</h1>" in answer.text
    assert "登录" not in answer.text
    assert "sign in" not in answer.text


def test_no_result_but_recognised_is_loud(people: PeopleSite) -> None:
    people.enrol()

    shown = people.post("/merchant", {"code": "no code", "scenario": "dining.restaurant"})

    assert 'class="result"' in shown.get_data(as_text=True)


def test_the_policy_has_a_fresh_nonce_and_no_inline_code(people: PeopleSite) -> None:
    people.sign_in()
    people.agree()
    policies = [people.get("/code/plain").headers["Content-Security-Policy"] for _ in range(2)]

    assert policies[0] != policies[1]
    for policy in policies:
        assert "unsafe-inline" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
    shown = people.get("/code/plain").get_data(as_text=True)
    assert not re.search(r"<[^>]+ (on\w+|style)=", shown)


HOSTS = {
    "a Host of somebody's": {"Host": "evil.example"},
    "a forwarded host": {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"},
    "a forwarded address": {"Forwarded": "host=evil.example", "X-Original-URL": "/evil"},
}


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("path", ["/", "/code", "/sign-in", "/merchant", "/nowhere"])
def test_no_answer_takes_its_address_from_the_sender(
    people: PeopleSite, name: str, path: str
) -> None:
    answer = people.client.get(path, headers=HOSTS[name])

    assert "evil" not in answer.get_data(as_text=True)
    assert "evil" not in answer.headers.get("Location", "")


def make_templates_text() -> str:

    root = Path(str(resources.files("gateway.web"))) / "templates"
    return "\n".join(path.read_text("utf-8") for path in sorted(root.rglob("*.html")))


def test_a_built_file_is_kept_for_ever_and_another_is_not_there(people: PeopleSite) -> None:

    style = asset("style.css")
    if style is None:
        pytest.skip("the pages' code was not built (make assets)")
    found = people.get(style)

    assert (found.status_code, found.mimetype) == (200, "text/css")
    assert "immutable" in found.headers["Cache-Control"]
    assert people.get("/static/other.js").status_code == 404
    assert people.get("/static/..%2fframe.py").status_code == 404
    found.close()


def test_a_built_file_is_sent_smaller_to_whoever_takes_it(people: PeopleSite) -> None:

    wasm = asset("zxing_reader.wasm")
    if wasm is None:
        pytest.skip("the pages' code was not built (make assets)")
    with (
        people.client.get(wasm) as whole,
        people.client.get(wasm, headers={"Accept-Encoding": "br, gzip"}) as small,
    ):
        assert "Content-Encoding" not in whole.headers
        assert (small.headers["Content-Encoding"], small.mimetype) == ("gzip", "application/wasm")
        assert gzip.decompress(small.data) == whole.data
        assert small.headers["Vary"] == whole.headers["Vary"] == "Accept-Encoding"
        assert small.headers["Content-Security-Policy"] == whole.headers["Content-Security-Policy"]
        assert small.headers["ETag"] != whole.headers["ETag"]


def test_a_route_that_names_nobody_cannot_be_served(people: PeopleSite) -> None:

    app = make_flask(people.gateway)
    app.add_url_rule("/new", "new", lambda: "hello")

    with pytest.raises(TypeError, match="new"):
        check_routes(app)
