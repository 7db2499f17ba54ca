"""Without a network: a phone shows a code out of its pack, and another city recognises it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Error, Page, Route, expect

from tests.e2e.conftest import Towns
from tests.e2e.patience import until
from tests.e2e.stand_ins import bad_gateway, silence
from tests.e2e.steps import (
    BEST,
    NOBODYS,
    choose,
    code_on,
    counter,
    expect_installable,
    open_code,
    scanned,
    show_to,
    stop_clock,
)

UNTIL = re.compile("无网络·离线码可用至(明天)?[0-2][0-9]:[03]0·用过请换一个码")
USED = re.compile("两个离线码都换过了,(明天)?[0-2][0-9]:[03]0有新的")
ENDED = "离线码已到期,联网后自动更新。"
MISSING = "这部手机上没有离线码,联网后打开信用码页即可。"
KEPT = "indexedDB.databases().then((all) => all.length)"
CACHED = """caches.keys()
  .then((names) => Promise.all(names.map((name) => caches.open(name).then((each) => each.keys()))))
  .then((found) => found.flat().map((request) => new URL(request.url).pathname))"""
PACK = """new Promise((resolve) => {
  const asked = indexedDB.open("credit-code", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("kept");
  asked.onsuccess = () => {
    const found = asked.result.transaction("kept").objectStore("kept").get("pack");
    found.onsuccess = () => (asked.result.close(), resolve(found.result || null));
  };
})"""
LOOKS = ["zh/standard", "zh/elder", "en/standard", "en/elder"]
HOUR_S = 3600
DAY_MS = 24 * 3600 * 1000


def ready(page: Page, towns: Towns, person: str = BEST) -> None:
    """Open the code page and wait until the phone has all that it keeps."""
    open_code(page, towns.huzhou, person)
    code_on(page)
    expect(page.locator("#packed")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")


def go_offline(page: Page, towns: Towns) -> None:
    page.context.set_offline(True)
    page.goto(f"{towns.huzhou.url}/code")


def recognised(till: Page, code: str) -> None:
    show_to(till, code)
    expect(till.locator("#message")).to_contain_text("可享")


@pytest.mark.usefixtures("half_an_hour")
def test_with_the_server_gone_a_pack_code_is_shown_and_another_city_recognises_it(
    context: BrowserContext, page: Page, towns: Towns
) -> None:
    ready(page, towns)
    live = code_on(page)
    till = counter(context, towns.wenzhou)

    towns.stop("huzhou")
    try:
        page.goto(f"{towns.huzhou.url}/code")
        expect(page.locator("#state")).to_have_text(UNTIL)
        (code,) = scanned(page.locator("#symbol"))
        recognised(till, code)
        for stand_in in (bad_gateway, silence):
            with stand_in(towns.huzhou.place.port):
                page.goto(f"{towns.huzhou.url}/code")
                expect(page.locator("#state")).to_have_text(UNTIL)
                assert code_on(page) == code
    finally:
        towns.start("huzhou")

    assert code != live
    # Whoever has a network again gets the page that was asked for.
    with page.expect_navigation():
        page.get_by_role("link", name="重新连接").click()
    assert code_on(page) != code
    expect(page.locator("#packed")).to_be_visible()


def test_a_phone_keeps_pages_that_know_nobody_and_no_answer_about_a_person(
    page: Page, towns: Towns
) -> None:
    ready(page, towns)
    page.goto(f"{towns.huzhou.url}/sessions")
    page.goto(f"{towns.huzhou.url}/code")
    code_on(page)

    kept = page.evaluate(CACHED)

    pages = [each for each in kept if not each.startswith("/static/")]
    assert pages == [f"/offline/{each}" for each in LOOKS]
    assert len(kept) == len(pages) + 3


def test_the_code_page_can_be_installed(page: Page, towns: Towns) -> None:
    open_code(page, towns.huzhou)

    expect_installable(page, '"name":"湖州信用码"')


@pytest.mark.usefixtures("half_an_hour")
def test_a_code_that_was_replaced_stays_away_and_two_of_them_are_all(
    page: Page, towns: Towns
) -> None:
    ready(page, towns)
    go_offline(page, towns)
    first = code_on(page)

    page.locator("#another").click()
    expect(page.locator("#code")).not_to_have_attribute("data-code", first)
    page.reload()
    second = code_on(page)
    page.locator("#another").click()

    expect(page.locator("#none")).to_have_text(USED)
    assert scanned(page.locator("#code")) == []
    page.get_by_role("button", name="再显示一次").click()
    assert first != second == code_on(page)


@pytest.mark.usefixtures("half_an_hour")
def test_a_page_that_is_open_goes_on_with_the_pack_and_comes_back_by_itself(
    context: BrowserContext, page: Page, towns: Towns
) -> None:
    till = counter(context, towns.wenzhou)
    stop_clock(context)
    open_code(page, towns.huzhou)
    choose(page, "scenario=lodging.hotel")
    live = code_on(page)
    expect(page.locator("#packed")).to_be_visible()
    page.context.set_offline(True)

    page.clock.fast_forward(61_000)

    expect(page.locator("#state")).to_contain_text(UNTIL)
    expect(page.locator("#title")).to_have_text("湖州信用码·通用码")
    kept = code_on(page)
    assert scanned(page.locator("#symbol")) == [kept]
    page.get_by_role("button", name="换一个码").click()
    expect(page.locator("#code")).not_to_have_attribute("data-code", kept)
    other = code_on(page)
    page.get_by_role("button", name="换一个码").click()
    expect(page.locator("#none")).to_have_text(USED)
    page.get_by_role("button", name="再显示一次").click()
    expect(page.locator("#code")).to_have_attribute("data-code", other)

    page.clock.resume()
    page.context.set_offline(False)
    expect(page.locator("#title")).to_have_text("湖州信用码·用于湖州酒店住宿")
    assert code_on(page) not in {live, kept, other}
    expect(page.locator("#state")).to_be_hidden()
    recognised(till, kept)


def test_after_a_day_the_panel_is_covered_and_says_why(page: Page, towns: Towns) -> None:
    stop_clock(page.context)
    ready(page, towns)
    go_offline(page, towns)
    code_on(page)

    page.clock.fast_forward(DAY_MS + 60_000)

    expect(page.locator("#none")).to_have_text(ENDED)
    assert scanned(page.locator("#code")) == []


def test_a_phone_whose_clock_is_an_hour_wrong_shows_a_code_that_is_recognised(
    context: BrowserContext, page: Page, towns: Towns
) -> None:
    wrong = towns.huzhou.city.clock.now() + HOUR_S
    page.clock.install(time=datetime.fromtimestamp(wrong, UTC))
    ready(page, towns)
    till = counter(context, towns.wenzhou)
    page.context.set_offline(True)
    page.goto(f"{towns.huzhou.url}/code")

    code = code_on(page)

    page.context.set_offline(False)
    recognised(till, code)


def test_words_and_size_are_those_of_the_phone_and_can_be_changed_offline(
    page: Page, towns: Towns
) -> None:
    ready(page, towns)
    go_offline(page, towns)

    page.get_by_role("link", name="English").click()
    page.get_by_role("link", name="Large view").click()
    expect(page.locator("html.elder[lang=en]")).to_be_visible()
    page.goto(f"{towns.huzhou.url}/sessions")

    expect(page.locator("html.elder[lang=en]")).to_be_visible()
    expect(page.locator("#state")).to_contain_text("No network; codes last until")


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="退出登录").click()
    expect(page.locator("h1")).to_have_text("已退出")


def stop(page: Page) -> None:
    page.get_by_role("link", name="同意与停用").click()
    page.get_by_role("button", name="停用信用码").click()
    expect(page.locator("h1")).to_have_text("信用码已停用")


@pytest.mark.parametrize("end", [sign_out, stop])
def test_who_signs_out_or_stops_leaves_nothing_on_the_phone(
    page: Page, towns: Towns, end: Callable[[Page], None]
) -> None:
    ready(page, towns)

    end(page)

    expect(page.locator("html[data-forgotten]")).to_be_attached()
    assert page.evaluate(KEPT) == 0
    page.context.set_offline(True)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.goto(f"{towns.huzhou.url}/code")


def test_a_pack_that_comes_after_the_sign_out_of_another_tab_is_not_kept(
    page: Page, towns: Towns
) -> None:
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/api/v1/codes/pack", lambda route: held.append((route, route.fetch())))
    open_code(page, towns.huzhou, BEST)
    code_on(page)
    # A route is heard while Playwright is at work, so it has to be asked for something.
    until(lambda: page.title() != "" and held != [])
    other = page.context.new_page()
    other.goto(f"{towns.huzhou.url}/code")
    sign_out(other)
    expect(other.locator("html[data-forgotten]")).to_be_attached()

    ((route, answer),) = held
    assert len(answer.json()["codes"]) == 96
    with page.expect_response("**/api/v1/codes/pack"):
        route.fulfill(response=answer)
    # Whoever asks for a pack has the lock until it is kept.
    page.evaluate("navigator.locks.request('credit-code-pack', () => undefined)")

    assert page.evaluate(PACK) is None


def test_a_session_that_ended_elsewhere_takes_the_codes_with_it(page: Page, towns: Towns) -> None:
    ready(page, towns)
    page.context.clear_cookies()
    page.get_by_role("button", name="换一个码").click()
    expect(page.get_by_role("button", name=BEST)).to_be_visible()

    go_offline(page, towns)

    expect(page.locator("#none")).to_have_text(MISSING)


def test_who_signs_in_next_on_the_phone_does_not_find_the_codes_of_who_was_here(
    page: Page, towns: Towns
) -> None:
    ready(page, towns)
    page.context.clear_cookies()

    open_code(page, towns.huzhou, NOBODYS)
    expect(page.locator("#none")).to_be_visible()
    go_offline(page, towns)

    expect(page.locator("#none")).to_have_text(MISSING)
    assert scanned(page.locator("#code")) == []


def test_a_sign_in_erases_the_pack_before_any_code_page_is_opened(page: Page, towns: Towns) -> None:
    ready(page, towns)
    page.context.clear_cookies()
    page.goto(f"{towns.huzhou.url}/sign-in?next=/sessions")
    page.get_by_role("button", name=NOBODYS).click()
    expect(page.locator("h1")).to_have_text("我的登录")

    go_offline(page, towns)

    expect(page.locator("#none")).to_have_text(MISSING)
