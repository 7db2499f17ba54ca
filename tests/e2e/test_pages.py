"""Every page: no sideways overflow, no finding of axe, and the pictures of the README.

With ``CREDIT_GATEWAY_PICTURES`` set, to a directory, the pages are drawn there (`make pictures`).
"""

import os
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.answers import answer, answers
from tests.e2e.conftest import Towns
from tests.e2e.patience import PATIENCE_MS
from tests.e2e.steps import (
    NEXT,
    NOBODYS,
    agree,
    ask_consent,
    choose,
    code_on,
    counter,
    enter,
    every_page,
    hand_out,
    open_code,
    press,
    prove,
)

AXE = (Path(__file__).parents[1] / "node/node_modules/axe-core/axe.min.js").resolve()
PICTURES = os.environ.get("CREDIT_GATEWAY_PICTURES")  # noqa: TID251  a switch of `make pictures`
DRAWN = {
    ("finder-zh-CN-light-0", 1280),
    ("consent-zh-CN-light-0", 360),
    ("choose-zh-CN-light-0", 360),
    ("rights-zh-CN-light-0", 360),
    ("printed-zh-CN-light-0", 360),
    ("complaints-en-GB-dark-0", 360),
    ("code-zh-CN-light-0", 360),
    ("code-en-GB-dark-0", 360),
    ("code-zh-CN-light-1", 360),
    ("verify-zh-CN-light-0", 360),
    ("answer-zh-CN-light-0", 360),
    ("not-a-code-en-GB-dark-0", 360),
    ("holder-zh-CN-light-0", 360),
    ("later-zh-CN-light-0", 360),
    ("no-benefit-zh-CN-light-0", 360),
    ("present-again-en-GB-dark-0", 360),
    ("staff-partner-zh-CN-light-0", 1280),
}
WIDTHS = (320, 360, 390, 1280)
LOOKS: list[tuple[str, Literal["light", "dark"], str]] = [
    ("zh-CN", "light", "0"),
    ("en-GB", "dark", "0"),
    ("zh-CN", "light", "1"),
    ("en-GB", "dark", "1"),
]
FEW_LOOKS = [LOOKS[0], LOOKS[1], LOOKS[3]]
"""Both languages, colours and sizes: for plain pages, of which there are many."""

LOOKED_AT = frozenset({"/", "/code", "/code/plain", "/consent", "/sessions"})
"""Pages that another test looks at."""


@pytest.fixture(params=LOOKS, ids="-".join)
def visit(
    request: pytest.FixtureRequest, browser: Browser, towns: Towns
) -> Generator[tuple[str, BrowserContext]]:
    locale, scheme, elder = request.param
    # axe is put into the page, which our policy forbids to everybody else.
    context = browser.new_context(
        locale=locale, color_scheme=scheme, viewport={"width": 360, "height": 740}, bypass_csp=True
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{towns.huzhou.url}/?elder={elder}")
    page.goto(f"{towns.wenzhou.url}/?elder={elder}")
    yield "-".join(request.param), context
    context.close()


def look_at(
    page: Page, name: str, *, status: int = 200, excused: frozenset[str] = frozenset()
) -> None:
    page.wait_for_load_state()
    page.evaluate("document.fonts.ready.then(() => undefined)")
    answered = "performance.getEntriesByType('navigation')[0].responseStatus"
    assert page.evaluate(answered) == status, name
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide at {width} px"
        if PICTURES and (name, width) in DRAWN:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"))
    page.set_viewport_size({"width": 360, "height": 740})
    assert [found for found in findings(page) if found[0] not in excused] == []


def findings(page: Page) -> list[Any]:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (tests/node)")
    page.add_script_tag(path=str(AXE))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in result["violations"]]


@pytest.mark.parametrize("visit", FEW_LOOKS, ids="-".join, indirect=True)
def test_the_pages_that_are_open_to_everybody(
    visit: tuple[str, BrowserContext], towns: Towns
) -> None:
    look, context = visit
    page = context.new_page()

    for name, path, status in (
        ("finder", "/", 200),
        ("enrol", "/merchant/enrol", 200),
        ("missing", "/nowhere", 404),
        ("api-docs", "/api/docs", 200),
        ("refused", "/sign-in/callback", 400),
        ("fresh-sign-in", "/sign-in?fresh=1&next=/sessions", 200),
    ):
        page.goto(towns.huzhou.url + path)
        look_at(page, f"{name}-{look}", status=status)


def test_the_pages_of_a_citizen(visit: tuple[str, BrowserContext], towns: Towns) -> None:
    look, context = visit
    page = context.new_page()
    ask_consent(page, towns.huzhou, NEXT)
    look_at(page, f"consent-{look}")
    press(page, "main form button")
    look_at(page, f"not-agreed-{look}", status=422)
    agree(page)

    expect(page.locator("#title")).to_have_text(re.compile("用在哪里|for where"))
    look_at(page, f"choose-{look}")
    page.goto(f"{towns.huzhou.url}/code#city=330300&scenario=fitness.gym")
    expect(page.locator("details.parts[open]")).to_be_visible()
    look_at(page, f"choose-part-{look}")
    choose(page, "fitness.gym.monthly")
    code_on(page)
    look_at(page, f"code-{look}")
    page.goto(f"{towns.huzhou.url}/code/plain?city=330300&scenario=lodging.hotel")
    # A page that cannot run code has no other way to renew itself.
    look_at(page, f"plain-{look}", excused=frozenset({"meta-refresh"}))
    page.goto(f"{towns.huzhou.url}/sessions")
    look_at(page, f"sessions-{look}")
    page.goto(f"{towns.huzhou.url}/consent")
    look_at(page, f"agreed-{look}")
    press(page, "main form button")
    look_at(page, f"stopped-{look}")


@pytest.mark.usefixtures("half_an_hour")
def test_the_page_that_a_phone_shows_without_a_network(
    visit: tuple[str, BrowserContext], towns: Towns
) -> None:
    look, context = visit
    page = context.new_page()
    open_code(page, towns.huzhou)
    code_on(page)
    expect(page.locator("#packed")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    context.set_offline(True)

    page.goto(f"{towns.huzhou.url}/code")
    code_on(page)
    look_at(page, f"offline-{look}")
    for _ in range(2):
        shown = code_on(page)
        page.locator("#another").click()
        expect(page.locator("#code")).not_to_have_attribute("data-code", shown)
    expect(page.locator("#none")).to_be_visible()
    look_at(page, f"offline-used-{look}")


@pytest.mark.parametrize("visit", FEW_LOOKS, ids="-".join, indirect=True)
def test_every_page_behind_a_citizens_rights(
    visit: tuple[str, BrowserContext], towns: Towns
) -> None:
    look, context = visit
    page, url = context.new_page(), towns.huzhou.url
    open_code(page, towns.huzhou)
    prove(page, url)

    seen = set[str]()
    # What an offer or a plate leads to as well; the rest by its links.
    starts = (f"{url}/complaints?merchant=demo-lodging-hotel", f"{url}/rights")
    for path in every_page(page, *starts, but=LOOKED_AT):
        name = path.partition("?")[0].strip("/").replace("/", "-")
        if name not in seen:
            look_at(page, f"{name}-{look}")
            seen.add(name)
    assert seen >= {"complaints", "rights", "print"}
    page.goto(f"{url}/print")
    press(page, "form[action='/print'] button")
    look_at(page, f"printed-{look}")


def test_the_page_of_a_person_without_a_tier(
    visit: tuple[str, BrowserContext], towns: Towns
) -> None:
    look, context = visit
    page = context.new_page()
    open_code(page, towns.huzhou, NOBODYS)
    choose(page)

    expect(page.locator("#none")).to_be_visible()

    look_at(page, f"none-{look}")


def test_the_pages_of_a_merchant(visit: tuple[str, BrowserContext], towns: Towns) -> None:
    look, context = visit
    citizen, page = context.new_page(), counter(context, towns.wenzhou)
    open_code(citizen, towns.huzhou)

    page.goto(f"{towns.wenzhou.url}/merchant/plate")
    look_at(page, f"plate-{look}")
    page.goto(f"{towns.wenzhou.url}/merchant/practice")
    look_at(page, f"practice-{look}")
    page.goto(f"{towns.wenzhou.url}/merchant")
    look_at(page, f"verify-{look}")
    page.locator("#code").fill("HTTPS://SOMETHING.ELSE")
    page.locator("#form button").first.click()
    expect(page.locator("#result")).to_have_attribute("aria-busy", "false")
    look_at(page, f"not-a-code-{look}")
    page.locator("#code").fill(code_on(citizen))
    page.locator("#form button").first.click()
    expect(page.locator("#result")).to_have_class(re.compile("recognised"))
    look_at(page, f"answer-{look}")
    made_up = answers(look[:2])
    for name in ("holder", "later", "no-benefit", "present-again"):
        answer(page, made_up[name], f"CC1:{name}")
        look_at(page, f"{name}-{look}")


@pytest.mark.parametrize("visit", FEW_LOOKS, ids="-".join, indirect=True)
def test_the_pages_of_a_device(visit: tuple[str, BrowserContext], towns: Towns) -> None:
    look, context = visit
    here = f"{towns.wenzhou.url}/merchant"
    page = counter(context, towns.wenzhou, towns.wenzhou.enrolment(owner=True))

    for name in ("settings", "devices", "offers", "check", "practice", "notices"):
        page.goto(f"{here}/{name}")
        look_at(page, f"merchant-{name}-{look}")
    page.goto(f"{here}/devices")
    page.locator("form[action$='/link'] input[name=label]").fill("前台")
    press(page, "form[action$='/link'] button")
    look_at(page, f"merchant-link-{look}")
    page.goto(f"{here}/settings")
    page.locator("input[name=pin]").fill("1234")
    press(page, "form:has(input[name=pin]) button")
    expect(page.locator("#form[data-kiosk]")).to_be_visible()
    look_at(page, f"merchant-counter-mode-{look}")
    page.goto(f"{here}/settings")
    look_at(page, f"merchant-unlock-{look}")


@pytest.mark.parametrize("visit", FEW_LOOKS, ids="-".join, indirect=True)
def test_the_pages_of_the_office(visit: tuple[str, BrowserContext], towns: Towns) -> None:
    look, context = visit
    page = context.new_page()
    for name, path in (("staff-sign-in", "/staff/sign-in"), ("staff-enrol", "/staff/enrol")):
        page.goto(towns.wenzhou.url + path)
        look_at(page, f"{name}-{look}")

    enter(page, towns.wenzhou.url, "operator")
    look_at(page, f"staff-{look}")
    for name, path in (
        ("partners", "/staff/partners"),
        ("partner", "/staff/partners/huzhou"),
        ("stranger", "/staff/partners/jinhua"),
        ("objections", "/staff/objections"),
        ("complaints", "/staff/complaints"),
        ("merchants", "/staff/merchants"),
        ("merchant", "/staff/merchants/demo-lodging-hotel"),
        ("starter", "/staff/merchants/demo-lodging-hotel/starter"),
        ("import", "/staff/merchants/import"),
        ("proposals", "/staff/proposals"),
        ("accounts", "/staff/accounts"),
        ("stops", "/staff/stops"),
        ("sheets", "/staff/sheets"),
    ):
        page.goto(towns.wenzhou.url + path)
        look_at(page, f"staff-{name}-{look}")
    hand_out(page, towns.wenzhou)
    look_at(page, f"staff-sheet-{look}")
    page.goto(f"{towns.wenzhou.url}/staff/partners/huzhou")
    press(page, "form[action$=probe] button")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    look_at(page, f"staff-probed-{look}")
    page.goto(f"{towns.wenzhou.url}/staff/merchants/demo-lodging-hotel")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    look_at(page, f"staff-merchant-open-{look}")
    page.locator("form[action$=link] input[name=label]").fill("前台")
    press(page, "form[action$=link] button")
    look_at(page, f"staff-device-link-{look}")


@pytest.mark.parametrize("visit", FEW_LOOKS, ids="-".join, indirect=True)
def test_the_pages_of_an_auditor(visit: tuple[str, BrowserContext], towns: Towns) -> None:
    look, context = visit
    page = context.new_page()
    enter(page, towns.wenzhou.url, "auditor")

    page.goto(f"{towns.wenzhou.url}/staff/audit")
    press(page, "form[action='/staff/audit'] button")

    expect(page.locator("main [role=status]")).to_contain_text(re.compile("完整|Whole"))
    look_at(page, f"staff-audit-{look}")
