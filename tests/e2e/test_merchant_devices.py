"""The owner's phone, another one beside it, and what is said when that one is ended."""

import re

from playwright.sync_api import Browser, BrowserContext, Page, expect

from gateway.clock import monotonic_s
from tests.e2e.conftest import Town, Towns
from tests.e2e.patience import PATIENCE_S
from tests.e2e.steps import code_on, counter, open_code, scanned, show_to


def enrol_another(owner: Page, town: Town) -> str:
    """Return the link that the owner's phone shows as a QR code."""
    owner.goto(f"{town.url}/merchant/devices")
    owner.locator("form[action$='/link'] input[name=label]").fill("front desk")
    owner.locator("form[action$='/link'] button").click()
    (link,) = scanned(owner.locator("#link"))
    return link


def test_an_owner_enrols_a_second_phone_by_its_screen_and_ends_it_in_the_middle_of_a_scan(
    context: BrowserContext, browser: Browser, towns: Towns
) -> None:
    town = towns.wenzhou
    owner = counter(context, town, town.enrolment(owner=True))
    link = enrol_another(owner, town)
    with browser.new_context(locale="zh-CN", viewport={"width": 360, "height": 740}) as second:
        other = counter(second, town, link)
        asked = list[str]()
        other.on("framenavigated", lambda frame: asked.append(frame.url))

        owner.goto(f"{town.url}/merchant/devices")
        card = owner.locator(".cards > li").filter(has_text="front desk")
        card.get_by_role("button", name="停用").click()
        expect(card).to_have_count(0)
        begun_s = monotonic_s()
        while "本机已停用" not in (other.locator("#message").text_content() or ""):
            assert monotonic_s() - begun_s < PATIENCE_S
            show_to(other, f"no code {monotonic_s()}")

        # Calm words on the same page; nothing is asked again.
        expect(other.locator("#message")).to_contain_text("请按普通价格办理")
        assert asked == []
        other.goto(f"{town.url}/merchant")
        expect(other.locator("main")).to_contain_text("本机已停用或已到期")


def test_an_offer_that_the_owner_pauses_is_granted_to_nobody_until_it_is_resumed(
    context: BrowserContext, towns: Towns
) -> None:
    town = towns.wenzhou
    owner, citizen = counter(context, town, town.enrolment(owner=True)), context.new_page()
    open_code(citizen, towns.huzhou)
    owner.goto(f"{town.url}/merchant/offers")
    while (pause := owner.get_by_role("button", name="暂停")).count():
        left = pause.count()
        pause.first.click()
        expect(pause).to_have_count(left - 1)

    owner.goto(f"{town.url}/merchant")
    try:
        assert outcomes(owner, citizen, "没有可用优惠")
    finally:
        owner.goto(f"{town.url}/merchant/offers")
        while (resume := owner.get_by_role("button", name="恢复")).count():
            left = resume.count()
            resume.first.click()
            expect(resume).to_have_count(left - 1)
    # The next test's guests find it as it was.
    owner.goto(f"{town.url}/merchant")
    assert outcomes(owner, citizen, "可享")


def outcomes(till: Page, citizen: Page, wanted: str) -> bool:
    """Show fresh codes until the answer is the one that is waited for."""
    begun_s = monotonic_s()
    while monotonic_s() - begun_s < PATIENCE_S:
        code = code_on(citizen)
        show_to(till, code)
        if wanted in (till.locator("#message").text_content() or ""):
            return True
        citizen.locator("#another").click()
        expect(citizen.locator("#code")).not_to_have_attribute("data-code", code)
    return False


def test_a_pin_leaves_the_verify_page_alone_on_a_tablet(
    context: BrowserContext, towns: Towns
) -> None:
    town = towns.wenzhou
    page = counter(context, town)
    page.goto(f"{town.url}/merchant/settings")
    page.locator("input[name=pin]").fill("1357")
    page.get_by_role("button", name="设密码并锁定").click()

    page.wait_for_url(f"{town.url}/merchant")
    expect(page.locator("footer")).to_have_count(0)
    page.get_by_role("link", name=re.compile("设置")).click()
    page.locator("input[name=pin]").fill("9999")
    page.get_by_role("button", name="进入设置").click()
    expect(page.locator("main")).to_contain_text("密码不对")
    page.locator("input[name=pin]").fill("1357")
    page.get_by_role("button", name="进入设置").click()
    expect(page.locator("h1")).to_have_text("本机设置")


def test_a_link_that_is_opened_where_its_page_is_open_already_is_taken(
    page: Page, towns: Towns
) -> None:
    page.goto(f"{towns.wenzhou.url}/merchant")
    expect(page.locator("#link")).to_have_value("")

    page.goto(towns.wenzhou.enrolment())
    expect(page.locator("#link")).not_to_have_value("")
    # Whoever came by the link is asked for nothing but the button.
    expect(page.locator("main form input:visible")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("链接已读取")
    expect(page.locator("main")).not_to_contain_text("粘贴", use_inner_text=True)
    page.locator("main form button").click()

    expect(page.locator("#form")).to_be_visible()
