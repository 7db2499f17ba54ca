"""The citizen's code: drawn by the page, as a picture without JavaScript, or kindly not at all."""

import re
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Towns
from tests.e2e.steps import NOBODYS, code_on, open_code, scanned

NONE = "暂无可用激励,不影响任何服务"
REFRESH_MS = 61_000
LIFE_MS = 91_000


@pytest.fixture
def plain(browser: Browser) -> Generator[BrowserContext]:
    """A browser without JavaScript."""
    context = browser.new_context(
        locale="zh-CN", viewport={"width": 360, "height": 740}, java_script_enabled=False
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


def test_a_scanner_reads_from_the_screen_what_the_page_was_given(page: Page, towns: Towns) -> None:
    open_code(page, towns.huzhou)

    code = code_on(page)

    assert scanned(page.locator("#symbol")) == [code]


def test_a_new_code_is_drawn_before_the_old_one_ends(page: Page, towns: Towns) -> None:
    page.clock.install()
    open_code(page, towns.huzhou)
    first = code_on(page)

    page.clock.fast_forward(REFRESH_MS)

    expect(page.locator("#code")).not_to_have_attribute("data-code", first)
    assert scanned(page.locator("#symbol")) == [code_on(page)]


def test_a_code_that_ended_without_a_network_is_covered(page: Page, towns: Towns) -> None:
    page.clock.install()
    open_code(page, towns.huzhou)
    code_on(page)
    page.context.set_offline(True)

    page.clock.fast_forward(REFRESH_MS)
    expect(page.locator("#state")).to_contain_text("暂时无法更新")
    page.clock.fast_forward(LIFE_MS - REFRESH_MS)

    expect(page.locator("#symbol")).to_be_hidden()
    page.context.set_offline(False)
    page.clock.fast_forward(5_000)
    expect(page.locator("#symbol")).to_be_visible()


def test_a_person_without_a_tier_is_told_so_kindly(page: Page, towns: Towns) -> None:
    open_code(page, towns.huzhou, NOBODYS)

    expect(page.locator("#none")).to_have_text(NONE)
    expect(page.locator("#symbol")).to_be_hidden()


def test_without_javascript_the_picture_is_recognised_by_a_page_without_javascript(
    plain: BrowserContext, towns: Towns
) -> None:
    citizen, merchant = plain.new_page(), plain.new_page()
    address, _, secret = towns.wenzhou.enrolment().partition("#")
    merchant.goto(address)
    merchant.locator("#link").fill(secret)
    merchant.locator("main form button").click()

    open_code(citizen, towns.huzhou)
    citizen.wait_for_url(re.compile("/code/plain$"))
    (code,) = scanned(citizen.locator("#code img"))
    merchant.locator("#code").fill(code)
    merchant.locator("#form button").first.click()

    expect(merchant.locator("#message")).to_contain_text("可享")
    expect(merchant.locator("#receipt")).to_contain_text("回执")


def test_without_javascript_a_person_without_a_tier_is_told_so_kindly(
    plain: BrowserContext, towns: Towns
) -> None:
    page = plain.new_page()

    open_code(page, towns.huzhou, NOBODYS)
    page.wait_for_url(re.compile("/code/plain$"))

    expect(page.locator("#none")).to_have_text(NONE)
    expect(page.locator("#code img")).to_have_count(0)
