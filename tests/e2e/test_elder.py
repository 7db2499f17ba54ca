"""The large view (长辈版) of every page that a citizen can reach, by the figures of the MIIT.

Text of at least 18 points, which are 24 px, everything that is pressed at least 60 px in both
directions, and nothing that counts down.
"""

import json
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.answers import answer, answers
from tests.e2e.conftest import Towns
from tests.e2e.patience import PATIENCE_MS
from tests.e2e.steps import BEST, code_on, counter, every_page, open_code, prove, stop_clock

LEAST_TEXT_PX, LEAST_TARGET_PX = 24, 60
WAITED_MS = 5_000

SMALL_TEXT = """least => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim(), holder = walk.currentNode.parentElement;
    if (!text || !holder.checkVisibility({visibilityProperty: true})) continue;
    if (holder.closest('svg, script, noscript, .skip')) continue;
    const size = parseFloat(getComputedStyle(holder).fontSize);
    if (size < least) found.push(size + ' px: ' + text.slice(0, 40));
  }
  return found;
}"""

SMALL_TARGETS = """least => {
  const pressed = 'a[href], button, select, textarea, summary, input:not([type=hidden])';
  return [...document.querySelectorAll(pressed)]
    .filter(each => each.checkVisibility({visibilityProperty: true}) && !each.closest('.skip'))
    .filter(each => !each.matches('.hidden-input'))
    .map(each => [each, (each.matches('input') && each.closest('label') || each)])
    .map(([each, area]) => [each, area.getBoundingClientRect()])
    .filter(([, box]) => box.width < least - .5 || box.height < least - .5)
    .map(([each, box]) => Math.round(box.width) + ' x ' + Math.round(box.height) + ': '
      + (each.textContent.trim() || each.name || each.outerHTML).slice(0, 40));
}"""

BROKEN_WORDS = """longest => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const words = new RegExp('[A-Za-z0-9]{2,' + longest + '}', 'g'), range = document.createRange();
  while (walk.nextNode()) {
    const text = walk.currentNode, holder = text.parentElement;
    if (!holder.checkVisibility({visibilityProperty: true})) continue;
    if (holder.closest('svg, script, noscript, .skip, option, code, pre')) continue;
    for (const word of text.textContent.matchAll(words)) {
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map(each => Math.round(each.top)));
      if (lines.size > 1) found.push('broken: ' + word[0]);
    }
  }
  return found;
}"""
LONGEST_WORD = 12
"""Letters that fit beside nothing else at 360 px."""


@pytest.fixture(params=["zh-CN", "en-GB"])
def large(request: pytest.FixtureRequest, browser: Browser) -> Generator[BrowserContext]:
    context = browser.new_context(locale=request.param, viewport={"width": 360, "height": 740})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def small_on(page: Page) -> list[str]:
    """Return what is too small on a page, or broken within a word, everything on it unfolded."""
    page.evaluate("document.fonts.ready.then(() => undefined)")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    texts: list[str] = page.evaluate(SMALL_TEXT, LEAST_TEXT_PX)
    targets: list[str] = page.evaluate(SMALL_TARGETS, LEAST_TARGET_PX)
    broken: list[str] = page.evaluate(BROKEN_WORDS, LONGEST_WORD)
    return texts + targets + broken


def test_text_and_targets_are_large_on_every_page_of_a_citizen(
    large: BrowserContext, towns: Towns
) -> None:
    page, url = large.new_page(), towns.huzhou.url
    page.goto(f"{url}/?elder=1")
    open_code(page, towns.huzhou, BEST)
    code_on(page)
    prove(page, url)

    starts = (f"{url}/", f"{url}/code", f"{url}/code/plain", f"{url}/sessions", f"{url}/rights")
    small = {path: found for path in every_page(page, *starts) if (found := small_on(page))}

    assert json.dumps(small, ensure_ascii=False, indent=1) == "{}"


def test_text_and_targets_are_large_on_the_pages_for_everybody(
    large: BrowserContext, towns: Towns
) -> None:
    page, url = large.new_page(), towns.huzhou.url
    page.goto(f"{url}/?elder=1")

    small = dict[str, list[str]]()
    for path in ("/", "/nowhere", "/sign-in/callback", "/complaints"):
        page.goto(url + path)
        small[path] = small_on(page)

    assert json.dumps({path: found for path, found in small.items() if found}) == "{}"


def test_text_and_targets_are_large_at_the_counter(large: BrowserContext, towns: Towns) -> None:
    page = large.new_page()
    page.goto(f"{towns.wenzhou.url}/?elder=1")
    page = counter(large, towns.wenzhou)
    made_up = answers(str(page.evaluate("navigator.language"))[:2])

    small = {"verify": small_on(page)}
    for name in ("holder", "later", "no-benefit"):
        answer(page, made_up[name], f"CC1:{name}")
        small[name] = small_on(page)

    assert json.dumps({name: found for name, found in small.items() if found}) == "{}"


def test_nothing_counts_down_on_the_large_code_page(large: BrowserContext, towns: Towns) -> None:
    page = large.new_page()
    page.goto(f"{towns.huzhou.url}/?elder=1")
    stop_clock(large)
    open_code(page, towns.huzhou, BEST)
    code = code_on(page)
    # The last that comes by itself.
    expect(page.locator("#packed")).to_be_visible()
    before = page.locator("body").inner_text()

    page.clock.run_for(WAITED_MS)

    assert page.locator("body").inner_text() == before
    expect(page.locator("[role=timer]")).to_have_count(0)
    expect(page.locator("#code")).to_have_attribute("data-code", code)
