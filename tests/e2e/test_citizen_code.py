"""The citizen's code: chosen, drawn, renewed, recognised elsewhere, or kindly not there at all."""

import re
from collections.abc import Callable, Generator

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Route,
    StorageState,
    ViewportSize,
    expect,
)

from gateway.clock import SystemClock
from tests.e2e.conftest import GYM, Towns
from tests.e2e.patience import PATIENCE_MS
from tests.e2e.steps import (
    BEST,
    NOBODYS,
    agree,
    choose,
    code_on,
    counter,
    give_back,
    open_code,
    scanned,
    show_to,
    sign_in,
    stop_clock,
)

NONE = "暂无可用激励,不影响任何服务"
REFRESH_MS = 61_000
LIFE_MS = 91_000
WENZHOU, JIAXING = "330300", "330400"
HOTEL = f"#city={WENZHOU}&scenario=lodging.hotel"
PHONE: ViewportSize = {"width": 360, "height": 740}
LOOK_AWAY = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
COUNT_LOCKS = """window.locks = 0;
Object.defineProperty(navigator, "wakeLock", { value: { request: async () => {
  window.locks += 1;
  return { release: () => { window.locks -= 1; } };
} } });"""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def agreed(browser: Browser, towns: Towns) -> StorageState:
    """What a phone keeps of somebody who signed in and agreed, and chose nothing yet."""
    context = browser.new_context(locale="zh-CN", viewport=PHONE)
    page = context.new_page()
    open_code(page, towns.huzhou)
    expect(page.locator("#choose")).to_be_visible()
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def phone(browser: Browser, agreed: StorageState) -> Generator[BrowserContext]:
    context = browser.new_context(
        locale="zh-CN", viewport=PHONE, color_scheme="dark", storage_state=agreed
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def opened(phone: BrowserContext, towns: Towns) -> Open:
    """Return a function that opens the code page of Huzhou in one more tab."""

    def at(fragment: str = "#city=330500&scenario=general", *, clock: bool = False) -> Page:
        page = phone.new_page()
        if clock:
            stop_clock(phone)
        page.goto(f"{towns.huzhou.url}/code{fragment}")
        return page

    return at


@pytest.fixture
def plain(browser: Browser) -> Generator[BrowserContext]:
    """A browser without JavaScript."""
    context = browser.new_context(locale="zh-CN", viewport=PHONE, java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def look_away(page: Page, *, hidden: bool) -> None:
    """Let a page believe that somebody put the phone away, or took it up again."""
    page.evaluate(LOOK_AWAY, hidden)


def test_from_the_finder_to_a_counter_in_another_city(
    context: BrowserContext, towns: Towns
) -> None:
    page, merchant = context.new_page(), counter(context, towns.wenzhou)
    page.goto(towns.wenzhou.url)
    page.get_by_role("link", name="湖州").click()
    page.get_by_role("button", name=BEST).click()
    page.wait_for_url(re.compile(re.escape(towns.huzhou.url)))
    if page.url.endswith("/consent"):
        agree(page)
    expect(page.locator("#title")).to_have_text("湖州信用码·用在哪里?")
    choose(page)

    code = code_on(page)

    assert scanned(page.locator("#symbol")) == [code]
    expect(page.locator("#title")).to_have_text("湖州信用码·通用码")
    show_to(merchant, code)
    expect(merchant.locator("#result")).to_have_class(re.compile("recognised"))


@pytest.mark.usefixtures("half_an_hour")
def test_an_offer_with_a_quota_is_granted_for_its_own_code_and_only_so_often(
    phone: BrowserContext, opened: Open, towns: Towns
) -> None:
    merchant = counter(phone, towns.wenzhou, towns.wenzhou.enrolment(GYM))
    page = opened(f"#city={WENZHOU}&scenario=fitness.gym")
    expect(page.locator("details.parts[open]")).to_contain_text("免费健身券")
    choose(page, "fitness.gym.monthly")

    (code,) = scanned(page.locator("#code")) if code_on(page) else [""]
    show_to(merchant, code)

    expect(page.locator("#title")).to_have_text("湖州信用码·用于温州体育健身")
    expect(page.locator(".good-for:visible")).to_contain_text("每月1次")
    expect(merchant.locator("#message")).to_contain_text("免费健身券")
    page.locator("#another").click()
    expect(page.locator("#code")).not_to_have_attribute("data-code", code)
    show_to(merchant, code_on(page))
    expect(merchant.locator("#message")).to_contain_text("这次没有可用优惠")
    give_back(merchant)


def test_a_new_code_is_drawn_once_a_minute_and_never_sooner(opened: Open) -> None:
    page = opened(clock=True)
    first = code_on(page)
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))

    for _ in range(3):
        last = code_on(page)
        page.clock.fast_forward(REFRESH_MS)
        expect(page.locator("#code")).not_to_have_attribute("data-code", last)
    page.clock.run_for(50_000)

    assert len([each for each in asked if each.endswith("/api/v1/codes")]) == 3
    assert scanned(page.locator("#symbol")) == [code_on(page)]
    assert code_on(page) != first


def test_a_code_that_ended_without_a_network_and_without_a_pack_is_covered(
    phone: BrowserContext, opened: Open
) -> None:
    phone.route("**/api/v1/codes/pack", lambda asked: asked.abort())
    page = opened(clock=True)
    code_on(page)
    page.context.set_offline(True)
    asked = list[str]()
    page.on("requestfailed", lambda request: asked.append(request.url))

    page.clock.fast_forward(REFRESH_MS)
    expect(page.locator("#state")).to_contain_text("暂时无法更新")
    page.clock.fast_forward(LIFE_MS - REFRESH_MS)

    expect(page.locator("#symbol")).to_be_hidden()
    assert len([each for each in asked if each.endswith("/api/v1/codes")]) == 1
    page.clock.resume()
    page.context.set_offline(False)
    expect(page.locator("#symbol")).to_be_visible()


def test_a_network_that_comes_back_and_loses_a_request_is_asked_again_soon(
    phone: BrowserContext, opened: Open
) -> None:
    page = opened(clock=True)
    first = code_on(page)
    page.context.set_offline(True)
    page.clock.fast_forward(REFRESH_MS)
    expect(page.locator("#state")).to_be_visible()
    lost = list[str]()

    def lose(asked: Route) -> None:
        lost.append(asked.request.url)
        asked.abort()

    phone.route("**/api/v1/codes", lose, times=1)
    page.clock.resume()

    page.context.set_offline(False)

    expect(page.locator("#state")).to_be_hidden()
    assert len(lost) == 1
    assert code_on(page) != first


def test_the_page_opens_on_the_last_choice(opened: Open) -> None:
    page = opened(HOTEL)
    code_on(page)

    again = opened("")

    code_on(again)
    expect(again.locator("#title")).to_have_text("湖州信用码·用于温州酒店住宿")
    assert again.url.endswith(HOTEL)


def test_two_tabs_keep_two_choices_and_end_together(context: BrowserContext, towns: Towns) -> None:
    general, hotel = context.new_page(), context.new_page()
    open_code(general, towns.huzhou)
    codes = {code_on(general)}
    hotel.goto(f"{towns.huzhou.url}/code{HOTEL}")
    codes.add(code_on(hotel))
    general.reload()

    codes.add(code_on(general))
    expect(general.locator("#title")).to_have_text("湖州信用码·通用码")
    assert len(codes) == 3

    hotel.get_by_role("button", name="退出登录").click()
    expect(hotel.locator("h1")).to_have_text("已退出")
    general.locator("#another").click()
    expect(general.get_by_role("button", name=BEST)).to_be_visible()


def test_back_shows_a_fresh_code_and_the_choice_before(opened: Open) -> None:
    page = opened()
    first = code_on(page)
    choose(page, "lodging.hotel")
    expect(page.locator("#title")).to_contain_text("酒店")
    second = code_on(page)
    page.get_by_role("link", name="我的登录").click()
    page.wait_for_url(re.compile("/sessions"))

    page.go_back()

    third = code_on(page)
    expect(page.locator("#title")).to_contain_text("酒店")
    page.go_back()
    expect(page.locator("#title")).to_have_text("湖州信用码·通用码")
    expect(page.locator("#code")).not_to_have_attribute("data-code", third)
    assert len({first, second, third, code_on(page)}) == 4


def test_a_code_is_gone_while_nobody_looks_and_the_screen_stays_on_while_somebody_does(
    phone: BrowserContext, opened: Open
) -> None:
    phone.add_init_script(COUNT_LOCKS)
    page = opened()
    code = code_on(page)
    assert page.evaluate("window.locks") == 1

    look_away(page, hidden=True)

    expect(page.locator("#symbol")).to_be_hidden()
    assert page.evaluate("[window.locks, document.getElementById('symbol').width]") == [0, 1]
    assert code not in page.content()
    look_away(page, hidden=False)
    expect(page.locator("#symbol")).to_be_visible()
    assert page.evaluate("window.locks") == 1
    assert code_on(page) != code


@pytest.mark.parametrize(("apart", "said"), [(-3600, "60 分钟"), (20, None)])
def test_a_phone_whose_clock_is_wrong_is_told_so_and_has_its_code(
    phone: BrowserContext, towns: Towns, apart: int, said: str | None
) -> None:
    page = phone.new_page()
    page.clock.install(time=SystemClock().now() + apart)
    page.goto(f"{towns.huzhou.url}/code{HOTEL}")

    assert scanned(page.locator("#symbol")) == [code_on(page)]
    note = page.locator("#clock")
    expect(note).to_be_hidden() if said is None else expect(note).to_contain_text(said)


def test_a_city_whose_catalogue_is_missing_says_so_and_the_general_code_works(
    opened: Open,
) -> None:
    page = opened(f"#city={JIAXING}&scenario=lodging.hotel")

    expect(page.locator("#none")).to_contain_text("暂时不知道那里有哪些优惠")
    expect(page.locator(".destination:visible")).to_contain_text("暂时不知道嘉兴有哪些优惠")
    choose(page)
    code_on(page)


def test_a_code_by_an_earlier_assessment_says_of_which_day(
    phone: BrowserContext, opened: Open
) -> None:
    def earlier(asked: Route) -> None:
        answer = asked.fetch()
        asked.fulfill(response=answer, json={**answer.json(), "as_of": "2026-11-20"})

    phone.route("**/api/v1/codes", earlier)
    page = opened()
    code_on(page)

    expect(page.locator("#as-of")).to_have_text("按2026-11-20的信用评价发码,现在读不到更新的。")


def test_what_is_not_offered_has_words(opened: Open) -> None:
    page = opened(f"#city={WENZHOU}&scenario=lodging.hotel.late")

    expect(page.locator("#none")).to_contain_text("那里现在没有这一项优惠")


def test_an_offer_that_the_general_code_does_not_give_is_a_tap_away(opened: Open) -> None:
    page = opened(f"#city={WENZHOU}&scenario=general")
    code_on(page)

    page.locator(".good-for:visible").get_by_role("link", name="每月一张").click()

    expect(page.locator("#title")).to_have_text("湖州信用码·用于温州体育健身")
    expect(page.locator("#title")).to_be_focused()
    assert page.evaluate("scrollY") == 0
    code_on(page)


def test_nothing_counts_down_in_the_large_view(opened: Open, towns: Towns) -> None:
    page = opened()
    code_on(page)
    expect(page.locator("#seconds")).to_have_text(re.compile("^([1-9]|[1-5][0-9]|60)$"))

    page.goto(f"{towns.huzhou.url}/code?elder=1")

    assert scanned(page.locator("#symbol")) == [code_on(page)]
    expect(page.locator("#left")).to_have_count(0)


def test_a_person_without_a_tier_is_told_so_kindly_and_looks_like_everybody(
    page: Page, towns: Towns
) -> None:
    open_code(page, towns.huzhou, NOBODYS)
    choose(page)

    expect(page.locator("#none")).to_have_text(NONE)
    expect(page.locator("#why")).to_have_attribute("href", "/rights")
    assert scanned(page.locator("#code")) == []
    for shown in ("#symbol", "#left", "#another", ".good-for"):
        expect(page.locator(shown).locator("visible=true")).to_have_count(1)


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
    citizen.locator(".choose > summary").click()
    citizen.locator(".destination > summary", has_text="温州").click()
    citizen.locator(f".destination a[href$='{HOTEL[1:]}']").click()
    expect(citizen.locator("h1")).to_have_text("湖州信用码·用于温州酒店住宿")
    assert scanned(citizen.locator("#code img"))[0].startswith("CC1:")


def test_without_javascript_a_person_without_a_tier_is_told_so_kindly(
    plain: BrowserContext, towns: Towns
) -> None:
    page = plain.new_page()

    sign_in(page, towns.huzhou.url, NOBODYS)
    if page.url.endswith("/consent"):
        agree(page)
    page.wait_for_url(re.compile("/code/plain$"))

    expect(page.locator("#none")).to_have_text(NONE)
    expect(page.locator("#code img")).to_have_count(1)
    assert scanned(page.locator("#code")) == []
