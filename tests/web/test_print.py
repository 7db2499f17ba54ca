"""``/print``: one's own codes on paper, after a fresh sign-in."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from gateway.services.rates import Rate
from gateway.web.pages.citizen import printing
from gateway.web.sheets.lettering import SheetFontError
from tests.web.people_site import CITIZEN, PeopleSite

ORDER = {"purpose": "330300/lodging.hotel", "days": "7"}


@pytest.fixture
def wang(people: PeopleSite) -> PeopleSite:
    """Return the site with a citizen who proved just now, and agreed."""
    people.sign_in(fresh=True)
    people.agree()
    return people


def ordered(people: PeopleSite, **changes: str) -> TestResponse:
    return people.post("/print", ORDER | changes)


def test_a_sheet_is_printed_with_the_name_that_the_provider_says(wang: PeopleSite) -> None:
    form, printed = wang.get("/print"), ordered(wang)

    assert "张*" in form.text
    assert len(re.findall(r'download="[A-Z2-7]{16}\.(?:pdf|svg)" href="data:', printed.text)) == 2
    assert CITIZEN not in printed.text
    assert printed.headers["Cache-Control"] == "no-store"
    assert wang.store.status_lists.taken() == 6


def test_the_ledger_says_that_a_citizen_printed_and_not_who(wang: PeopleSite) -> None:
    ordered(wang)

    told = [each.details for each in wang.store.ledger.read() if each.act.startswith("sheet.")]
    assert [(each.actor, each.facts["channel"]) for each in told if each] == [("citizen", "page")]
    assert CITIZEN not in str(told)


@pytest.mark.parametrize("ask", [lambda p: p.get("/print"), ordered], ids=["looking", "printing"])
def test_it_asks_for_a_fresh_sign_in(
    people: PeopleSite, ask: Callable[[PeopleSite], TestResponse]
) -> None:
    people.sign_in()
    people.agree()

    answer = ask(people)

    assert answer.headers["Location"].startswith("/sign-in?fresh=1&next=")
    assert people.store.status_lists.taken() == 0


@pytest.mark.parametrize("ask", [lambda p: p.get("/print"), ordered], ids=["looking", "printing"])
def test_without_a_consent_it_leads_to_the_consent(
    people: PeopleSite, ask: Callable[[PeopleSite], TestResponse]
) -> None:
    people.sign_in(fresh=True)

    assert ask(people).headers["Location"] == "/consent"
    assert people.store.status_lists.taken() == 0


def test_without_a_name_it_says_where_else_there_is_a_sheet(
    wang: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    nameless = replace(wang.sessions.authenticate(_token(wang), wang.site.clock.now()), holder=None)
    monkeypatch.setattr(type(wang.sessions), "authenticate", lambda *_: nameless)

    assert "请到信用办柜台办理" in wang.get("/print").text
    assert "download=" not in ordered(wang).text
    assert wang.store.status_lists.taken() == 0
    assert 'href="/print"' not in wang.get("/rights").text


def _token(people: PeopleSite) -> str:
    found = people.client.get_cookie("__Host-citizen", domain="credit.wenzhou.example")
    assert found is not None
    return found.value


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "330300/lodging.none"},
        {"purpose": "x"},
        {"purpose": ""},
        {"days": "8"},
        {"days": "²"},
    ],
)
def test_what_is_not_offered_can_be_chosen_again(wang: PeopleSite, changes: dict[str, str]) -> None:
    answer = ordered(wang, **changes)

    assert answer.status_code == 422
    assert "请重新选择" in answer.text
    assert wang.store.status_lists.taken() == 0


def test_a_person_without_a_tier_is_told_so_kindly(wang: PeopleSite) -> None:
    del wang.site.assessments.readings[CITIZEN]

    answer = ordered(wang)

    assert answer.status_code == 200
    assert "暂无可用激励,不影响任何服务" in answer.text


def test_without_the_font_nothing_is_issued(
    wang: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise SheetFontError("the font was not built")

    monkeypatch.setattr(printing, "lettering", missing)

    assert ordered(wang).status_code == 503
    assert wang.store.status_lists.taken() == 0


def test_the_next_sheet_too_many_has_to_wait(wang: PeopleSite) -> None:
    limits = wang.gateway.limits
    rates = replace(limits.rates, sheet=Rate(count=1, period_s=3600))
    wang.gateway = replace(wang.gateway, limits=replace(limits, rates=rates))
    browser = wang.browser()
    wang.sign_in(browser, fresh=True)

    answers = [wang.post("/print", ORDER, browser) for _ in range(3)]

    # Twice as many in the first period (docs/configuration.md#limits).
    assert [each.status_code for each in answers][-1] == 429
    assert wang.get("/print", browser).status_code == 200


def test_all_own_sheets_end_with_one_button(wang: PeopleSite) -> None:
    ordered(wang)
    ordered(wang, purpose="330700/lodging.hotel")

    ended, again = wang.post("/print/revoke"), wang.post("/print/revoke")

    assert "12 张码刚刚作废" in ended.text
    assert "没有可以作废的打印页" in again.text


def test_a_city_without_a_hotline_prints_nothing(wang: PeopleSite) -> None:
    desk = wang.gateway.desk
    assert desk is not None
    assert 'href="/print"' in wang.get("/rights").text
    wang.gateway = replace(wang.gateway, desk=replace(desk, sheets=None))
    browser = wang.browser()
    wang.sign_in(browser, fresh=True)

    assert wang.get("/print", browser).status_code == 404
    assert 'href="/print"' not in wang.get("/rights", browser).text


def test_the_page_speaks_english_as_well(wang: PeopleSite) -> None:
    wang.get("/print?lang=en")

    assert "Make the sheet" in wang.get("/print").text
    assert "Download PDF" in ordered(wang).text
