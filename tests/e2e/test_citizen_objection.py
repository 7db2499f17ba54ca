"""An objection from its form to its answer, and a complaint about a merchant of another city."""

import re
from collections.abc import Callable, Generator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gateway.ids import Tier
from tests.e2e.conftest import Assessments, Town, Towns
from tests.e2e.patience import PATIENCE_MS
from tests.e2e.steps import BEST, NEXT, enter, open_code, tier_on

ANSWER = "经查,评价来源的记录无误。"


@pytest.fixture
def visit(browser: Browser) -> Generator[Callable[[], Page]]:
    """Give phones of different people."""
    made: list[BrowserContext] = []

    def phone() -> Page:
        context = browser.new_context(locale="zh-CN", viewport={"width": 360, "height": 740})
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        return context.new_page()

    yield phone
    for each in made:
        each.close()


def object_to(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/rights")
    page.locator("a[href='/rights/objection']").click()
    page.locator("input[value=assessment]").check()
    page.locator("textarea").fill("我的评价有误,请核对。")
    page.locator("form[action='/rights/objection'] button").click()
    expect(page.locator("main")).to_contain_text("办理中")


def answer(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/staff/objections")
    page.locator(".cards a").first.click()
    page.locator("form[action$=read] button").click()
    expect(page.locator("main")).to_contain_text("我的评价有误")
    page.locator("select[name=outcome]").select_option("kept")
    page.locator("textarea[name=answer]").fill(ANSWER)
    page.locator("form[action$=answer] button").click()
    expect(page.locator("main")).to_contain_text(ANSWER)


def test_a_tier_under_objection_is_not_lowered_until_the_answer(
    visit: Callable[[], Page], towns: Towns, assessments: Assessments
) -> None:
    citizen, another, officer = visit(), visit(), visit()
    before = assessments.text
    huzhou = towns.huzhou
    open_code(citizen, huzhou, NEXT)
    assert tier_on(citizen, 2) == 2
    object_to(citizen, huzhou)
    enter(officer, huzhou.url, "operator")

    assessments.move({Tier(2), Tier(3)}, Tier(1))

    # Whoever did not object shows that the city has taken the new assessments.
    open_code(another, huzhou, BEST)
    assert tier_on(another, 1) == 1
    citizen.goto(f"{huzhou.url}/code")
    assert tier_on(citizen, 2) == 2

    answer(officer, huzhou)

    citizen.goto(f"{huzhou.url}/code")
    assert tier_on(citizen, 1) == 1
    citizen.goto(f"{huzhou.url}/rights/objection")
    expect(citizen.locator("main")).to_contain_text(ANSWER)
    citizen.get_by_role("button", name="申请复核").click()
    expect(citizen.locator("main")).to_contain_text("复核中")
    citizen.get_by_role("button", name="撤回异议").click()
    expect(citizen.locator("main")).to_contain_text("已撤回")
    # The next test's guests have their own tiers again.
    assessments.write(before)
    assert tier_on(another, 3) == 3


def test_a_complaint_goes_from_an_offer_to_the_destinations_office_without_a_sign_in(
    visit: Callable[[], Page], towns: Towns
) -> None:
    guest, officer = visit(), visit()
    guest.goto(f"{towns.wenzhou.url}/complaints?offer=gym-discount")
    guest.locator("input[name=place]").fill("示例健身房前台")
    guest.locator("input[value=refused]").check()
    guest.locator("textarea").fill("出示后说没有优惠。")
    guest.locator("form[action='/complaints'] button").click()
    number = guest.locator(".number").inner_text()
    assert re.fullmatch(r"([A-Z2-7]{4} ?){4}", number)

    enter(officer, towns.wenzhou.url, "county")
    officer.goto(f"{towns.wenzhou.url}/staff/complaints")
    waiting = officer.locator("section", has_text=number)
    waiting.locator("textarea").fill("已与商家核实并改正。")
    with officer.expect_navigation():
        waiting.locator("button").click()

    guest.goto(f"{towns.wenzhou.url}/complaints")
    guest.locator("input[name=number]").fill(number)
    guest.locator("form[action='/complaints/answer'] button").click()
    expect(guest.locator("main")).to_contain_text("已与商家核实并改正。")
