"""Complaint, warning, suspension, removal: each with notice and reply."""

import pytest

from gateway.ids import MerchantId, Timestamp
from gateway.policy.free_text import PersonalDataError
from gateway.services.audit import Acting
from gateway.services.complaints import Complaints, Draft
from gateway.services.merchant_acts import REMOVE_MERCHANT, removal_facts
from gateway.services.merchant_notices import MerchantNotices, NoticeRefusedError
from gateway.services.merchants import EnrolMerchants
from gateway.services.staff import StaffRole
from gateway.web.admission import admitted
from tests.web.people_site import ACTING, PeopleSite
from tests.web.site import LEAF
from tests.world import DAY, NOON, RESTAURANT, merchant

OURS, THEIRS = MerchantId("m-1"), MerchantId("m-2")
STATE = "/staff/merchants/m-1/state"
CHEN = Acting(by="staff:chen", at=NOON)


@pytest.fixture
def phone(people: PeopleSite) -> PeopleSite:
    """A browser that is a device of the merchant."""
    people.enrol()
    return people


def desk_of(people: PeopleSite) -> EnrolMerchants:
    office = people.gateway.office
    assert office is not None
    return office.merchants


def notices_of(people: PeopleSite) -> MerchantNotices:
    return desk_of(people).notices


def complaints_of(people: PeopleSite) -> Complaints:
    desk = people.gateway.desk
    assert desk is not None
    assert desk.complaints is not None
    return desk.complaints


def complain(people: PeopleSite, about: MerchantId | None = OURS) -> str:
    place = "" if about else "江滨酒店"
    draft = Draft(kind="refused", merchant=about, place=place, text="没有打折")
    return complaints_of(people).file(draft, NOON).number


# --- the merchant


def test_a_warned_merchant_goes_on_and_reads_why_and_replies_once(phone: PeopleSite) -> None:
    desk_of(phone).warn(OURS, "没有按公布的优惠办理", ACTING)

    shown = phone.get("/merchant")
    sent = phone.post("/merchant/notices/1", {"text": "已改正"})
    again = phone.post("/merchant/notices/1", {"text": "再说一句"})

    assert shown.status_code == 200
    assert "没有按公布的优惠办理" in shown.text
    assert '<a href="/merchant/notices">' in shown.text
    assert (sent.status_code, sent.headers["Location"]) == (303, "/merchant/notices")
    assert again.status_code == 422
    assert "没有这份通知,或已经回复、已经答复。" in again.text
    page = phone.get("/merchant/notices").text
    assert "已改正" in page
    assert "再说一句" not in page


def test_a_suspended_merchants_device_reads_why_and_replies_and_verifies_nothing(
    phone: PeopleSite,
) -> None:
    desk_of(phone).suspend(OURS, "两次没有打折", ACTING)

    led = phone.get("/merchant")
    page = phone.get("/merchant/notices")
    replied = phone.post("/merchant/notices/1", {"text": "已经培训"})

    assert (led.status_code, led.headers["Location"]) == (303, "/merchant/notices")
    assert page.status_code == 200
    assert "两次没有打折" in page.text
    assert "本店暂停核验" in page.text
    assert replied.status_code == 303
    assert phone.post("/merchant", {"code": "x", "scenario": RESTAURANT}).status_code == 403
    asked = phone.client.post(
        "/api/v1/verifications",
        json={"code": "x", "scenario": RESTAURANT},
        headers={"X-Form-Token": phone.form_token()},
        base_url=LEAF,
    )
    assert (asked.status_code, asked.get_json()["code"]) == (403, "forbidden")


def test_while_suspended_five_views_open_and_no_other(phone: PeopleSite) -> None:
    app = phone.client.application

    marked = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if getattr(app.view_functions[rule.endpoint], "__while_suspended__", False)
    }

    assert marked == {
        "GET /merchant",
        "GET /merchant/notices",
        "GET /merchant/unlock",
        "POST /merchant/unlock",
        "POST /merchant/notices/<number>",
    }
    assert all(len(admitted(app, name)) for name in app.view_functions)


@pytest.mark.parametrize("suspended", [False, True])
def test_a_guest_at_a_tablet_with_a_pin_does_not_write_the_merchants_one_reply(
    phone: PeopleSite,
    suspended: bool,  # noqa: FBT001  (a parameter)
) -> None:
    phone.post("/merchant/pin", {"pin": "1357"})
    change = desk_of(phone).suspend if suspended else desk_of(phone).warn
    change(OURS, "没有打折", ACTING)

    page = phone.get("/merchant/notices").text
    refused = phone.post("/merchant/notices/1", {"text": "随便写的"})

    assert "没有打折" in page
    assert 'name="text"' not in page
    assert 'href="/merchant/unlock?then=notices"' in page
    assert refused.headers["Location"] == "/merchant/unlock"
    assert notices_of(phone).of(OURS)[0].open

    assert 'name="then" value="notices"' in phone.get("/merchant/unlock?then=notices").text
    opened = phone.post("/merchant/unlock", {"pin": "1357", "then": "notices"})
    assert opened.headers["Location"] == "/merchant/notices"
    assert 'name="text"' in phone.get("/merchant/notices").text
    assert phone.post("/merchant/notices/1", {"text": "已改正"}).status_code == 303
    assert notices_of(phone).of(OURS)[0].reply == "已改正"


def test_the_pin_of_a_suspended_merchants_tablet_opens_its_notices_and_nothing_else(
    phone: PeopleSite,
) -> None:
    phone.post("/merchant/pin", {"pin": "1357"})
    desk_of(phone).suspend(OURS, "没有打折", ACTING)

    opened = phone.post("/merchant/unlock", {"pin": "1357"})

    assert opened.headers["Location"] == "/merchant/notices"
    assert phone.get("/merchant/unlock").headers["Location"] == "/merchant/notices"
    for page in ("/merchant/settings", "/merchant/check", "/merchant/facts"):
        assert phone.get(page).status_code == 403


def test_a_merchant_reads_and_answers_nobody_elses_notice(phone: PeopleSite) -> None:
    phone.store.merchants.add(merchant(id=THEIRS), ACTING.note("merchant.added", "m-2"))
    desk_of(phone).warn(THEIRS, "别家的事", ACTING)

    assert "别家的事" not in phone.get("/merchant/notices").text
    assert phone.post("/merchant/notices/1", {"text": "x"}).status_code == 422
    assert notices_of(phone).of(THEIRS)[0].reply is None


@pytest.mark.parametrize("text", ["", " ", "x" * 501, "请打 13800000000", "a@b.example"])
def test_a_reply_that_leads_to_a_person_or_has_no_bound_is_refused(
    phone: PeopleSite, text: str
) -> None:
    desk_of(phone).warn(OURS, "理由", ACTING)

    refused = phone.post("/merchant/notices/1", {"text": text})

    assert refused.status_code == 422
    assert notices_of(phone).of(OURS)[0].open


def test_no_guest_complaint_number_or_text_reaches_the_merchant(phone: PeopleSite) -> None:
    number = complain(phone)
    desk_of(phone).warn(OURS, "没有打折", ACTING, [number])

    page = phone.get("/merchant/notices").text

    assert "依据 1 件投诉。" in page
    assert number not in page.replace(" ", "")


def test_what_the_merchant_wrote_is_text_and_no_markup(phone: PeopleSite) -> None:
    desk_of(phone).warn(OURS, "<script>alert(1)</script>", ACTING)
    phone.post("/merchant/notices/1", {"text": "<script>alert(2)</script>"})

    page = phone.get("/merchant/notices").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(2)" in page


# --- the deadline


@pytest.mark.parametrize("days", [0, 1])
def test_a_reply_after_five_working_days_is_taken_and_marked(phone: PeopleSite, days: int) -> None:
    desk_of(phone).warn(OURS, "理由", ACTING)
    (asked,) = notices_of(phone).of(OURS)
    assert asked.due_on is not None
    last = Timestamp(NOON + (asked.due_on - asked.on).days * DAY)

    notices_of(phone).reply(OURS, 1, "回复", "d", Timestamp(last + days * DAY))

    (notice,) = notices_of(phone).of(OURS)
    assert (asked.due_on - asked.on).days >= 7
    assert notice.late is (days == 1)


# --- the office


def test_the_office_warns_on_a_complaint_reads_the_reply_answers_and_lifts(
    people: PeopleSite,
) -> None:
    people.hire(StaffRole.COUNTY)
    people.enter()
    number = complain(people)

    people.post(STATE, {"state": "warned", "reason": "没有打折", "complaints": number})
    notices_of(people).reply(OURS, 1, "已改正", "d", NOON)
    listed = people.get("/staff/notices").text
    answered = people.post("/staff/merchants/m-1/notices/1/answer", {"answer": "谢谢"})
    twice = people.post("/staff/merchants/m-1/notices/1/answer", {"answer": "谢谢"})
    people.post(STATE, {"state": "active"})

    assert "已改正" in listed
    assert (answered.status_code, twice.status_code) == (303, 409)
    assert "已改正" not in people.get("/staff/notices").text
    resumed, warned = notices_of(people).of(OURS)
    assert (warned.complaints, warned.answer) == ((number,), "谢谢")
    assert (resumed.kind, resumed.open) == ("resumed", False)
    acts = [each.act for each in people.store.ledger.read()]
    assert acts[-4:] == [
        "merchant.warned",
        "merchant.notice_replied",
        "merchant.notice_answered",
        "merchant.resumed",
    ]


def test_the_first_page_counts_replies_that_wait_and_says_how_old_the_oldest_is(
    people: PeopleSite,
) -> None:
    people.hire(StaffRole.COUNTY)
    people.enter()
    people.post(STATE, {"state": "warned", "reason": "没有打折"})
    none = people.get("/staff").text
    notices_of(people).reply(OURS, 1, "已改正", "d", Timestamp(NOON - 3 * DAY))

    waits = people.get("/staff").text

    assert "<b>0</b> 件商家回复待答复" in none
    assert "天" not in none.partition("件商家回复待答复")[2].partition("</li>")[0]
    assert '<a href="/staff/notices"><b>1</b> 件商家回复待答复</a>' in waits
    assert "最早的已有 3 天" in waits


def test_a_notice_rests_on_complaints_that_are_there_and_about_this_merchant(
    people: PeopleSite,
) -> None:
    others, in_words = complain(people, THEIRS), complain(people, None)

    for wrong in (others, "A" * 16):
        with pytest.raises(NoticeRefusedError):
            desk_of(people).warn(OURS, "理由", ACTING, [wrong])
    desk_of(people).warn(OURS, "理由", ACTING, [in_words])

    assert len(notices_of(people).of(OURS)) == 1


def test_a_reason_that_leads_to_a_person_changes_nothing(people: PeopleSite) -> None:
    with pytest.raises(PersonalDataError):
        desk_of(people).suspend(OURS, "顾客电话 13800000000", ACTING)

    found = desk_of(people).find(OURS)
    assert found is not None
    assert found.state == "active"
    assert notices_of(people).of(OURS) == ()


def test_a_removal_takes_two_and_its_notice_is_printed_with_where_to_write(
    phone: PeopleSite,
) -> None:
    office = phone.gateway.office
    assert office is not None
    asked = office.four_eyes.propose(
        REMOVE_MERCHANT, "m-1", removal_facts("已退出", ()), Acting(by="staff:wang", at=NOON)
    )
    assert phone.get("/merchant").status_code == 200

    office.four_eyes.approve(asked.id, CHEN, asked.digest)
    phone.hire(StaffRole.AUDITOR)
    phone.enter()
    printed = phone.get("/staff/merchants/m-1/notices/1")

    assert printed.status_code == 200
    assert "已退出" in printed.text
    assert "示例市示例路1号 (illustrative)" in printed.text
    assert phone.get("/staff/merchants/m-1/notices/2").status_code == 404
    assert "已退出" in phone.get("/staff/merchants/m-1/notices").text
