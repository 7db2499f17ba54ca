"""A newcomer with two tabs: a code of Huzhou, shown to a hotel of Wenzhou."""

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Towns


def sign_in(page: Page, url: str, person: str = "演示市民甲") -> None:
    page.goto(f"{url}/code")
    page.get_by_role("button", name=person).click()
    page.wait_for_url(re.compile(re.escape(url)))


def agree(page: Page) -> None:
    for box in page.get_by_role("checkbox").all():
        assert not box.is_checked()
        box.check()
    page.locator("main form button").click()


def code_on(page: Page) -> str:
    panel = page.locator("#code[data-code]")
    expect(panel).to_be_visible()
    return panel.get_attribute("data-code") or ""


def test_a_code_of_huzhou_is_good_for_something_at_a_hotel_in_wenzhou(
    context: BrowserContext, towns: Towns
) -> None:
    citizen, merchant = context.new_page(), context.new_page()

    sign_in(citizen, towns.huzhou.url)
    if citizen.url.endswith("/consent"):
        agree(citizen)
    code = code_on(citizen)
    merchant.goto(towns.wenzhou.enrolment())
    merchant.get_by_role("button", name="登记本机").click()
    merchant.locator("#code").fill(code)
    merchant.get_by_role("button", name="核验").click()

    expect(merchant.locator("#message")).to_contain_text("可享")
    expect(merchant.locator("#result")).to_have_class(re.compile("recognised"))
    expect(merchant.locator("#receipt")).to_contain_text("回执")


def test_signing_out_ends_at_the_providers_own_page(context: BrowserContext, towns: Towns) -> None:
    page = context.new_page()
    sign_in(page, towns.huzhou.url)

    if page.url.endswith("/consent"):
        agree(page)
    page.get_by_role("button", name="退出").click()

    page.wait_for_url(re.compile("/huzhou/"))
    assert not page.url.startswith(towns.huzhou.url)
