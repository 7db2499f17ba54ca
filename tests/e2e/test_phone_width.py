"""What fits on a phone of 360 px: a header of one line, whole texts, and the page one is on."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Towns
from tests.e2e.patience import PATIENCE_MS
from tests.e2e.steps import counter, enter

LOOKS = [("zh-CN", 0), ("en-GB", 0), ("zh-CN", 1), ("en-GB", 1)]
LINES = """each => new Set([...each.querySelectorAll('a, b')]
  .map(part => Math.round(part.getBoundingClientRect().top))).size"""
BROKEN_AT = """each => {
  const range = document.createRange();
  const ends = [...each.childNodes].filter(part => part.nodeType === Node.TEXT_NODE);
  // A space is a place to break at as well.
  return ends.filter(part => !part.textContent.includes(' ')).filter(part => {
    range.selectNode(part);
    return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1;
  }).map(part => part.textContent);
}"""


def lines_of_header(page: Page) -> int:
    page.evaluate("document.fonts.ready.then(() => undefined)")
    found: int = page.locator("header").evaluate(LINES)
    return found


@pytest.mark.parametrize(("locale", "elder"), LOOKS)
def test_a_header_is_one_line_and_the_office_shows_which_page_is_open(
    browser: Browser, towns: Towns, locale: str, elder: int
) -> None:
    context = browser.new_context(locale=locale, viewport={"width": 360, "height": 740})
    context.set_default_timeout(PATIENCE_MS)
    page, url = context.new_page(), towns.wenzhou.url
    page.goto(f"{url}/?elder={elder}")
    finder = lines_of_header(page)

    enter(page, url, "operator")
    shown = list[bool]()
    for path in ("/staff/accounts", "/staff/merchants", "/staff"):
        page.goto(url + path)
        here, leave = page.locator(".office [aria-current]"), page.locator(".office button")
        expect(here).to_be_in_viewport(ratio=1)
        one, other = here.bounding_box(), leave.bounding_box()
        assert one is not None
        assert other is not None
        shown.append(one["x"] + one["width"] <= other["x"])

    assert (finder, lines_of_header(page)) == (1, 1)
    assert shown == [True, True, True]
    context.close()


@pytest.mark.parametrize("elder", [0, 1])
def test_the_texts_of_the_scanner_card_break_between_their_parts_only(
    browser: Browser, towns: Towns, elder: int
) -> None:
    context = browser.new_context(locale="zh-CN", viewport={"width": 360, "height": 740})
    context.set_default_timeout(PATIENCE_MS)
    context.new_page().goto(f"{towns.wenzhou.url}/?elder={elder}")
    page = counter(context, towns.wenzhou)

    page.goto(f"{towns.wenzhou.url}/merchant/check")
    texts = page.locator("figcaption code")

    # Said whole, for whoever compares it, and its parts are parts of one line each.
    wanted = [each.get_attribute("data-text") for each in page.locator("#card img").all()]
    assert texts.all_text_contents() == wanted
    assert [broken for each in texts.all() for broken in each.evaluate(BROKEN_AT)] == []
    context.close()
