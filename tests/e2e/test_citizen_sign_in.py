"""From the finder to the code page: what is sent, what is kept, and what a thief cannot do."""

import re
from collections.abc import Generator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.e2e.conftest import Town, Towns
from tests.e2e.patience import PATIENCE_MS, until
from tests.e2e.steps import BEST, NEXT, agree, open_code, sign_in

PLATE = "#city=330300&scenario=lodging.hotel"
CHILD = "演示市民戊"


@pytest.fixture
def plain(browser: Browser) -> Generator[BrowserContext]:
    """A browser without JavaScript."""
    context = browser.new_context(
        locale="zh-CN", viewport={"width": 360, "height": 740}, java_script_enabled=False
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def sent_from(page: Page) -> list[Request]:
    """Return every request that the page makes from now on."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))  # noqa: PLW0108  wraps no built-in
    return sent


def at_provider(page: Page) -> re.Pattern[str]:
    del page
    return re.compile(r"/huzhou/authorize\?")


def test_a_plates_choice_comes_through_finder_sign_in_and_consent_and_is_in_no_address_that_is_sent(
    page: Page, towns: Towns
) -> None:
    sent = sent_from(page)
    page.goto(f"{towns.wenzhou.url}/{PLATE}")

    page.get_by_role("link", name="湖州").click()
    page.wait_for_url(at_provider(page))
    at_the_provider = page.url
    page.get_by_role("button", name=BEST).click()
    page.wait_for_url(re.compile(re.escape(towns.huzhou.url)))
    if urlsplit(page.url).path == "/consent":
        agree(page)
    page.wait_for_url(re.compile(r"/code#"))

    assert "#" not in at_the_provider
    assert page.url == f"{towns.huzhou.url}/code{PLATE}"
    for request in sent:
        assert "330300" not in request.url.partition("#")[0]
        # The home city alone is told, by whoever asks it for a code.
        if not request.url.startswith(f"{towns.huzhou.url}/api/v1/codes"):
            assert "330300" not in (request.post_data or "")


@pytest.mark.parametrize("fragment", ["#city=33", "#city=330300&scenario=%3Cb%3E", "#subject=x"])
def test_a_fragment_that_is_no_choice_is_carried_nowhere(
    page: Page, towns: Towns, fragment: str
) -> None:
    page.goto(f"{towns.wenzhou.url}/{fragment}")

    tile = page.get_by_role("link", name="湖州")

    expect(tile).to_have_attribute("href", f"{towns.huzhou.url}/code")


def test_the_city_of_the_last_time_is_marked_on_this_phone(page: Page, towns: Towns) -> None:
    page.goto(towns.wenzhou.url)
    expect(page.locator(".last:visible")).to_have_count(0)
    page.get_by_role("link", name="湖州").click()
    page.wait_for_url(at_provider(page))

    page.goto(towns.wenzhou.url)

    expect(page.locator(".last:visible")).to_have_text("上次选择")
    expect(page.get_by_role("link", name="湖州").locator(".last")).to_be_visible()


def test_back_at_the_provider_leads_to_where_the_person_came_from(page: Page, towns: Towns) -> None:
    page.goto(towns.wenzhou.url)
    page.get_by_role("link", name="湖州").click()
    page.wait_for_url(at_provider(page))

    page.go_back()

    page.wait_for_url(f"{towns.wenzhou.url}/")


def test_without_javascript_a_person_signs_in_as_well(plain: BrowserContext, towns: Towns) -> None:
    page = plain.new_page()
    page.goto(f"{towns.huzhou.url}/code/plain?city=330300&scenario=lodging.hotel")

    page.wait_for_url(at_provider(page))
    page.get_by_role("button", name=BEST).click()
    page.wait_for_url(re.compile(re.escape(towns.huzhou.url)))

    # Without page code the choice is in the query, and comes back with it.
    asked = urlsplit(page.url)
    assert asked.path in {"/code/plain", "/consent"}
    if asked.path == "/code/plain":
        assert asked.query == "city=330300&scenario=lodging.hotel"


def test_a_fresh_sign_in_says_why_and_waits_for_a_tap(page: Page, towns: Towns) -> None:
    open_code(page, towns.huzhou)
    before = session_of(page.context, towns.huzhou)

    page.goto(f"{towns.huzhou.url}/sign-in?fresh=1&next=/sessions")
    expect(page.get_by_role("heading", name="请再确认一次身份")).to_be_visible()
    page.get_by_role("link", name="去确认身份").click()
    page.wait_for_url(re.compile(r"max_age=0.*prompt=login|prompt=login.*max_age=0"))
    page.get_by_role("button", name=BEST).click()

    page.wait_for_url(f"{towns.huzhou.url}/sessions")
    assert session_of(page.context, towns.huzhou) != before


def test_whoever_is_not_18_is_told_kindly_and_nobody_is_signed_in(page: Page, towns: Towns) -> None:
    sign_in(page, towns.huzhou.url, CHILD)

    expect(page.get_by_role("heading")).to_contain_text("已满18周岁")
    expect(page.get_by_text("不影响任何服务").first).to_be_visible()
    assert session_of(page.context, towns.huzhou) is None


PACK = """() => new Promise((resolve, reject) => {
  const asked = indexedDB.open("credit-code", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("kept");
  asked.onerror = () => reject(asked.error);
  asked.onsuccess = () => {
    const found = asked.result.transaction("kept").objectStore("kept").get("pack");
    found.onsuccess = () => { asked.result.close(); resolve(found.result !== undefined); };
  };
})"""
"""Whether the phone keeps a pack."""


@pytest.mark.parametrize("fresh", [False, True])
def test_codes_that_somebody_left_on_a_phone_are_not_for_who_signs_in_next(
    page: Page, towns: Towns, *, fresh: bool
) -> None:
    open_code(page, towns.huzhou)
    expect(page.locator("#packed")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    assert page.evaluate(PACK)

    page.goto(f"{towns.huzhou.url}/sign-in?next=/sessions{'&fresh=1' if fresh else ''}")
    if fresh:
        page.locator("#onward").click()
    page.get_by_role("button", name=NEXT).click()
    page.wait_for_url(f"{towns.huzhou.url}/sessions")

    until(lambda: not page.evaluate(PACK))


def test_page_code_cannot_read_a_cookie_of_ours(page: Page, towns: Towns) -> None:
    open_code(page, towns.huzhou)

    seen = page.evaluate("document.cookie")

    assert seen == ""
    for cookie in page.context.cookies(towns.huzhou.url):
        if urlsplit(towns.huzhou.url).port == _port_of(cookie.get("name", "")):
            assert cookie.get("httpOnly")
            assert cookie.get("secure")
            assert cookie.get("sameSite") == "Lax"


def test_a_stolen_session_is_worth_nothing_once_its_owner_ended_all(
    page: Page, browser: Browser, towns: Towns
) -> None:
    open_code(page, towns.huzhou)
    thief = browser.new_context(locale="zh-CN")
    thief.add_cookies(page.context.cookies(towns.huzhou.url))  # type: ignore[arg-type]  # read as written
    stolen = thief.new_page()
    stolen.goto(f"{towns.huzhou.url}/sessions")
    expect(stolen.get_by_role("heading", name="我的登录")).to_be_visible()

    page.goto(f"{towns.huzhou.url}/sessions")
    page.get_by_role("button", name="全部退出").click()
    expect(page.get_by_role("heading", name="已退出")).to_be_visible()
    stolen.goto(f"{towns.huzhou.url}/sessions")

    stolen.wait_for_url(at_provider(stolen))
    thief.close()


def session_of(context: BrowserContext, town: Town) -> str | None:
    name = f"__Host-citizen-{urlsplit(town.url).port}"
    found = [each for each in context.cookies(town.url) if each.get("name") == name]
    return found[0].get("value") if found else None


def _port_of(name: str) -> int:
    return int(name.rpartition("-")[2]) if name.rpartition("-")[2].isdigit() else 0
