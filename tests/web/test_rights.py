"""What somebody may ask about the own person, and what nobody may ask about another."""

import re
from dataclasses import replace

import pytest

from gateway.clock import china_day
from gateway.ids import CityId, Tier
from gateway.services.ports import IssuanceKind
from gateway.services.standing import Standing
from gateway.services.status_ports import StatusEntry
from gateway.web.citizen_desk import CitizenDesk
from tests.web.people_site import CITIZEN, PeopleSite
from tests.web.site import LEAF
from tests.world import NOON


def member(people: PeopleSite) -> None:
    people.sign_in()
    people.agree()


def given_out(
    people: PeopleSite, subject: str, kind: IssuanceKind, codes: int, *, days_ago: int = 0
) -> None:
    day = china_day(NOON) - days_ago
    standing = Standing(tier=Tier(2), scale_version="v1", assessed_on=day)
    people.store.issuance.count_issue(
        people.persons.of(subject).issuing, day, kind, standing, codes
    )


def test_the_hub_leads_to_every_way_that_there_is(people: PeopleSite) -> None:
    member(people)

    people.sign_in(fresh=True)

    shown = people.get("/rights").text

    ways = re.findall(r'<li><a href="([^"]+)"', shown)
    assert {"/consent", "/sessions"} <= set(ways)
    assert [people.get(way).status_code for way in ways] == [200] * len(ways)


def test_a_city_that_issues_nothing_has_no_rights_page(people: PeopleSite) -> None:
    people.gateway = replace(people.gateway, desk=None)
    client = people.browser()
    people.sign_in(client)

    assert people.get("/rights", client).status_code == 404


def test_the_receipt_shows_what_was_agreed_to_and_who_may_verify(people: PeopleSite) -> None:
    member(people)

    shown = people.get("/consent").text

    receipt = people.consents.held(CITIZEN)
    assert receipt is not None
    assert receipt.number in shown
    assert "温州信用办" in shown
    assert "湖州" in shown
    assert 'type="checkbox"' not in shown


def test_a_city_that_joins_is_named_and_asked_about(people: PeopleSite) -> None:
    people.sign_in()
    fewer = people.consents.recipients - {CityId("330500")}
    replace(people.consents, recipients=fewer).give(CITIZEN, NOON)

    assert people.get("/code").headers["Location"] == "/consent"
    shown = people.get("/consent").text
    assert "新增了核验城市:湖州。" in shown
    assert shown.count('type="checkbox"') == 2
    people.agree()
    assert people.get("/code/plain").status_code == 200


def test_words_that_changed_are_asked_about_without_naming_cities(people: PeopleSite) -> None:
    member(people)
    held = people.consents.held(CITIZEN)
    assert held is not None
    people.store.consents.add(
        replace(held, number="older", wording="2025-01", given_at=NOON), people.acting()
    )

    shown = people.get("/consent").text

    assert "文本有变化" in shown
    assert "/consent/stop" in shown


def test_stopping_with_a_pack_on_some_phone_says_the_day(people: PeopleSite) -> None:
    member(people)
    given_out(people, CITIZEN, "pack", 96)

    stopped = people.post("/consent/stop").text

    assert re.search(r"最迟在 20\d\d-\d\d-\d\d \d\d:\d[01] 失效", stopped)
    assert "打印的码已全部作废" not in stopped


FRESH = ["/rights/export", "/rights/export.json", "/rights/delete"]


@pytest.mark.parametrize("path", FRESH)
def test_what_takes_everything_asks_for_a_fresh_sign_in(people: PeopleSite, path: str) -> None:
    member(people)

    assert people.get(path).headers["Location"].startswith("/sign-in?fresh=1&next=/rights/")
    people.sign_in(fresh=True)
    assert people.get(path).status_code == 200


def test_deleting_with_an_old_session_deletes_nothing(people: PeopleSite) -> None:
    member(people)

    answer = people.post("/rights/delete", {"sure": "yes"})

    assert answer.headers["Location"] == "/sign-in?fresh=1&next=/rights/delete"
    assert people.get("/rights").status_code == 200


def test_the_history_shows_days_kinds_and_counts_and_no_tier(people: PeopleSite) -> None:
    member(people)
    given_out(people, CITIZEN, "live", 41)
    given_out(people, "somebody-else", "pack", 96)

    shown = people.get("/rights/history").text

    cells = re.findall(r"<td[^>]*>([^<]*)</td>", shown)
    assert cells == ["2027-01-15", "当面出示的码", "41"]
    assert "更早的在导出文件里" not in shown


def test_a_history_of_years_shows_the_last_one_and_says_so(people: PeopleSite) -> None:
    member(people)
    for years in (0, 2):
        given_out(people, CITIZEN, "live", 1, days_ago=366 * years)

    shown = people.get("/rights/history").text

    assert shown.count("<tr><td") == 1
    assert "更早的在导出文件里" in shown


def test_who_never_had_a_code_has_an_empty_history(people: PeopleSite) -> None:
    member(people)

    assert "还没有发过码" in people.get("/rights/history").text


def test_every_consent_is_shown_with_the_words_of_then(people: PeopleSite) -> None:
    member(people)
    people.post("/consent/stop")
    people.agree()

    shown = people.get("/rights/consents").text

    numbers = [each.number for each in people.consents.all_of(CITIZEN)]
    assert len(numbers) == 2
    assert all(number in shown for number in numbers)
    assert shown.count("同意温州信用办读取我的信用评价") == 2
    assert "终止时间" in shown


def test_words_that_this_gateway_never_had_are_named_by_version_only(people: PeopleSite) -> None:
    member(people)
    held = people.consents.held(CITIZEN)
    assert held is not None
    people.store.consents.add(replace(held, number="older", wording="2020-08"), people.acting())

    shown = people.get("/rights/consents").text

    assert "2020-08" in shown
    assert shown.count("当时的原文") == 1


def test_the_copy_as_json_is_what_the_page_shows(people: PeopleSite) -> None:
    member(people)
    people.sign_in(fresh=True)
    given_out(people, CITIZEN, "live", 3)

    answer = people.get("/rights/export.json")
    page = people.get("/rights/export").text

    copy = answer.get_json()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="credit-code.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert copy["format"] == "credit-code-own-copy-1"
    assert copy["issued"] == [
        {
            "day": "2027-01-15",
            "kind": "live",
            "codes": 3,
            "tier": 2,
            "scale_version": "v1",
            "assessed_on": "2027-01-15",
        }
    ]
    (consent,) = copy["consents"]
    assert consent["number"] in page
    assert consent["recipients"] == ["330300", "330400", "330500", "330700"]
    assert consent["ended_at"] is None
    assert [each["began_at"] for each in copy["sessions"]] == ["2027-01-15T16:00:00+08:00"]
    assert ">3</td>" in page
    assert CITIZEN not in answer.text + page


def test_a_copy_says_what_was_printed(people: PeopleSite) -> None:
    people.sign_in(fresh=True)
    entry = StatusEntry(
        number=1,
        index=4,
        subject=people.persons.of(CITIZEN).issuing,
        sheet="B" * 16,
        last_day=china_day(NOON) + 3,
    )
    people.store.status_lists.remember([entry])

    assert people.get("/rights/export.json").get_json()["printed"] == [
        {"sheet": "B" * 16, "codes": 1, "revoked": 0, "kept_until": "2027-01-18"}
    ]
    assert "BBBB BBBB BBBB BBBB" in people.get("/rights/export").text


def test_deleting_asks_first_and_says_what_stays(people: PeopleSite) -> None:
    member(people)
    people.sign_in(fresh=True)

    asked = people.get("/rights/delete").text
    unticked = people.post("/rights/delete")

    assert "会留下,以及为什么" in asked
    assert "checked" not in asked
    assert (unticked.status_code, "请先勾选下面一项" in unticked.text) == (422, True)
    assert people.get("/rights").status_code == 200


def test_deleting_ends_everything_and_the_browser_forgets(people: PeopleSite) -> None:
    member(people)
    other = people.browser()
    people.sign_in(other)
    people.sign_in(fresh=True)
    given_out(people, CITIZEN, "live", 3)

    deleted = people.post("/rights/delete", {"sure": "yes"})

    assert "发码记录 1 条、登录 2 处已删除" in deleted.text
    assert "cache" in deleted.headers["Clear-Site-Data"]
    assert people.get("/rights").status_code == 303
    assert people.get("/rights", other).status_code == 303
    assert people.store.rights.issued(people.persons.of(CITIZEN)) == []


OTHERS: dict[str, tuple[str, str, str]] = {
    "consents by address": ("GET", "/rights/consents?subject=example-2", "consent"),
    "history by address": ("GET", "/rights/history?owner=example-2", "history"),
    "an export by address": ("GET", "/rights/export?sub=example-2", "export"),
    "an export as a file": ("GET", "/rights/export.json?person=example-2", "export"),
    "an explanation": ("GET", "/rights/explanation?citizen=example-2", "explanation"),
    "a deletion": ("POST", "/rights/delete", "delete"),
    "a stop": ("POST", "/consent/stop", "stop"),
    "a pack": ("API", "/api/v1/codes/pack", "pack"),
}


@pytest.mark.parametrize(("method", "path", "what"), OTHERS.values(), ids=OTHERS)
def test_asking_about_another_is_refused_and_written_down_without_a_name(
    people: PeopleSite, method: str, path: str, what: str
) -> None:
    member(people)
    people.sign_in(fresh=True)

    match method:
        case "GET":
            answer = people.get(path)
        case "POST":
            answer = people.post(path, {"subject": "example-2", "sure": "yes"})
        case _:
            answer = people.client.post(
                path,
                json={"subject": "example-2"},
                headers={"X-Form-Token": people.form_token()},
                base_url=LEAF,
            )

    assert answer.status_code == 403
    (newest, *_) = people.store.ledger.latest(1)
    assert newest.details is not None
    told = (newest.act, newest.details.actor, newest.details.target, dict(newest.details.facts))
    assert told == ("rights.refused", "citizen", what, {})
    assert "example-2" not in answer.text
    assert people.consents.of(CITIZEN) is not None


def test_asking_about_another_is_refused_where_nothing_is_kept(people: PeopleSite) -> None:
    people.gateway = replace(people.gateway, desk=CitizenDesk())
    people.sign_in()

    answer = people.client.post(
        "/api/v1/codes/pack",
        json={"subject": "example-2"},
        headers={"X-Form-Token": people.form_token()},
        base_url=LEAF,
    )

    assert (answer.status_code, answer.json and answer.json["code"]) == (403, "forbidden")


def test_naming_oneself_is_no_harm(people: PeopleSite) -> None:
    member(people)

    assert people.get(f"/rights/history?subject={CITIZEN}").status_code == 200


def test_the_explanation_says_rule_version_threshold_and_whom_to_ask(people: PeopleSite) -> None:
    member(people)

    shown = people.get("/rights/explanation").text

    assert "现在的等级:2(优秀)" in shown
    assert "现在的等级:2(优秀)。依据 2027-01-14 的评价。" in shown
    bare = re.sub(r"</?span[^>]*>", "", shown)
    assert re.findall(r"<td>([^<]*)</td>", bare) == [
        *("3 极好", "750 分起", "2 优秀", "700 分起", "1 守信", "650 分起"),
    ]
    issue = people.gateway.issue
    assert issue is not None
    assert issue.standings.scales.at(NOON).version in shown
    # What it is called among people, not among machines.
    assert "信用分</dd>" in shown
    assert issue.standings.scales.at(NOON).id not in shown
    assert "0577-12345" in shown
    assert "tier" not in re.sub(r"<[^>]*>", "", shown)


def test_the_explanation_is_the_same_page_without_a_tier(people: PeopleSite) -> None:
    member(people)
    people.site.assessments.readings.clear()

    shown = people.get("/rights/explanation").text

    assert "暂无可用激励,不影响任何服务" in shown
    assert ">700</span> 分起" in shown


def test_the_explanation_reads_nothing_without_a_consent(people: PeopleSite) -> None:
    people.sign_in()
    people.site.assessments.gone = True

    shown = people.get("/rights/explanation").text

    assert "所以没有读取您的评价" in shown
    assert ">700</span> 分起" in shown


def test_the_explanation_says_when_it_cannot_be_said(people: PeopleSite) -> None:
    member(people)
    people.site.assessments.gone = True

    assert "评价来源暂时没有答复" in people.get("/rights/explanation").text
