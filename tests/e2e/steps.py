"""What people do in a browser, step by step."""

import io
import re

import zxingcpp
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Town

BEST, NEXT, NOBODYS = "演示市民甲", "演示市民乙", "演示市民丁"
"""Made-up citizens of tiers 3 and 2, and one without a tier."""


def sign_in(page: Page, url: str, person: str = BEST) -> None:
    page.goto(f"{url}/code")
    page.get_by_role("button", name=person).click()
    page.wait_for_url(re.compile(re.escape(url)))


def agree(page: Page) -> None:
    for box in page.get_by_role("checkbox").all():
        assert not box.is_checked()
        box.check()
    page.locator("main form button").click()


def open_code(page: Page, town: Town, person: str = BEST) -> None:
    """Sign in and, the first time, agree."""
    sign_in(page, town.url, person)
    if page.url.endswith("/consent"):
        agree(page)


def code_on(page: Page) -> str:
    panel = page.locator("#code[data-code]")
    expect(panel).to_be_visible()
    return panel.get_attribute("data-code") or ""


def scanned(picture: Locator) -> list[str]:
    """Return the text of every QR code that a scanner finds on the screen."""
    with Image.open(io.BytesIO(picture.screenshot())) as image:
        formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        return [found.text for found in zxingcpp.read_barcodes(image, formats=formats)]


def counter(context: BrowserContext, town: Town, link: str | None = None) -> Page:
    """Return the verify page of a phone that was just enrolled."""
    page = context.new_page()
    page.goto(link or town.enrolment())
    page.locator("main form button").click()
    expect(page.locator("#form")).to_be_visible()
    return page
