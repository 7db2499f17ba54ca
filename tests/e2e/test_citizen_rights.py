"""What citizens ask about themselves, in a browser: read, take along, stop, delete."""

import json
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Towns
from tests.e2e.steps import BEST, NEXT, NOBODYS, agree, code_on, counter, open_code, show_to


def test_a_citizen_reads_everything_from_the_code_page_on(page: Page, towns: Towns) -> None:
    open_code(page, towns.huzhou, NEXT)
    code_on(page)

    page.locator("a.button[href='/rights']").click()
    page.locator("a[href='/rights/history']").click()
    expect(page.locator("tbody tr")).to_contain_text(["当面出示的码"])
    page.locator("a[href='/rights']").click()
    page.locator("a[href='/rights/consents']").click()
    page.locator("summary", has_text="当时的原文").first.click()
    expect(page.locator("details[open]").first).to_contain_text("湖州信用办")
    page.locator("a[href='/rights']").click()
    page.locator("a[href='/rights/explanation']").click()

    expect(page.locator("main")).to_contain_text("现在的等级:2(优秀)")
    expect(page.locator("main")).to_contain_text("“优秀”起")


def test_who_has_no_tier_finds_the_same_pages(page: Page, towns: Towns) -> None:
    open_code(page, towns.huzhou, NOBODYS)

    page.goto(f"{towns.huzhou.url}/rights/explanation")

    expect(page.locator("main")).to_contain_text("暂无可用激励,不影响任何服务")
    expect(page.locator("main")).to_contain_text("“良好”起")


def test_stopping_ends_issuing_and_starting_again_is_as_easy(
    page: Page, context: BrowserContext, towns: Towns
) -> None:
    open_code(page, towns.huzhou, BEST)
    shown = code_on(page)
    page.goto(f"{towns.huzhou.url}/rights")
    page.locator("a[href='/consent']").first.click()

    page.get_by_role("button", name="停用信用码").click()

    expect(page.locator("main")).to_contain_text("从现在起不再发新码")
    page.goto(f"{towns.huzhou.url}/code")
    assert page.url.endswith("/consent")
    refused = page.evaluate(
        "async t => (await fetch('/api/v1/codes', {method: 'POST', body: '{\"kind\":\"general\"}',"
        " headers: {'Content-Type': 'application/json', 'X-Form-Token': t}})).status",
        page.locator("input[name=form_token]").first.input_value(),
    )
    assert refused == 403
    agree(page)
    again = code_on(page)
    assert again != shown
    till = counter(context, towns.wenzhou)
    show_to(till, again)
    expect(till.locator("#result")).to_have_class("result recognised")


def test_a_copy_is_taken_along_and_then_everything_is_deleted(
    page: Page, towns: Towns, tmp_path: Path
) -> None:
    open_code(page, towns.huzhou, NOBODYS)
    page.goto(f"{towns.huzhou.url}/rights/export")
    number = page.locator("dl code").first.inner_text()
    with page.expect_download() as saved:
        page.get_by_role("link", name="下载 JSON 文件").click()
    saved.value.save_as(tmp_path / "copy.json")
    copy = json.loads((tmp_path / "copy.json").read_text("utf-8"))
    assert number in [each["number"] for each in copy["consents"]]
    assert copy["sessions"]

    page.goto(f"{towns.huzhou.url}/rights/delete")
    page.get_by_role("button", name="删除").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="删除").click()

    expect(page.get_by_role("heading", name="已删除")).to_be_visible()
    page.goto(f"{towns.huzhou.url}/rights")
    assert not page.url.startswith(f"{towns.huzhou.url}/rights")
    open_code(page, towns.huzhou, NOBODYS)
    page.goto(f"{towns.huzhou.url}/rights/history")
    expect(page.locator("main")).to_contain_text("还没有发过码")
