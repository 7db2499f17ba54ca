"""What people do in a browser, step by step."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urljoin

import zxingcpp
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from gateway.clock import SystemClock, monotonic_s
from gateway.codes import reading
from gateway.demo.names import visitor
from gateway.ids import Tier, UnverifiedText
from tests.e2e import patience
from tests.e2e.conftest import Town
from tests.e2e.patience import PATIENCE_S, until
from tests.scanners import only_qr

BEST, NEXT, NOBODYS = "演示市民甲", "演示市民乙", "演示市民丁"
"""Made-up citizens of tiers 3 and 2, and one without a tier."""

MAX_PAGES = 40
ALIKE = 2
"""Pages that differ in their query only are looked at so often."""

FORGET = """new Promise((resolve) => {
  indexedDB.deleteDatabase("credit-code-merchant").onsuccess = () => resolve();
})"""
SCANNER = """([id, text, end]) => {
  const box = document.getElementById(id);
  // Made first: a busy machine stops between two lines for longer than a scanner does.
  const last = end && new KeyboardEvent("keydown", {key: end, bubbles: true, cancelable: true});
  box.focus();
  for (const letter of text) {
    box.value += letter;
    box.dispatchEvent(new InputEvent("input", {data: letter, bubbles: true}));
  }
  if (last) box.dispatchEvent(last);
}"""
NOT_FOLLOWED = ("/sign-out", "/sign-in", "/static", "/merchant", "/staff", "/api")
LINKS = """() => [...document.querySelectorAll('a[href]')]
  .map(each => each.href.split('#')[0]).filter(each => each.startsWith(location.origin))"""


def stop_clock(context: BrowserContext) -> None:
    """Let no time pass on a phone but what a test lets pass.

    What leaves by itself stays, and what is waited for is not late, however busy the machine is.
    """
    now = SystemClock().now()
    context.clock.install(time=now)
    context.clock.pause_at(now + 1)


def press(page: Page, button: str) -> None:
    """Press what leads to another page, and wait until that is there."""
    with page.expect_navigation():
        page.locator(button).click()


def sign_in(page: Page, url: str, person: str = BEST) -> None:
    page.goto(f"{url}/code")
    page.get_by_role("button", name=person).click()
    page.wait_for_url(re.compile(re.escape(url)))


def agree(page: Page) -> None:
    for box in page.get_by_role("checkbox").all():
        assert not box.is_checked()
        box.check()
    press(page, "main form button")


def ask_consent(page: Page, town: Town, person: str) -> None:
    """Sign in and show what is asked, also if the person agreed in another test."""
    sign_in(page, town.url, person)
    if not page.url.endswith("/consent"):
        page.goto(f"{town.url}/consent")
        press(page, "main form[action='/consent/stop'] button")
        page.goto(f"{town.url}/consent")


def open_code(page: Page, town: Town, person: str = BEST) -> None:
    """Sign in and, the first time, agree."""
    sign_in(page, town.url, person)
    if page.url.endswith("/consent"):
        agree(page)


def choose(page: Page, choice: str = "scenario=general") -> None:
    """Follow the tile of a choice, in the city whose tiles are shown."""
    if page.locator("#choose:not([open])").count():
        page.locator("#choose > summary").click()
    tile = page.locator(f"#choose .destination:not([hidden]) a[href$='{choice}']")
    if not tile.is_visible():
        page.locator("#choose .parts", has=tile).locator("summary").click()
    tile.click()
    # The address changes first; the page follows it a moment later, and folds its tiles up.
    expect(page.locator("#show:not([hidden]) ~ #choose:not([open])")).to_be_attached()


def code_on(page: Page) -> str:
    """Return the code that is shown; the first time a general one is chosen."""
    panel = page.locator("#code[data-code]")
    first = page.locator("#show[hidden] ~ #choose .destination:not([hidden])")
    expect(panel.or_(first).first).to_be_visible()
    if first.count():
        choose(page)
    expect(panel).to_be_visible()
    return panel.get_attribute("data-code") or ""


def tier_of(code: str) -> int | None:
    return reading.read(UnverifiedText(code)).claims.tier


def tier_on(page: Page, wanted: int) -> int | None:
    """Ask for codes until one says the tier: every process learns of a change within a second."""
    begun_s, code = monotonic_s(), code_on(page)
    while tier_of(code) != wanted and monotonic_s() - begun_s < PATIENCE_S:
        page.locator("#another").click()
        expect(page.locator("#code")).not_to_have_attribute("data-code", code)
        code = code_on(page)
    return tier_of(code)


def scanned(picture: Locator) -> list[str]:
    """Return the text of every QR code that a scanner finds on the screen."""
    for part in picture.locator("xpath=descendant-or-self::img").all():
        expect(part).to_have_js_property("complete", value=True)
    with Image.open(io.BytesIO(picture.screenshot())) as image:
        return [found.text for found in zxingcpp.read_barcodes(image, formats=only_qr())]


def counter(context: BrowserContext, town: Town, link: str | None = None) -> Page:
    """Return the verify page of a phone that was just enrolled."""
    page = context.new_page()
    page.goto(link or town.enrolment())
    press(page, "main form button")
    expect(page.locator("#form")).to_be_visible()
    return page


def know_nothing(merchant: Page) -> None:
    """Let a counter have nothing to judge by, so that it has to ask its city."""
    merchant.context.route("**/merchant/facts", lambda route: route.abort())
    # What the page is about to keep would come after it was forgotten: another one forgets.
    page = merchant.url
    merchant.goto(urljoin(page, "/healthz"))
    merchant.evaluate(FORGET)
    merchant.goto(page)


def show_to(merchant: Page, code: str) -> None:
    """Show a code at a counter and wait for the answer."""
    # Not a click: a grant may leave by itself at the same moment.
    merchant.locator("#next").dispatch_event("click")
    merchant.locator("#code").fill(code)
    merchant.locator("#form button").first.click()
    expect(merchant.locator("#result")).to_have_attribute("aria-busy", "false")


def give_back(merchant: Page) -> None:
    """Take the one grant back: the next test's guest has the voucher of the month again."""
    merchant.locator("#next").dispatch_event("click")
    merchant.locator("#list button").click()
    expect(merchant.locator("#list button")).to_have_count(0)


def type_as_scanner(page: Page, text: str, *, end: str = "", box: str = "code") -> None:
    """Type as keys of a hand-held scanner arrive, all within a moment."""
    page.evaluate(SCANNER, [box, text, end])


def enter(page: Page, url: str, role: str) -> None:
    """Sign in as the made-up colleague of a role."""
    page.goto(f"{url}/staff/sign-in")
    page.locator("main a.button").click()
    page.locator(f"button[value=illustrative-staff-{role}]").click()
    page.wait_for_url(f"{url}/staff")


def hand_out(page: Page, town: Town) -> Page:
    """Let an operator make a sheet for a person of tier 2 who stands at the counter."""
    page.goto(f"{town.url}/staff/sheets")
    page.locator("input[value=counter]").check()
    page.locator("#sheet-subject").fill(visitor(Tier(2)))
    page.locator("#sheet-name").fill("张")
    page.locator("select[name=purpose]").select_option("330300/lodging.hotel")
    page.locator("select[name=days]").select_option("7")
    for box in page.get_by_role("checkbox").all():
        assert not box.is_checked()
        box.check()
    page.locator("form[action='/staff/sheets'] button").click()
    expect(page.locator("img.sheet")).to_be_visible()
    return page


def expect_installable(page: Page, says: str) -> None:
    """Expect that a browser would offer to install the page, by a manifest that says this."""
    page.wait_for_load_state()
    browser = page.context.new_cdp_session(page)

    def nothing_is_missing() -> bool:
        missing = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
        # A browser's private windows, in which tests run, install nothing.
        return {each["errorId"] for each in missing} <= {"in-incognito"}

    # While the page before it goes, the browser says that the manifest moved.
    until(nothing_is_missing)
    manifest = browser.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert says in manifest["data"]


def every_page(page: Page, *starts: str, but: frozenset[str] = frozenset()) -> Iterator[str]:
    """Open every page that links lead to, one after the other, and give its path.

    Args:
        page: Where.
        starts: Whole addresses to begin with.
        but: Paths that are left out.
    """
    waiting, seen = list(starts), Counter[str]()
    while waiting and len(seen) < MAX_PAGES:
        address = waiting.pop(0)
        kind = address.partition("?")[0]
        if "/" + kind.split("/", 3)[-1] in but or seen[kind] == ALIKE:
            continue
        if re.search(r"[?&](lang|elder)=|\.(json|csv|pdf|svg)$", address):
            continue
        seen[kind] += 1
        origin = "/".join(address.split("/")[:3])
        page.goto(address)
        yield address.removeprefix(origin)
        found: list[str] = page.evaluate(LINKS)
        waiting += [
            each for each in found if not each.removeprefix(origin).startswith(NOT_FOLLOWED)
        ]


def prove(page: Page, url: str, person: str = BEST) -> None:
    """Sign in freshly, as what shows or takes everything asks, and come to the rights."""
    page.goto(f"{url}/sign-in?fresh=1&next=/rights")
    page.locator("main a[href*='/sign-in/provider']").click()
    page.get_by_role("button", name=person).click()
    page.wait_for_url(f"{url}/rights")


def fresh_code(town: Town) -> str:
    """Return a live code of a made-up citizen, from the city's API."""
    return patience.fresh_code(town.place, town.city)
