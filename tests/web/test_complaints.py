"""Complaints about merchants: filed by anybody, answered by the office, looked up by number."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from gateway.clock import china_day
from gateway.ids import MerchantId, Timestamp
from gateway.services import complaints as service
from gateway.services.audit import Acting
from gateway.services.rates import Rate, RateLimits
from gateway.services.staff import StaffRole
from gateway.web.citizen_desk import CitizenDesk
from tests.web.people_site import ACTING, PeopleSite
from tests.web.site import RATES
from tests.world import DAY, NOON

TEXT = "出示后说没有优惠。"
ANSWER = "已与商家核实,即日起按公布的优惠办理。"
FORM = {"place": "示例酒店前台", "kind": "refused", "text": TEXT}


def file(people: PeopleSite, **changed: str) -> TestResponse:
    return people.post("/complaints", FORM | changed)


def number(page: TestResponse) -> str:
    found = re.search(r'class="number">([A-Z2-7 ]{19})<', page.text)
    assert found is not None
    return found[1]


def rows(people: PeopleSite) -> list[Mapping[str, object]]:
    with people.store.engine.connect() as connection:
        return [dict(row) for row in connection.execute(text("SELECT * FROM complaint")).mappings()]


def staff(people: PeopleSite, role: StaffRole = StaffRole.COUNTY) -> PeopleSite:
    people.hire(role)
    people.enter()
    return people


def test_anybody_files_a_complaint_and_gets_a_number(people: PeopleSite) -> None:
    filed = file(people)

    assert filed.status_code == 200
    # NOON is a Friday in 2027: the fifth working day after it.
    assert "2027-01-22 前答复" in filed.text
    assert re.sub(" ", "", number(filed)) == rows(people)[0]["number"]


def test_nothing_that_was_written_stands_in_the_database(people: PeopleSite) -> None:
    file(people)

    (row,) = rows(people)
    plain = {name: value for name, value in row.items() if name not in {"number", "sealed"}}
    assert plain == {
        "kind": "refused",
        "offer": None,
        "merchant": None,
        "filed_day": china_day(NOON),
        "due_day": china_day(NOON) + 7,
        "sealed_answer": None,
        "closed_day": None,
    }
    assert TEXT.encode() not in bytes(row["sealed"])  # type: ignore[call-overload]  # a column
    assert [entry.act for entry in people.store.ledger.read()] == ["merchant.added"]


def test_an_offer_and_a_plate_are_named_by_the_address(people: PeopleSite) -> None:
    page = people.get("/complaints?offer=gym-discount&merchant=m-1")

    assert 'name="offer" value="gym-discount"' in page.text
    assert "示例商家" in page.text
    assert 'name="place"' not in page.text

    people.post(
        "/complaints",
        {"offer": "gym-discount", "merchant": "m-1", "kind": "other", "text": TEXT},
    )

    assert (rows(people)[0]["offer"], rows(people)[0]["merchant"]) == ("gym-discount", "m-1")


@pytest.mark.parametrize(
    "query", ["offer=nothing", "merchant=m-9", "offer=<b>", f"merchant={'m' * 100}", "merchant="]
)
def test_what_is_not_known_is_not_repeated_and_the_form_stays(
    people: PeopleSite, query: str
) -> None:
    page = people.get(f"/complaints?{query}")

    assert page.status_code == 200
    assert (query.partition("=")[2] or "value=m-1") not in page.text
    assert 'name="place"' in page.text


def test_a_merchant_that_was_removed_is_described_by_the_writer(people: PeopleSite) -> None:
    office = people.gateway.office
    assert office is not None
    office.merchants.remove(MerchantId("m-1"), "closed", ACTING)

    assert 'name="place"' in people.get("/complaints?merchant=m-1").text


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "no kind": ({"kind": ""}, "请选择问题类型"),
    "an unknown kind": ({"kind": "guest"}, "请选择问题类型"),
    "no merchant": ({"place": " "}, "请选择问题类型"),
    "no text": ({"text": " "}, "普通文字"),
    "a merchant at length": ({"place": "x" * 81}, "普通文字"),
    "a telephone number": ({"text": "请拨 138 0000 0000"}, "请不要写电话"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_form_that_lacks_something_comes_back_as_it_was_filled(
    people: PeopleSite, what: str
) -> None:
    changed, said = REFUSED[what]

    answer = file(people, **changed)

    assert answer.status_code == 422
    assert said in answer.text
    assert (FORM | changed)["text"].strip() in answer.text
    assert rows(people) == []


def test_the_office_answers_and_whoever_has_the_number_reads_it(people: PeopleSite) -> None:
    filed = number(file(people))
    staff(people)
    page = people.get("/staff/complaints")
    assert TEXT in page.text
    assert "示例酒店前台" in page.text

    bare = filed.replace(" ", "")
    done = people.post(f"/staff/complaints/{bare}/answer", {"answer": ANSWER})
    shown = people.post("/complaints/answer", {"number": filed.lower()})

    assert done.headers["Location"] == "/staff/complaints"
    assert ANSWER in shown.text
    assert TEXT not in shown.text
    assert "没有等待答复的投诉" in people.get("/staff/complaints").text
    entry = people.store.ledger.latest(1)[0]
    assert (entry.act, entry.details and entry.details.target) == ("complaint.answered", bare)


def test_one_that_waits_is_shown_as_such(people: PeopleSite) -> None:
    filed = number(file(people))

    shown = people.post("/complaints/answer", {"number": filed})

    assert "处理中" in shown.text
    assert "2027-01-22" in shown.text


@pytest.mark.parametrize("typed", ["", "A" * 16, "x" * 100, "AAAA AAAA AAAA AAA1"])
def test_a_number_of_nothing_leads_to_nothing(people: PeopleSite, typed: str) -> None:
    shown = people.post("/complaints/answer", {"number": typed})

    assert shown.status_code == 404
    assert "没有这个受理编号" in shown.text


@pytest.mark.parametrize("which", ["A" * 16, "a"])
def test_only_one_that_waits_is_answered(people: PeopleSite, which: str) -> None:
    staff(people)

    answer = people.post(f"/staff/complaints/{which}/answer", {"answer": ANSWER})

    assert answer.status_code == 409
    assert "或已答复" in answer.text


def test_an_answer_names_nobody(people: PeopleSite) -> None:
    filed = number(file(people)).replace(" ", "")
    staff(people)

    answer = people.post(f"/staff/complaints/{filed}/answer", {"answer": "电话 13800000000"})

    assert (answer.status_code, "请不要写电话" in answer.text) == (409, True)


def test_a_row_that_a_hand_changed_hides_no_other(people: PeopleSite) -> None:
    file(people)
    with people.store.engine.begin() as connection:
        connection.execute(text("UPDATE complaint SET sealed = x'00', kind = 'odd'"))
    file(people, text="另一件")
    staff(people)

    page = people.get("/staff/complaints")

    assert "记录被改动过" in page.text
    assert "另一件" in page.text


def test_one_that_is_overdue_is_marked(people: PeopleSite) -> None:
    file(people)
    staff(people)
    assert "已超期" not in people.get("/staff/complaints").text

    with people.store.engine.begin() as connection:
        connection.execute(text("UPDATE complaint SET due_day = filed_day - 1"))

    assert "已超期" in people.get("/staff/complaints").text


def test_an_address_files_so_many_in_an_hour_and_a_form_to_correct_is_not_counted(
    people: PeopleSite,
) -> None:
    limits = people.gateway.limits
    rates = replace(RATES, complaint=Rate(count=1, period_s=3600))
    people.gateway = replace(
        people.gateway, limits=RateLimits(rates=rates, buckets=limits.buckets, key=bytes(32))
    )
    people.client = people.browser()

    assert [file(people, text=" ").status_code for _ in range(3)] == [422] * 3
    assert [file(people).status_code for _ in range(2)] == [200, 429]
    assert len(rows(people)) == 1


def test_a_flood_is_turned_away_before_the_disk_is_full(
    people: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_OPEN", 2)

    assert [file(people).status_code for _ in range(3)] == [200, 200, 503]
    staff(people, StaffRole.AUDITOR)
    assert people.get("/staff/complaints").text.count('class="note"') == 2


def test_more_than_the_page_shows_are_counted(
    people: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.web.pages.staff.complaints._SHOWN", 1)
    file(people)
    file(people)
    staff(people)

    assert "共 2 件等待答复" in people.get("/staff/complaints").text


def test_the_backlog_is_what_the_office_is_reminded_of(people: PeopleSite) -> None:
    rows_of = people.store.complaints
    assert rows_of.backlog() == (0, 0)

    filed = number(file(people)).replace(" ", "")
    file(people)

    assert rows_of.backlog() == (2, china_day(NOON) + 7)
    desk = people.gateway.desk
    assert desk is not None
    assert desk.complaints is not None
    later = Timestamp(NOON + DAY)
    desk.complaints.answer(filed, ANSWER, Acting(by="staff:lin", at=later))
    assert rows_of.backlog()[0] == 1


def test_a_process_without_complaints_has_no_such_pages(people: PeopleSite) -> None:
    people.gateway = replace(people.gateway, desk=CitizenDesk())
    people.client = people.browser()
    staff(people)

    assert people.get("/complaints").status_code == 404
    assert people.get("/staff/complaints").status_code == 404


def test_the_page_is_there_in_english(people: PeopleSite) -> None:
    page = people.get("/complaints?offer=gym-discount&lang=en")

    assert "Complain about a merchant" in page.text
    assert not re.search(r"[\u4e00-\u9fff]", page.text.replace("中文", ""))
