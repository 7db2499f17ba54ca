"""The self-check of a device, with no camera, and a scanner that types the card."""

from playwright.sync_api import BrowserContext, expect

from gateway.web.pages.merchant.check import CARD
from tests.e2e.conftest import Towns
from tests.e2e.steps import counter, scanned, type_as_scanner

QUICK = "performance.now = () => 0;"
"""On a busy machine the network is slow, which the page would say."""


def test_a_device_checks_itself_and_a_scanner_by_its_card(
    context: BrowserContext, towns: Towns
) -> None:
    page = counter(context, towns.wenzhou)
    page.add_init_script(QUICK)
    page.goto(f"{towns.wenzhou.url}/merchant/check")

    page.locator("#begin").click()

    def row(name: str, is_: str) -> None:
        expect(page.locator(f"[data-check={name}] [data-is={is_}]")).to_be_visible()

    row("decoder", "good")
    row("clock", "good")
    row("network", "good")
    # This browser has no camera.
    row("camera", "bad")
    page.locator("[data-heard=good]").click()
    row("sound", "good")
    assert [scanned(each) for each in page.locator("#card img").all()] == [[each] for each in CARD]

    for number, typed in enumerate(CARD, start=1):
        type_as_scanner(page, typed, end="Enter", box="scanned")
        expect(page.locator("[data-read]:visible")).to_have_count(number)
        expect(page.locator("#fine")).to_be_visible()
    type_as_scanner(page, CARD[1].lower(), end="Enter", box="scanned")
    expect(page.locator("[data-fault=lower_case]")).to_be_visible()
    type_as_scanner(page, CARD[0], box="scanned")
    expect(page.locator("[data-fault=no_enter]")).to_be_visible()
    expect(page.locator("#fine")).to_be_hidden()
