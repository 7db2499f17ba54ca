"""Without a city: the live camera, two tabs at once, and a phone that has no room left."""

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.cameras import CameraBrowser
from tests.e2e.conftest import Towns
from tests.e2e.counters import codes, expect_amber, publish, ready, show_anew
from tests.e2e.steps import fresh_code, show_to

FULL = """new Promise((resolve) => {
  indexedDB.open("credit-code-merchant").onsuccess = ({ target: { result: database } }) => {
    const writing = database.transaction("queue", "readwrite");
    for (let number = 0; number < 2000; number += 1) {
      writing.objectStore("queue").put({ scannedAt: Date.now() / 1000 }, `another ${number}`);
    }
    writing.oncomplete = () => { database.close(); resolve(); };
  };
})"""
"""As many wait as a phone keeps."""


@pytest.fixture(autouse=True, scope="module")
def published(towns: Towns) -> None:
    publish(towns)


def test_the_live_camera_grants_without_a_network(
    camera_browser: CameraBrowser, towns: Towns
) -> None:
    phone = camera_browser.context()
    page = ready(phone, towns.wenzhou)
    camera_browser.camera.show(fresh_code(towns.huzhou))
    phone.set_offline(True)

    page.goto(f"{towns.wenzhou.url}/merchant")
    expect(page.locator("#scenario option")).not_to_have_count(0)
    page.locator("#tap").click()

    expect_amber(page)
    expect(page.locator("#trust")).to_contain_text("1笔待上传")
    phone.set_offline(False)
    camera_browser.close(phone)


def test_a_code_that_comes_before_the_kept_page_is_filled_is_judged_when_it_comes_again(
    context: BrowserContext, towns: Towns
) -> None:
    page = ready(context, towns.wenzhou)
    (code,) = codes(context, towns)
    context.set_offline(True)
    page.goto(f"{towns.wenzhou.url}/merchant")
    expect(page.locator("#scenario option")).not_to_have_count(0)
    # The one scenario is said, not chosen, as on the city's own page.
    expect(page.locator("#only")).to_have_text("场景 酒店住宿")
    expect(page.locator("#scenario")).to_be_hidden()
    filled = page.locator("#scenario").inner_html()
    page.evaluate("document.getElementById('scenario').replaceChildren()")

    show_to(page, code)

    expect(page.locator("#message")).to_contain_text("不是客人的问题")
    page.locator("#scenario").evaluate("(each, html) => { each.innerHTML = html; }", filled)
    show_to(page, code)
    expect_amber(page)
    context.set_offline(False)


def test_of_two_tabs_that_see_a_code_at_once_one_grants_it(
    context: BrowserContext, towns: Towns
) -> None:
    first = ready(context, towns.wenzhou)
    second = context.new_page()
    second.goto(f"{towns.wenzhou.url}/merchant")
    expect(second.locator("#trust")).to_be_visible()
    (code,) = codes(context, towns)
    context.set_offline(True)
    for page in (first, second):
        page.locator("#code").fill(code)

    for page in (first, second):
        page.evaluate("setTimeout(() => document.querySelector('#form button').click(), 50)")

    for page in (first, second):
        expect(page.locator("#result")).to_have_attribute("aria-busy", "false")
    granted = [page.locator("#result.recognised").count() for page in (first, second)]
    assert sorted(granted) == [0, 1]
    refused = first if granted[1] else second
    expect(refused.locator("#message")).to_contain_text("请换一个码")
    context.set_offline(False)


def test_a_phone_on_which_2000_wait_grants_nothing_more_without_the_city(
    context: BrowserContext, towns: Towns
) -> None:
    page = ready(context, towns.wenzhou)
    (code,) = codes(context, towns)
    context.set_offline(True)
    page.evaluate(FULL)

    show_anew(page, code)

    expect(page.locator("#message")).to_contain_text("此项需联网核验")
    expect(page.locator("#result")).not_to_have_class(re.compile("recognised"))
    expect(page.locator("#trust")).to_contain_text("2000笔待上传")
    context.set_offline(False)
