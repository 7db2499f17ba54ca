"""Codes on paper: handed out at home, read from the print, recognised once in another city."""

import io
import shutil
import subprocess
from functools import partial

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from gateway.app.composition import OpenCity
from gateway.clock import wait_s
from gateway.trust.partners import Partner
from tests.e2e.conftest import Towns
from tests.e2e.patience import until
from tests.e2e.steps import NEXT, counter, enter, hand_out, open_code, sign_in
from tests.scanners import only_qr


def on_paper(page: Page) -> list[str]:
    """Return what a scanner reads from the print, in the order of the numbers on it."""
    tool = shutil.which("pdftoppm")
    if tool is None:
        pytest.skip("no pdftoppm (Debian package poppler-utils)")
    with page.expect_download() as saved:
        page.get_by_role("link", name="PDF").click()
    command = [tool, "-r", "100", str(saved.value.path())]
    picture = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603  (a fixed tool)
    with Image.open(io.BytesIO(picture)) as image:
        found = zxingcpp.read_barcodes(image, formats=only_qr())
    corners = {each.text: each.position.top_left for each in found}
    return sorted(corners, key=lambda code: (corners[code].y // 50, corners[code].x))


def lists_arrive(towns: Towns) -> None:
    """Fetch the status lists of the home city, as the worker of the other one does."""
    away = towns.wenzhou.city
    away.trust.refresh(away.clock.now())
    for partner in away.trust.snapshot.partners:
        until(partial(_arrives, away, partner))


def _arrives(away: OpenCity, partner: Partner) -> bool:
    return away.status_lists.fetch.one(partner, away.clock.now()).problem is None


def show(till: Page, code: str) -> str:
    """Show a code to the till, and return the outcome."""
    # A page asks nothing about the code that it has just shown.
    till.reload()
    till.locator("#code").fill(code)
    with till.expect_response("**/api/v1/verifications") as answer:
        till.locator("#form button").first.click()
    return str(answer.value.json()["outcome"])


def refused_in_the_end(towns: Towns, till: Page, codes: list[str]) -> bool:
    """Show one code after the other until one is refused; none of them was shown before.

    Both servers look at their lists every second: until then a code that was revoked is good.
    """
    for code in codes:
        lists_arrive(towns)
        if show(till, code) == "present_again":
            return True
        wait_s(0.5)
    return False


def test_one_of_six_codes_on_paper_is_recognised_once_in_another_city(
    context: BrowserContext, towns: Towns
) -> None:
    page = context.new_page()
    enter(page, towns.huzhou.url, "operator")
    codes = on_paper(hand_out(page, towns.huzhou))
    till = counter(context, towns.wenzhou)
    lists_arrive(towns)
    assert len(set(codes)) == 6

    until(lambda: show(till, codes[0]) == "recognised")
    expect(till.locator("#holder")).to_have_text("请当面核对证件姓氏 张*")
    expect(till.locator("#list")).not_to_contain_text("张")
    again, other = show(till, codes[0]), show(till, codes[1])

    assert (again, other) == ("present_again", "recognised")


def test_a_citizen_prints_an_own_sheet_and_another_city_recognises_it(
    page: Page, context: BrowserContext, towns: Towns
) -> None:
    open_code(page, towns.huzhou, NEXT)
    page.goto(f"{towns.huzhou.url}/rights")
    page.locator("a[href='/print']").click()
    page.locator("select[name=purpose]").select_option("330300/lodging.hotel")
    page.get_by_role("button", name="生成打印页").click()
    codes = on_paper(page)
    till = counter(context, towns.wenzhou)
    lists_arrive(towns)

    assert len(set(codes)) == 6
    until(lambda: show(till, codes[5]) == "recognised")


def test_another_sheet_and_stopping_both_end_what_is_on_paper(
    context: BrowserContext, towns: Towns
) -> None:
    page = context.new_page()
    enter(page, towns.huzhou.url, "operator")
    lost = on_paper(hand_out(page, towns.huzhou))
    found = on_paper(hand_out(page, towns.huzhou))
    till = counter(context, towns.wenzhou)
    lists_arrive(towns)

    until(lambda: show(till, found[0]) == "recognised")
    replaced = refused_in_the_end(towns, till, lost)
    citizen = context.new_page()
    sign_in(citizen, towns.huzhou.url, NEXT)
    citizen.goto(f"{towns.huzhou.url}/consent")
    with citizen.expect_navigation():
        citizen.get_by_role("button", name="停用信用码").click()

    assert replaced
    assert refused_in_the_end(towns, till, found[1:])
