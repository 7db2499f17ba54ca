"""A plate on the counter, and the sheet that brings it: what they show, and what they cannot."""

from urllib.parse import quote

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Towns
from tests.e2e.steps import counter, enter, scanned

PLATE = "#city=330300&scenario=lodging.hotel"
FORGED = "金牌官方酒店"


def test_a_plate_shows_the_merchants_name_and_the_guests_page_shows_none(
    page: Page, context: BrowserContext, towns: Towns
) -> None:
    shop = counter(context, towns.wenzhou)
    shop.goto(f"{towns.wenzhou.url}/merchant/plate")
    plate = shop.locator(".plate", has_text="酒店住宿")
    name = plate.locator("p").first.inner_text()

    assert len(name) > 1
    expect(plate).to_contain_text("不证明店家身份或优惠")
    (address,) = scanned(plate.locator("img"))
    assert address == f"{towns.wenzhou.url}/{PLATE}"
    for forged in ("", f"&merchant={quote(FORGED)}", f"&name={quote(FORGED)}"):
        page.goto("about:blank")
        page.goto(address + forged)
        tile = page.get_by_role("link", name="湖州")
        kept = tile.get_attribute("href") or ""
        assert FORGED not in page.content()
        assert quote(FORGED) not in kept
        assert name not in page.content()


def test_a_starter_sheet_prints_on_one_page_before_its_plates(page: Page, towns: Towns) -> None:
    enter(page, towns.wenzhou.url, "operator")
    page.goto(f"{towns.wenzhou.url}/staff/merchants")
    page.locator(".cards a").first.click()
    page.get_by_role("link", name="打印入驻单和台牌").click()
    page.get_by_role("button", name="附上登记码").click()
    sheet = page.locator(".starter")
    expect(sheet).to_contain_text("只能用一次")
    assert any("/merchant/enrol#" in each for each in scanned(sheet.locator("img")))
    assert "enrol" not in page.url

    page.emulate_media(media="print")
    # 180 mm by 267 mm at 96 dots an inch: A4 without its margins.
    page.set_viewport_size({"width": 680, "height": 1009})

    box = sheet.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 1009
    expect(page.locator("nav.office")).to_be_hidden()
