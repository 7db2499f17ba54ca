"""The merchant's page without a network: it judges by itself, and the city hears of it later."""

import re

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, Request, Route, expect

from gateway.codes import qr
from gateway.ids import ReceiptId
from tests.e2e.conftest import GYM, Towns
from tests.e2e.counters import READY, codes, expect_amber, publish, ready, show_anew, stopped
from tests.e2e.patience import until
from tests.e2e.stand_ins import bad_gateway, silence
from tests.e2e.steps import (
    code_on,
    expect_installable,
    give_back,
    open_code,
    scanned,
    show_to,
    stop_clock,
)

OFFLINE = re.compile("离线核验·[0-9]+分钟前已更新")
UPLOAD = "**/api/v1/verifications/batch"
HOUR_MS = 3600 * 1000
SILENT_MS = 1_000
"""How long a guest waits for a city that had not answered the guest before."""

LOOKS = ["zh/standard", "zh/elder", "en/standard", "en/elder"]
CACHED = """caches.keys()
  .then((names) => Promise.all(names.map((name) => caches.open(name).then((each) => each.keys()))))
  .then((found) => found.flat().map((request) => new URL(request.url).pathname))"""

KEPT = """new Promise((resolve) => {
  indexedDB.open("credit-code-merchant").onsuccess = async ({ target: { result: database } }) => {
    const all = [];
    for (const name of database.objectStoreNames) {
      const store = database.transaction(name).objectStore(name);
      const found = await new Promise((done) => {
        store.getAll().onsuccess = ({ target }) => done(target.result);
      });
      all.push(...found.map((each) => JSON.stringify(each)));
    }
    database.close();
    resolve(all);
  };
})"""


def photo(picture: bytes) -> FilePayload:
    return {"name": "photo.png", "mimeType": "image/png", "buffer": picture}


@pytest.fixture(autouse=True, scope="module")
def published(towns: Towns) -> None:
    publish(towns)


def quota_code(context: BrowserContext, towns: Towns) -> str:
    """Return a code of the partner city for an offer of this one that has a quota."""
    citizen = context.new_page()
    open_code(citizen, towns.huzhou)
    citizen.goto(f"{towns.huzhou.url}/code/plain?city=330300&scenario=fitness.gym.monthly")
    (found,) = scanned(citizen.locator("main img"))
    citizen.close()
    return found


def test_with_the_server_gone_a_partner_s_code_is_amber_once_and_registered_once(
    context: BrowserContext, towns: Towns
) -> None:
    page = ready(context, towns.wenzhou)
    sent = list[Request]()

    def note(each: Request) -> None:
        if each.url.endswith("/batch"):
            sent.append(each)

    results = list[dict[str, str]]()

    def pass_on(route: Route) -> None:
        # The page reads the answer as it comes, and the browser keeps no copy of it.
        answer = route.fetch()
        results.extend(answer.json()["results"])
        route.fulfill(response=answer)

    page.on("request", note)
    page.route(UPLOAD, pass_on)
    code, other = codes(context, towns, 2)

    with stopped(towns):
        page.goto(f"{towns.wenzhou.url}/merchant")
        expect(page.locator("#merchant")).to_contain_text("演示酒店")
        # Where a link would lead nowhere, there is none.
        expect(page.locator("main a:visible")).to_have_count(0)
        show_to(page, code)
        expect_amber(page)
        show_anew(page, code)
        expect(page.locator("#message")).to_contain_text("请换一个码")
        page.locator("#file").set_input_files(photo(qr.png(other)))
        expect_amber(page)
        expect(page.locator("#trust")).to_have_text(re.compile(OFFLINE.pattern + "·2笔待上传"))

    # Whoever waits for nothing: the page finds its city again by itself.
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#sent")).to_have_text("离线办理的已登记2笔")
    expect(page.locator("#trust")).to_have_text(READY)
    page.reload()
    expect(page.locator("#sent")).to_have_text("离线办理的已登记2笔")
    assert len(sent) == 1
    receipts = [ReceiptId(each["receipt"]) for each in results]
    log = towns.wenzhou.city.store.verifications
    assert [getattr(log.find(each), "checked", None) for each in receipts] == ["later"] * 2
    # It is used up here, whoever shows it.
    show_to(page, code)
    expect(page.locator("#message")).to_contain_text("请换一个码")


def test_without_a_network_words_and_size_can_be_changed_and_nothing_of_a_guest_is_readable(
    context: BrowserContext, towns: Towns
) -> None:
    page = ready(context, towns.wenzhou)
    (code,) = codes(context, towns)
    context.set_offline(True)
    page.goto(f"{towns.wenzhou.url}/merchant")

    page.get_by_role("link", name="English").click()
    page.get_by_role("link", name="Large view").click()
    expect(page.locator("html.elder[lang=en]")).to_be_visible()
    expect(page.locator("#scenario option")).not_to_have_count(0)
    show_to(page, code)

    expect(page.locator("#result")).to_contain_text("Grant now, logged later")
    assert page.evaluate("document.documentElement.scrollWidth") == page.evaluate("innerWidth")
    kept = page.evaluate(KEPT)
    assert len(kept) > 5
    assert "CC1:" not in str(kept)
    context.set_offline(False)


def test_an_offer_with_a_quota_needs_the_connection_and_uses_nothing_up(
    context: BrowserContext, towns: Towns
) -> None:
    page = ready(context, towns.wenzhou, GYM)
    code = quota_code(context, towns)
    context.set_offline(True)

    show_to(page, code)

    expect(page.locator("#message")).to_contain_text("此项需联网核验")
    expect(page.locator("#result")).not_to_have_class(re.compile("recognised"))
    expect(page.locator("#trust")).not_to_contain_text("待上传")
    context.set_offline(False)
    show_anew(page, code)
    expect(page.locator("#receipt")).to_contain_text("回执")
    give_back(page)


def wait_at_counter(page: Page, code: str, ms: int) -> None:
    """Show a code at a counter whose clock stands, and let the time pass that an answer takes."""
    page.locator("#code").fill(code)
    with page.expect_request("**/api/v1/verifications"):
        page.locator("#form button").first.click()
    page.clock.run_for(ms - 1)
    expect(page.locator("#result")).to_have_attribute("aria-busy", "true")
    page.clock.run_for(1)
    expect(page.locator("#result")).to_have_attribute("aria-busy", "false")


def test_a_network_that_carries_nothing_keeps_nobody_waiting(
    context: BrowserContext, towns: Towns
) -> None:
    page = ready(context, towns.wenzhou)
    first, second, third = codes(context, towns, 3)
    stop_clock(context)
    page.reload()
    expect(page.locator("#trust")).to_have_text(READY)

    with stopped(towns):
        with bad_gateway(towns.wenzhou.place.port):
            show_to(page, first)
            expect_amber(page)
            page.locator("#next").click()
        with silence(towns.wenzhou.place.port):
            for code in (second, third):
                wait_at_counter(page, code, SILENT_MS)
                expect_amber(page)
                page.locator("#next").click()


def test_a_code_that_the_city_recognised_is_refused_here_when_the_city_is_gone(
    context: BrowserContext, towns: Towns
) -> None:
    page = ready(context, towns.wenzhou)
    (code,) = codes(context, towns)
    show_to(page, code)
    expect(page.locator("#receipt")).to_contain_text("回执")
    context.set_offline(True)

    show_anew(page, code)

    expect(page.locator("#message")).to_contain_text("请换一个码")
    context.set_offline(False)


def test_past_the_end_of_the_bundle_nothing_is_judged_here(
    context: BrowserContext, towns: Towns
) -> None:
    page = ready(context, towns.wenzhou)
    page.clock.install()
    page.reload()
    expect(page.locator("#trust")).to_have_text(READY)
    (code,) = codes(context, towns)
    context.set_offline(True)

    page.clock.fast_forward(2 * HOUR_MS)
    expect(page.locator("#trust.badge")).to_have_text(re.compile("离线核验·2小时前已更新"))
    page.clock.fast_forward(22 * HOUR_MS)
    expect(page.locator("#trust")).to_have_text("太久没有更新,联网前不能离线核验")
    show_to(page, code)

    expect(page.locator("#message")).to_contain_text("不是客人的问题")
    expect(page.locator("#result")).not_to_have_class(re.compile("recognised"))
    context.set_offline(False)


def revoke(context: BrowserContext) -> None:
    """Let the city know this phone no more, as after a revocation."""
    context.clear_cookies(name=re.compile("device"))


def test_a_phone_that_was_revoked_keeps_nothing_and_says_what_was_not_sent(
    context: BrowserContext, towns: Towns
) -> None:
    page = ready(context, towns.wenzhou)
    (code,) = codes(context, towns)
    context.set_offline(True)
    show_to(page, code)
    expect_amber(page)
    revoke(context)

    context.set_offline(False)

    expect(page.locator("#gone")).to_have_text("本机已停用,离线数据已删除,其中1笔还没有上传。")
    assert page.evaluate(KEPT) == []
    expect(page.locator("#message")).to_contain_text("本机已停用")


def test_a_phone_that_is_given_up_or_was_revoked_while_its_page_was_closed_keeps_nothing(
    context: BrowserContext, towns: Towns
) -> None:
    page = ready(context, towns.wenzhou)
    page.goto(f"{towns.wenzhou.url}/merchant/settings")
    revoked = page.evaluate(KEPT)
    page.locator("summary", has_text="本机不再核验").click()
    page.get_by_role("button", name="停用本机").click()
    expect(page.locator("html[data-forgotten]")).to_be_attached()
    assert (len(revoked) > 0, page.evaluate(KEPT), page.evaluate(CACHED)) == (True, [], [])

    page = ready(context, towns.wenzhou)
    page.goto(f"{towns.wenzhou.url}/merchant/enrol")
    revoke(context)
    page.goto(f"{towns.wenzhou.url}/merchant")

    until(lambda: page.evaluate(KEPT) == [])


def test_a_phone_keeps_the_page_that_knows_nobody_and_all_that_it_works_with(
    context: BrowserContext, towns: Towns
) -> None:
    page = ready(context, towns.wenzhou)

    kept = page.evaluate(CACHED)

    pages = [each for each in kept if "/static/" not in each]
    assert pages == [f"/merchant/offline/{each}" for each in LOOKS]
    assert any(each.endswith(".wasm") for each in kept)
    expect_installable(page, '"start_url":"/merchant"')


def test_a_citizen_s_phone_loads_nothing_of_the_merchant_s(page: Page, towns: Towns) -> None:
    open_code(page, towns.huzhou)
    code_on(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")

    assert not [each for each in page.evaluate(CACHED) if "merchant" in each or "wasm" in each]


def test_status_lists_come_from_the_partner_itself_and_from_nobody_else(
    context: BrowserContext, towns: Towns
) -> None:
    asked = set[str]()
    context.on("request", lambda each: asked.add(each.url))

    page = ready(context, towns.wenzhou)

    policy = page.goto(f"{towns.wenzhou.url}/merchant")
    assert policy is not None
    assert f"connect-src 'self' {towns.huzhou.url};" in policy.headers["content-security-policy"]
    away = {each for each in asked if not each.startswith(towns.wenzhou.url)}
    assert away == {f"{towns.huzhou.url}/status/1"}
