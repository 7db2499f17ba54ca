"""By keyboard alone: every page of the way is walked with Tab, from its first link to its last.

The focus is seen wherever it is, moves as one reads, and is held fast by nothing.
"""

from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Towns
from tests.e2e.patience import PATIENCE_MS
from tests.e2e.steps import (
    NEXT,
    ask_consent,
    code_on,
    counter,
    fresh_code,
    know_nothing,
    stop_clock,
)

MOST = 80
"""Steps of a page; more is going in circles."""

FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const ring = at.matches('.hidden-input') ? at.closest('.button') : at;
  const box = ring.getBoundingClientRect(), drawn = getComputedStyle(ring);
  const on = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return [
    [...document.querySelectorAll('*')].indexOf(at),
    (at.textContent.trim() || at.name || at.id).slice(0, 30),
    drawn.outlineStyle !== 'none' && parseFloat(drawn.outlineWidth) > 0,
    Boolean(on && (ring.contains(on) || on.contains(ring))),
    box.left + scrollX, box.top + scrollY, box.bottom + scrollY,
  ];
}"""
REACHABLE = """() => {
  const all = [...document.querySelectorAll('*')];
  const wanted = 'a[href], button:enabled, select, textarea, input:not([type=hidden]), summary,'
    + ' [tabindex="0"]';
  return all.flatMap((each, place) =>
    each.matches(wanted) && each.checkVisibility({visibilityProperty: true}) ? [place] : []);
}"""


@dataclass(frozen=True, slots=True)
class Focus:
    """Where the focus is: as the so-manieth element, and where on the page."""

    place: int
    name: str
    ringed: bool
    uncovered: bool
    left: float
    top: float
    bottom: float

    def read_after(self, before: "Focus") -> bool:
        """Whether one reads this later: further on in the document, and to the right or below."""
        beside = self.top < before.bottom and before.top < self.bottom
        later = self.left > before.left if beside else self.top >= before.bottom
        return self.place > before.place and later


def focus(page: Page) -> Focus | None:
    found = page.evaluate(FOCUSED)
    return None if found is None else Focus(*found)


def step(page: Page) -> Focus | None:
    """Go on by one; wherever the focus is then, it is seen."""
    page.keyboard.press("Tab")
    here = focus(page)
    if here is not None:
        assert here.ringed, f"{here.name}: nothing shows the focus"
        assert here.uncovered, f"{here.name}: out of sight or under something"
    return here


def walk(page: Page) -> None:
    """Go all around the page: from the first element to the last one, and to the first again."""
    page.wait_for_load_state()
    page.evaluate("document.fonts.ready.then(() => undefined)")
    here = step(page)
    # Only now: what stops a countdown is gone once somebody walks.
    reachable: list[int] = page.evaluate(REACHABLE)
    for _ in range(MOST):
        if here is not None and here.place == reachable[0]:
            break
        here = step(page)
    been = list[Focus]()
    while here is not None and len(been) < MOST and (not been or here.place != been[0].place):
        if been:
            assert here.read_after(been[-1]), f"{here.name} comes after {been[-1].name}"
        been.append(here)
        here = step(page)
    assert [each.place for each in been] == reachable


def tab_to(page: Page, wanted: Locator) -> None:
    """Go on until the focus is on what is wanted."""
    expect(wanted).to_be_visible()
    for _ in range(MOST):
        step(page)
        if wanted.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"never at {wanted}")


def test_a_citizen_gets_from_the_first_page_to_another_code_by_keyboard(
    browser: Browser, towns: Towns
) -> None:
    before = browser.new_context()
    ask_consent(before.new_page(), towns.huzhou, NEXT)
    before.close()
    context = browser.new_context(locale="zh-CN", viewport={"width": 360, "height": 740})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()

    page.goto(f"{towns.huzhou.url}/")
    walk(page)
    tab_to(page, page.locator("a.tile[aria-current]"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name=NEXT))
    page.keyboard.press("Enter")
    page.wait_for_url("**/consent")
    walk(page)
    for name in ("read", "shown"):
        tab_to(page, page.locator(f"input[name={name}]"))
        page.keyboard.press("Space")
    tab_to(page, page.locator("form[action='/consent'] button"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/code")
    shown = page.locator("#choose .destination:not([hidden])")
    expect(shown).to_be_visible()
    # The last that comes by itself, and moves what is below.
    expect(page.locator("#packed")).to_be_visible()
    walk(page)
    tab_to(page, page.locator(".chip[href='#city=330300']"))
    page.keyboard.press("Enter")
    tab_to(page, shown.locator("a[href$='lodging.hotel'], a[href$='scenario=general']").first)
    page.keyboard.press("Enter")
    code = code_on(page)
    expect(page.locator("#title")).to_be_focused()
    tab_to(page, page.locator("#another"))
    page.keyboard.press("Enter")

    expect(page.locator("#code")).not_to_have_attribute("data-code", code)
    code_on(page)
    expect(page.locator("#another")).to_be_focused()
    walk(page)
    context.close()


def test_a_receptionist_verifies_one_code_after_the_other_by_keyboard(
    context: BrowserContext, towns: Towns
) -> None:
    page = counter(context, towns.wenzhou)
    # No line comes later, about what is known here, and moves what is below.
    know_nothing(page)
    stop_clock(context)
    page.reload()
    walk(page)

    tab_to(page, page.locator("#code"))
    page.keyboard.insert_text(fresh_code(towns.huzhou))
    # A Tab at once is a scanner's, which verifies.
    page.clock.run_for(1_000)
    tab_to(page, page.locator("#form .row button"))
    page.keyboard.press("Enter")
    expect(page.locator("#result.recognised")).to_be_focused()
    walk(page)
    tab_to(page, page.locator("#next"))
    page.keyboard.press("Enter")

    expect(page.locator("#result")).to_be_hidden()
    expect(page.locator("#code")).to_be_focused()
    walk(page)
