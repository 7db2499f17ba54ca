"""A newcomer with two tabs: a code of Huzhou, shown to a hotel of Wenzhou."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.e2e.conftest import Towns
from tests.e2e.steps import code_on, open_code


def test_a_code_of_huzhou_is_good_for_something_at_a_hotel_in_wenzhou(
    context: BrowserContext, towns: Towns
) -> None:
    citizen, merchant = context.new_page(), context.new_page()

    open_code(citizen, towns.huzhou)
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
    open_code(page, towns.huzhou)

    page.get_by_role("button", name="退出").click()

    page.wait_for_url(re.compile("/huzhou/"))
    assert not page.url.startswith(towns.huzhou.url)
