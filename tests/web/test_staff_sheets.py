"""``/staff/sheets``: an operator hands out codes on paper, and ends them."""

import base64
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from gateway.services.staff import StaffRole
from gateway.web.pages.staff import sheets as page
from gateway.web.sheets.lettering import SheetFontError
from tests.web.people_site import CITIZEN, PeopleSite

PAGE = "/staff/sheets"
ORDER = {
    "channel": "counter",
    "subject": CITIZEN,
    "name": "张",
    "purpose": "330300/lodging.hotel",
    "days": "7",
    "identified": "yes",
    "read": "yes",
    "shown": "yes",
}


@pytest.fixture
def lin(people: PeopleSite) -> PeopleSite:
    """Return the site with an operator signed in."""
    people.hire(StaffRole.OPERATOR)
    people.enter()
    return people


def ordered(people: PeopleSite, **changes: str) -> TestResponse:
    return people.post(PAGE, ORDER | changes)


def name_on(page: TestResponse) -> str:
    found = re.search(r"<code>([A-Z2-7 ]{19})</code>", page.text)
    assert found is not None
    return found[1]


def entries(people: PeopleSite) -> list[tuple[str, str, Mapping[str, str | int]]]:
    return [
        (each.act, each.details.target, each.details.facts)
        for each in people.store.ledger.read()
        if each.details and each.act.startswith(("sheet.", "status."))
    ]


def test_a_sheet_is_shown_once_with_both_files_in_the_page(lin: PeopleSite) -> None:
    shown = ordered(lin)

    files = dict(
        re.findall(
            r'download="[A-Z2-7]{16}\.(pdf|svg)" href="data:[a-z/+]+;base64,([^"]+)"', shown.text
        )
    )
    assert shown.status_code == 200
    assert base64.b64decode(files["pdf"]).startswith(b"%PDF-1.4")
    drawn = base64.b64decode(files["svg"]).decode("utf-8")
    assert "第6/6张，用一次" in drawn
    assert "张*" in drawn
    assert shown.headers["Cache-Control"] == "no-store"
    assert lin.signed == 1


def test_nothing_but_the_places_of_its_codes_is_stored(lin: PeopleSite) -> None:
    name = name_on(ordered(lin)).replace(" ", "")

    with lin.store.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM status_entry")).all()
        (days,) = connection.execute(text("SELECT count(*) FROM issuance_day")).one()
    assert [len(row) for row in rows] == [5] * 6
    assert {row.sheet for row in rows} == {name}
    assert days == 0  # kept in memory by this site; docs/storage.md says what a day row has
    assert entries(lin) == [
        ("sheet.asked", "citizen", {"channel": "counter"}),
        ("sheet.handed_out", name, {"codes": 6, "channel": "counter"}),
    ]


def test_whom_a_sheet_is_for_stands_in_no_page_no_address_and_no_ledger(lin: PeopleSite) -> None:
    shown = ordered(lin, channel="relative")

    assert CITIZEN not in shown.text
    assert CITIZEN not in str(list(lin.store.ledger.read()))


def test_another_sheet_for_the_same_purpose_ends_the_earlier_one(lin: PeopleSite) -> None:
    ordered(lin)
    assert lin.store.status_lists.revoked(1) == ()

    ordered(lin)

    assert len(lin.store.status_lists.revoked(1)) == 6


@pytest.mark.parametrize("typed", ["as printed", "lower case"])
def test_a_lost_sheet_is_revoked_by_the_number_on_it(lin: PeopleSite, typed: str) -> None:
    name = name_on(ordered(lin))

    done = lin.post(f"{PAGE}/revoke", {"sheet": name if typed == "as printed" else name.lower()})

    assert "6 张码刚刚吊销" in done.text
    assert len(lin.store.status_lists.revoked(1)) == 6


def test_every_sheet_of_a_person_is_revoked_where_the_number_is_lost_too(lin: PeopleSite) -> None:
    ordered(lin)
    ordered(lin, purpose="330700/lodging.hotel")

    done = lin.post(f"{PAGE}/revoke", {"subject": CITIZEN})

    assert "12 张码刚刚吊销" in done.text


REFUSALS: dict[str, tuple[dict[str, str], str]] = {
    "nobody was identified": ({"identified": ""}, "sheet_not_identified"),
    "the first box is not ticked": ({"read": ""}, "sheet_not_identified"),
    "nor the second": ({"shown": "no"}, "sheet_not_identified"),
    "who is there is not said": ({"channel": ""}, "sheet_not_identified"),
    "the own page is no counter": ({"channel": "page"}, "sheet_not_identified"),
    "no id": ({"subject": " "}, "subject_form"),
    "no name": ({"name": "*"}, "masked_name"),
    "no days": ({"days": "x"}, "printed_life"),
    "no purpose": ({"purpose": ""}, "city_unknown"),
    "a purpose that is not offered": ({"purpose": "330300/lodging.none"}, "scenario_not_offered"),
}


@pytest.mark.parametrize(("changes", "code"), REFUSALS.values(), ids=list(REFUSALS))
def test_an_order_that_is_none_is_refused_with_words(
    lin: PeopleSite, changes: dict[str, str], code: str
) -> None:
    answer = ordered(lin, **changes)

    assert answer.status_code == 409
    assert code in answer.text
    assert "这个操作被拒绝" not in answer.text
    assert lin.store.status_lists.taken() == 0


def test_a_sheet_that_is_not_known_is_said_to_be_so(lin: PeopleSite) -> None:
    answer = lin.post(f"{PAGE}/revoke", {"sheet": "ABCD EFGH IJKL MNOP"})

    assert answer.status_code == 409
    assert "没有这个编号的打印页" in answer.text


def test_a_person_without_a_tier_gets_no_sheet_and_kind_words(lin: PeopleSite) -> None:
    answer = ordered(lin, subject="nobody-known")

    assert answer.status_code == 200
    assert "暂无可用激励,不影响任何服务" in answer.text
    assert lin.store.status_lists.taken() == 0


def test_without_the_font_nothing_is_issued(
    lin: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise SheetFontError("the font was not built")

    monkeypatch.setattr(page, "lettering", missing)

    assert ordered(lin).status_code == 503
    assert (lin.store.status_lists.taken(), entries(lin)) == (0, [])


def test_what_needs_a_quota_or_is_not_agreed_cannot_be_chosen(lin: PeopleSite) -> None:
    shown = lin.get(PAGE).text

    assert 'value="330300/lodging.hotel"' in shown
    assert 'value="330700/dining.restaurant"' not in shown


def test_the_counter_speaks_english_as_well(lin: PeopleSite) -> None:
    lin.get(f"{PAGE}?lang=en")

    assert "Wenzhou" in lin.get(PAGE).text
    assert "Download PDF" in ordered(lin).text


def test_a_city_without_a_hotline_prints_nothing(lin: PeopleSite) -> None:
    desk = lin.gateway.desk
    assert desk is not None
    assert PAGE in lin.get("/staff").text
    lin.gateway = replace(lin.gateway, desk=replace(desk, sheets=None))

    browser = lin.browser()
    lin.enter("lin", browser)

    assert PAGE not in lin.get("/staff", browser).text
    assert lin.get(PAGE, browser).status_code == 404
