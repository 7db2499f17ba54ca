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

from tests.e2e.conftest import Towns
from tests.e2e.steps import NEXT, NOBODYS, agree, code_on, counter, open_code, sign_in

AXE = (Path(__file__).parents[1] / "node/node_modules/axe-core/axe.min.js").resolve()
PICTURES = os.environ.get("CREDIT_GATEWAY_PICTURES")  # noqa: TID251  a switch of `make pictures`
DRAWN = {
    ("finder-zh-CN-light-0", 1280),
    ("consent-zh-CN-light-0", 360),
    ("code-zh-CN-light-0", 360),
    ("code-en-GB-dark-0", 360),
    ("code-zh-CN-light-1", 360),
    ("verify-zh-CN-light-0", 360),
    ("answer-zh-CN-light-0", 360),
    ("not-a-code-en-GB-dark-0", 360),
    ("staff-partner-zh-CN-light-0", 1280),
}
WIDTHS = (320, 360, 390, 1280)
LOOKS: list[tuple[str, Literal["light", "dark"], str]] = [
    ("zh-CN", "light", "0"),
    ("en-GB", "dark", "0"),
    ("zh-CN", "light", "1"),
    ("zh-CN", "dark", "0"),
    ("en-GB", "light", "0"),
]
ONLY_COLOURS = ("zh-CN-dark-0", "en-GB-light-0")
"""Looks whose words and sizes are those of another: one width shows their contrast."""


@pytest.fixture(params=LOOKS, ids="-".join)
def visit(
    request: pytest.FixtureRequest, browser: Browser, towns: Towns
) -> Generator[tuple[str, BrowserContext]]:
    locale, scheme, elder = request.param
    # axe is put into the page, which our policy forbids to everybody else.
    context = browser.new_context(
        locale=locale, color_scheme=scheme, viewport={"width": 360, "height": 740}, bypass_csp=True
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(f"{towns.huzhou.url}/?elder={elder}")
    page.goto(f"{towns.wenzhou.url}/?elder={elder}")
    yield "-".join(request.param), context
    context.close()


def look_at(
    page: Page, name: str, *, status: int = 200, excused: frozenset[str] = frozenset()
) -> None:
    answered = "performance.getEntriesByType('navigation')[0].responseStatus"
    assert page.evaluate(answered) == status, name
    for width in (360,) if name.endswith(ONLY_COLOURS) else WIDTHS:
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
    ):
        page.goto(towns.huzhou.url + path)
        look_at(page, f"{name}-{look}", status=status)
    page.close()


def test_the_pages_of_a_citizen(visit: tuple[str, BrowserContext], towns: Towns) -> None:
    look, context = visit
    page = context.new_page()
    sign_in(page, towns.huzhou.url, NEXT)
    look_at(page, f"consent-{look}")
    page.locator("main form button").click()
    look_at(page, f"not-agreed-{look}", status=422)
    agree(page)

    code_on(page)
    look_at(page, f"code-{look}")
    page.goto(f"{towns.huzhou.url}/code/plain")
    # A page that cannot run code has no other way to renew itself.
    look_at(page, f"plain-{look}", excused=frozenset({"meta-refresh"}))
    page.goto(f"{towns.huzhou.url}/sessions")
    look_at(page, f"sessions-{look}")
    page.goto(f"{towns.huzhou.url}/consent")
    look_at(page, f"agreed-{look}")
    page.locator("main form button").click()
    look_at(page, f"stopped-{look}")
    page.close()


def test_the_page_of_a_person_without_a_tier(
    visit: tuple[str, BrowserContext], towns: Towns
) -> None:
    look, context = visit
    page = context.new_page()
    open_code(page, towns.huzhou, NOBODYS)

    expect(page.locator("#none")).to_be_visible()

    look_at(page, f"none-{look}")
    page.close()


def test_the_pages_of_a_merchant(visit: tuple[str, BrowserContext], towns: Towns) -> None:
    look, context = visit
    citizen, page = context.new_page(), counter(context, towns.wenzhou)
    open_code(citizen, towns.huzhou)

    look_at(page, f"verify-{look}")
    page.locator("#code").fill("HTTPS://SOMETHING.ELSE")
    page.locator("#form button").first.click()
    expect(page.locator("#result")).to_have_attribute("aria-busy", "false")
    look_at(page, f"not-a-code-{look}")
    page.locator("#scenario").select_option("lodging.hotel")
    page.locator("#code").fill(code_on(citizen))
    page.locator("#form button").first.click()
    expect(page.locator("#result")).to_have_class(re.compile("recognised"))
    look_at(page, f"answer-{look}")
    citizen.close()
    page.close()


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
        ("merchants", "/staff/merchants"),
        ("merchant", "/staff/merchants/demo-lodging-hotel"),
        ("proposals", "/staff/proposals"),
        ("accounts", "/staff/accounts"),
    ):
        page.goto(towns.wenzhou.url + path)
        look_at(page, f"staff-{name}-{look}")
    page.goto(f"{towns.wenzhou.url}/staff/merchants/demo-lodging-hotel")
    page.locator("form[action$=link] input[name=label]").fill("前台")
    page.locator("form[action$=link] button").click()
    look_at(page, f"staff-device-link-{look}")
    page.close()


def test_the_pages_of_an_auditor(visit: tuple[str, BrowserContext], towns: Towns) -> None:
    look, context = visit
    page = context.new_page()
    enter(page, towns.wenzhou.url, "auditor")

    page.goto(f"{towns.wenzhou.url}/staff/audit")
    page.locator("form[action='/staff/audit'] button").click()

    expect(page.locator("main [role=status]")).to_contain_text(re.compile("完整|Whole"))
    look_at(page, f"staff-audit-{look}")
    page.close()


def enter(page: Page, url: str, role: str) -> None:
    page.goto(f"{url}/staff/sign-in")
    page.locator("main a.button").click()
    page.locator(f"button[value=illustrative-staff-{role}]").click()
    page.wait_for_url(f"{url}/staff")
