"""Objections: filed and followed by citizens, answered and reviewed by officers."""

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from gateway.clock import china_day
from gateway.codes import reading
from gateway.ids import Timestamp, UnverifiedText
from gateway.policy.working_days import WorkingDays
from gateway.services.assess import Assessment
from gateway.services.issue import LiveCode, NoIncentive
from gateway.services.staff import StaffRole
from gateway.web.citizen_desk import CitizenDesk
from tests.web.people_site import CITIZEN, PeopleSite
from tests.world import DAY, NOON

PAGE = "/rights/objection"
TEXT = "我的评价有误。"
REASON = "须等评价来源核实。"
ANSWER = "评价来源已更正。"


@pytest.fixture
def citizen(people: PeopleSite) -> PeopleSite:
    people.sign_in()
    people.agree()
    return people


def file(people: PeopleSite, kind: str = "assessment", written: str = TEXT) -> TestResponse:
    return people.post(PAGE, {"kind": kind, "text": written})


def number(people: PeopleSite) -> str:
    with people.store.engine.connect() as connection:
        found = connection.execute(
            text("SELECT number FROM objection ORDER BY open_of IS NULL, number")
        )
        return str(found.scalars().first())


def assessed(people: PeopleSite, score: int) -> None:
    people.site.assessments.readings[CITIZEN] = Assessment(
        reading=score, assessed_on=Timestamp(NOON - DAY), scale_version=None
    )


def tier(people: PeopleSite) -> int | None:
    people.held.refresh()
    found: LiveCode | NoIncentive = people.issue.general(CITIZEN, NOON)
    if isinstance(found, NoIncentive):
        return None
    return reading.read(UnverifiedText(found.text)).claims.tier


def officer(people: PeopleSite, account: str, *roles: StaffRole) -> FlaskClient:
    people.hire(*roles, account=account)
    browser = people.browser()
    people.enter(account, browser)
    return browser


def answer(
    people: PeopleSite, browser: FlaskClient, outcome: str = "kept", said: str = ANSWER
) -> TestResponse:
    path = f"/staff/objections/{number(people)}/answer"
    return people.post(path, {"outcome": outcome, "answer": said}, browser)


def acts(people: PeopleSite) -> list[str]:
    return [each.act for each in people.store.ledger.read() if each.act.startswith("objection")]


def test_a_citizen_objects_and_reads_until_when_the_answer_is_due(citizen: PeopleSite) -> None:
    assert file(citizen).headers["Location"] == PAGE

    page = citizen.get(PAGE)

    # NOON is Friday, 2027-01-15.
    assert "2027-01-22" in page.text
    assert "办理中" in page.text
    assert 'name="text"' not in page.text
    assert acts(citizen) == ["objection.filed"]


def test_the_tier_in_force_is_not_lowered_until_the_answer(citizen: PeopleSite) -> None:
    assert tier(citizen) == 2
    file(citizen)

    for score, said in ((649, 2), (650, 2), (750, 3)):
        assessed(citizen, score)
        assert tier(citizen) == said
    assessed(citizen, 650)
    answer(citizen, officer(citizen, "lin", StaffRole.OPERATOR))

    assert tier(citizen) == 1


def test_whoever_had_no_tier_has_none_held(citizen: PeopleSite) -> None:
    assessed(citizen, 649)
    file(citizen, "no_tier")

    assert tier(citizen) is None
    assessed(citizen, 650)
    assert tier(citizen) == 1


def test_without_a_consent_nothing_is_read_about_the_person(people: PeopleSite) -> None:
    people.sign_in()
    people.site.assessments.gone = True

    assert file(people).status_code == 303

    people.site.assessments.gone = False
    assessed(people, 649)
    assert tier(people) is None


def test_nobody_is_kept_from_objecting_because_the_source_is_down(citizen: PeopleSite) -> None:
    citizen.site.assessments.gone = True

    assert file(citizen).status_code == 303


def test_who_objects_and_why_stands_nowhere_in_the_clear(citizen: PeopleSite) -> None:
    file(citizen)
    with citizen.store.engine.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM objection")).all()
        told = connection.execute(text("SELECT actor, target, facts FROM ledger_entry")).all()

    for hidden in (CITIZEN, TEXT):
        assert hidden.encode() not in b"".join(each for each in row if isinstance(each, bytes))
        assert hidden not in str(row) + str(told)


REFUSED: dict[str, tuple[str, str, str]] = {
    "no kind": ("", TEXT, "请选择一项"),
    "no text": ("other", " ", "普通文字"),
    "an identity number": ("other", "33030019000101000X", "请不要写电话"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_form_that_lacks_something_comes_back(citizen: PeopleSite, what: str) -> None:
    kind, written, said = REFUSED[what]

    page = file(citizen, kind, written)

    assert page.status_code == 422
    assert said in page.text
    assert written.strip() in page.text
    assert acts(citizen) == []


def test_one_objection_waits_at_a_time(citizen: PeopleSite) -> None:
    file(citizen)

    assert "已有一件异议" in file(citizen).text
    assert citizen.post(f"{PAGE}/withdraw", {"number": number(citizen)}).status_code == 303
    assert file(citizen).status_code == 303
    assert acts(citizen) == ["objection.filed", "objection.withdrawn", "objection.filed"]


@pytest.mark.parametrize("act", ["withdraw", "review"])
def test_anothers_objection_is_the_number_of_nothing(citizen: PeopleSite, act: str) -> None:
    desk = citizen.gateway.desk
    assert desk is not None
    assert desk.objections is not None
    theirs = desk.objections.file("example-2", "other", TEXT, NOON)

    for typed in (theirs.number, "A" * 16, "x"):
        page = citizen.post(f"{PAGE}/{act}", {"number": typed})
        assert page.status_code == 422
        assert "没有这个编号的异议" in page.text
    assert theirs.spelled not in citizen.get(PAGE).text


def test_an_officer_opens_it_answers_and_the_citizen_reads_that(citizen: PeopleSite) -> None:
    file(citizen)
    lin = officer(citizen, "lin", StaffRole.OPERATOR)
    path = f"/staff/objections/{number(citizen)}"
    assert "2027-01-22" in citizen.get("/staff/objections", lin).text
    assert "<b>1</b> 件异议待答复" in citizen.get("/staff", lin).text
    shut = citizen.get(path, lin).text
    assert CITIZEN not in shut
    assert TEXT not in shut

    opened = citizen.post(f"{path}/read", client=lin)
    answered = answer(citizen, lin, "corrected")

    assert CITIZEN in opened.text
    assert TEXT in opened.text
    assert answered.headers["Location"] == path
    page = citizen.get(PAGE).text
    assert ANSWER in page
    assert "评价已更正" in page
    assert "staff:" not in page
    assert acts(citizen) == ["objection.filed", "objection.read", "objection.answered"]
    assert citizen.post(f"{path}/read", client=lin).status_code == 409


def test_an_answer_takes_longer_once_with_a_reason_that_the_citizen_reads(
    citizen: PeopleSite,
) -> None:
    file(citizen)
    lin = officer(citizen, "lin", StaffRole.OPERATOR)
    path = f"/staff/objections/{number(citizen)}/extend"

    for days in ("5", "21", "x", ""):
        assert citizen.post(path, {"days": days, "reason": REASON}, lin).status_code == 409
    assert citizen.post(path, {"days": "20", "reason": " "}, lin).status_code == 409
    done = citizen.post(path, {"days": "20", "reason": REASON}, lin)
    again = citizen.post(path, {"days": "20", "reason": REASON}, lin)

    assert (done.status_code, again.status_code) == (303, 409)
    page = citizen.get(PAGE).text
    assert "2027-02-12" in page
    assert REASON in page


def test_a_review_is_answered_by_another_officer_who_may_review(citizen: PeopleSite) -> None:
    file(citizen)
    lin = officer(citizen, "lin", StaffRole.OPERATOR, StaffRole.APPROVER)
    wu = officer(citizen, "wu", StaffRole.APPROVER)
    wang = officer(citizen, "wang", StaffRole.OPERATOR)
    answer(citizen, lin)
    first = number(citizen)

    asked = citizen.post(f"{PAGE}/review", {"number": first})

    assert asked.status_code == 303
    assert "复核中" in citizen.get(PAGE).text
    # The tier of the beginning is held again.
    assessed(citizen, 650)
    assert tier(citizen) == 2
    for browser in (lin, wang):
        assert answer(citizen, browser).status_code == 409
    assert "复核须由另一名复核人答复" in citizen.get(f"/staff/objections/{first}", wang).text
    assert answer(citizen, wu, "corrected", "复核后更正。").status_code == 303
    page = citizen.get(PAGE).text
    assert "复核后更正。" in page
    assert ANSWER in page
    assert "申请复核" not in page
    assert citizen.post(f"{PAGE}/review", {"number": first}).status_code == 422


def test_a_review_has_a_clock_of_its_own(citizen: PeopleSite) -> None:
    file(citizen)
    lin = officer(citizen, "lin", StaffRole.OPERATOR)
    answer(citizen, lin)
    citizen.site.clock.time = Timestamp(NOON + 3 * DAY)
    citizen.post(f"{PAGE}/review", {"number": number(citizen)})
    assert "2027-01-25" in citizen.get(PAGE).text

    citizen.enter("lin", lin)
    path = f"/staff/objections/{number(citizen)}/extend"
    assert citizen.post(path, {"days": "6", "reason": REASON}, lin).status_code == 303

    assert "2027-01-26" in citizen.get(PAGE).text


@pytest.mark.parametrize(("days", "status"), [(30, 303), (31, 422)])
def test_a_review_is_asked_for_within_30_days(citizen: PeopleSite, days: int, status: int) -> None:
    file(citizen)
    answer(citizen, officer(citizen, "lin", StaffRole.OPERATOR))
    with citizen.store.engine.begin() as connection:
        moved = {"day": china_day(NOON) - days}
        connection.execute(text("UPDATE objection SET closed_day = :day"), moved)

    assert citizen.post(f"{PAGE}/review", {"number": number(citizen)}).status_code == status


ANSWERED_WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no outcome": ({"outcome": "", "answer": ANSWER}, "请选择一项"),
    "no answer": ({"outcome": "kept", "answer": ""}, "普通文字"),
}


@pytest.mark.parametrize("what", ANSWERED_WRONG)
def test_an_answer_that_lacks_something_is_refused(citizen: PeopleSite, what: str) -> None:
    fields, said = ANSWERED_WRONG[what]
    file(citizen)
    lin = officer(citizen, "lin", StaffRole.OPERATOR)

    page = citizen.post(f"/staff/objections/{number(citizen)}/answer", fields, lin)

    assert (page.status_code, said in page.text) == (409, True)


def test_what_is_closed_is_answered_extended_and_withdrawn_no_more(citizen: PeopleSite) -> None:
    file(citizen)
    lin = officer(citizen, "lin", StaffRole.OPERATOR)
    answer(citizen, lin)
    path = f"/staff/objections/{number(citizen)}"

    assert answer(citizen, lin).status_code == 409
    assert citizen.post(f"{path}/extend", {"days": "9", "reason": REASON}, lin).status_code == 409
    assert citizen.post(f"{PAGE}/withdraw", {"number": number(citizen)}).status_code == 422
    assert "没有等待答复的异议" in citizen.get("/staff/objections", lin).text


def test_a_number_of_nothing_is_not_found(citizen: PeopleSite) -> None:
    lin = officer(citizen, "lin", StaffRole.OPERATOR)

    assert citizen.get("/staff/objections/x", lin).status_code == 404
    assert citizen.get(f"/staff/objections/{'A' * 16}", lin).status_code == 404


def test_an_auditor_sees_the_list_and_opens_nothing(citizen: PeopleSite) -> None:
    file(citizen)
    wu = officer(citizen, "wu", StaffRole.AUDITOR)
    path = f"/staff/objections/{number(citizen)}"

    assert citizen.get(path, wu).status_code == 200
    assert "/read" not in citizen.get(path, wu).text
    assert citizen.post(f"{path}/read", client=wu).status_code == 403


def test_a_row_that_a_hand_changed_is_shown_and_not_opened(citizen: PeopleSite) -> None:
    file(citizen)
    lin = officer(citizen, "lin", StaffRole.OPERATOR)
    with citizen.store.engine.begin() as connection:
        connection.execute(text("UPDATE objection SET sealed = x'00', due_day = filed_day - 1"))

    assert "已超期" in citizen.get("/staff/objections", lin).text
    path = f"/staff/objections/{number(citizen)}"
    assert citizen.post(f"{path}/read", client=lin).status_code == 409
    assert citizen.get(PAGE).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE objection SET tier = 4",
        "UPDATE objection SET assessed_on = assessed_on + 1",
        "UPDATE objection SET scale_version = 'another'",
    ],
)
def test_a_tier_that_a_hand_wrote_is_not_held(citizen: PeopleSite, change: str) -> None:
    file(citizen)
    assessed(citizen, 649)
    assert tier(citizen) == 2

    with citizen.store.engine.begin() as connection:
        connection.execute(text(change))

    assert tier(citizen) is None


def test_an_objection_that_a_hand_gave_to_another_person_holds_and_says_nothing(
    citizen: PeopleSite,
) -> None:
    file(citizen)
    another = citizen.persons.tags.subject_pseudonym("example-2")
    with citizen.store.engine.begin() as connection:
        connection.execute(
            text("UPDATE objection SET subject = :another, open_of = :another"),
            {"another": another},
        )

    citizen.held.refresh()
    assert citizen.held.held(another) is None
    desk = citizen.gateway.desk
    assert desk is not None
    assert desk.objections is not None
    ((_, written),) = desk.objections.copies("example-2", NOON)
    assert written == ""


def test_an_answer_that_a_hand_put_in_the_place_of_a_review_is_not_shown(
    citizen: PeopleSite,
) -> None:
    file(citizen)
    lin = officer(citizen, "lin", StaffRole.OPERATOR)
    path = f"/staff/objections/{number(citizen)}"
    citizen.post(f"{path}/answer", {"outcome": "kept", "answer": "维持原评价"}, client=lin)
    with citizen.store.engine.begin() as connection:
        connection.execute(
            text("UPDATE objection SET sealed_review = sealed_answer, review_outcome = 'kept'")
        )

    assert citizen.get(PAGE).text.count("维持原评价") == 1


def test_more_than_the_page_shows_are_counted(
    citizen: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.web.pages.staff.objections._SHOWN", 1)
    desk = citizen.gateway.desk
    assert desk is not None
    assert desk.objections is not None
    for subject in ("example-2", "example-3"):
        desk.objections.file(subject, "other", TEXT, NOON)
    lin = officer(citizen, "lin", StaffRole.OPERATOR)

    assert "共 2 件等待答复" in citizen.get("/staff/objections", lin).text


def test_whoever_files_while_a_year_is_missing_is_told_how_the_time_is_counted(
    citizen: PeopleSite,
) -> None:
    desk = citizen.gateway.desk
    assert desk is not None
    assert desk.objections is not None
    file(citizen)
    assert "放假安排尚未公布" not in citizen.get(PAGE).text
    guessing = replace(desk.objections, days=WorkingDays())
    citizen.gateway = replace(citizen.gateway, desk=replace(desk, objections=guessing))
    citizen.client = citizen.browser()
    citizen.sign_in()

    assert "放假安排尚未公布" in citizen.get(PAGE).text


def test_a_city_that_issues_nothing_takes_no_objections(citizen: PeopleSite) -> None:
    citizen.gateway = replace(citizen.gateway, desk=CitizenDesk())
    citizen.client = citizen.browser()
    citizen.sign_in()
    lin = officer(citizen, "lin", StaffRole.OPERATOR)

    assert citizen.get(PAGE).status_code == 404
    assert file(citizen).status_code == 404
    assert citizen.get("/staff/objections", lin).status_code == 404
    assert "/staff/objections" not in citizen.get("/staff", lin).text


def test_the_page_is_there_in_english(citizen: PeopleSite) -> None:
    file(citizen)

    page = citizen.get(f"{PAGE}?lang=en").text

    assert not re.search(r"[\u4e00-\u9fff]", page.replace("中文", ""))


def test_a_copy_says_what_was_objected_and_deleting_ends_it(citizen: PeopleSite) -> None:
    file(citizen)
    citizen.sign_in(fresh=True)

    (copied,) = citizen.get("/rights/export.json").get_json()["objections"]
    page = citizen.get("/rights/export").text
    citizen.post("/rights/delete", {"sure": "yes"})

    assert (copied["text"], copied["state"], copied["due_on"]) == (TEXT, "open", "2027-01-22")
    assert TEXT in page
    assert citizen.store.objections.backlog() == (0, 0)
    assert citizen.store.objections.held() == ()
