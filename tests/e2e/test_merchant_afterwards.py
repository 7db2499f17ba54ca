"""What a merchant can do afterwards: take a grant back, look at the last five, count the day."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from gateway.ids import MerchantId, ReceiptId, ScenarioId
from gateway.services.audit import Acting
from gateway.services.ports import Merchant
from tests.e2e.answers import RECEIPT, VERIFICATIONS, answer, recognised, refused
from tests.e2e.conftest import Town, Towns
from tests.e2e.steps import (
    BEST,
    choose,
    code_on,
    counter,
    give_back,
    open_code,
    show_to,
    stop_clock,
)
from tests.system.towns import Mint

VOIDS = f"{VERIFICATIONS}/*/void"
FULL = re.compile(r"\brecognised\b")
MONTHLY = "fitness.gym.monthly"
MINUTE_MS = 60_000


def receipt_on(page: Page) -> ReceiptId:
    expect(page.locator("#result")).to_have_class(FULL)
    return ReceiptId(str(page.locator("#receipt").text_content()).split()[-1])


def voided(towns: Towns, receipt: ReceiptId) -> bool:
    record = towns.wenzhou.city.store.verifications.find(receipt)
    assert record is not None
    return record.voided


def test_a_grant_is_taken_back_at_once_or_from_the_list(
    context: BrowserContext, towns: Towns
) -> None:
    stop_clock(context)
    page, mint = counter(context, towns.wenzhou), Mint.of(towns.huzhou.city)
    receipts = list[ReceiptId]()
    for _ in range(2):
        show_to(page, mint.new(towns.wenzhou.city.clock.now()))
        receipts.append(receipt_on(page))

    page.locator("#void button").click()

    expect(page.locator("#message")).to_have_text("已撤销,请按普通价格办理")
    expect(page.locator("#result")).not_to_have_class(FULL)
    expect(page.locator("#void")).to_be_hidden()
    assert [voided(towns, each) for each in receipts] == [False, True]

    page.locator("#list button").click()

    expect(page.locator("#list button")).to_have_count(0)
    expect(page.locator("#list li").last).to_contain_text("已撤销")
    assert voided(towns, receipts[0])
    expect(page.locator("#day")).to_have_text("本机今天:认可 2,其他 0,撤销 2")


def test_a_page_whose_form_is_of_another_day_asks_again_with_a_new_one(
    context: BrowserContext, towns: Towns
) -> None:
    stop_clock(context)
    page, mint = counter(context, towns.wenzhou), Mint.of(towns.huzhou.city)
    page.route(VERIFICATIONS, fulfil(403, "forbidden"), times=1)

    show_to(page, mint.new(towns.wenzhou.city.clock.now()))

    receipt_on(page)
    page.locator("#next").click()
    page.route(VERIFICATIONS, fulfil(403, "forbidden"))
    show_to(page, mint.new(towns.wenzhou.city.clock.now()))
    expect(page.locator("#message")).to_contain_text("不是客人的问题")


def fulfil(status: int, code: str = "") -> Callable[[Route], None]:
    body = json.dumps({"code": code})
    ours = "application/problem+json"
    return lambda route: route.fulfill(status=status, body=body, content_type=ours)


NOT_TAKEN_BACK: dict[str, tuple[Callable[[Route], None], str]] = {
    "too late": (fulfil(403, "void_too_late"), "已超过15分钟,不能撤销"),
    "unknown": (fulfil(404, "not_found"), "没有找到这个回执,不能撤销"),
    "no network": (lambda route: route.abort(), "网络不通,还没有撤销,请再试一次"),
    "not now": (fulfil(503, "unavailable"), "暂时无法撤销,请再试一次"),
    "forbidden": (fulfil(403, "forbidden"), "暂时无法撤销,请再试一次"),
}


def test_a_grant_that_could_not_be_taken_back_stays_and_says_why(
    context: BrowserContext, towns: Towns
) -> None:
    stop_clock(context)
    page = counter(context, towns.wenzhou)
    answer(page, recognised())

    for what, said in NOT_TAKEN_BACK.values():
        page.route(VOIDS, what)
        page.evaluate("document.getElementById('note').textContent = ''")
        page.locator("#void button").click()
        expect(page.locator("#note")).to_have_text(said)
        expect(page.locator("#result")).to_have_class(FULL)
        page.unroute(VOIDS)

    page.locator("#next").click()
    page.route(VOIDS, fulfil(404))
    page.locator("#list button").click()
    expect(page.locator("#message")).to_have_text("没有找到这个回执,不能撤销")
    expect(page.locator("#list button")).to_have_count(1)


def test_the_last_five_outlive_a_reload_and_name_nobody(
    context: BrowserContext, towns: Towns
) -> None:
    stop_clock(context)
    page = counter(context, towns.wenzhou)
    shown = [
        recognised(holder="张*"),
        *(refused(each) for each in ("no_benefit", "present_again", "not_a_code")),
        recognised(receipt="", checked="later"),
        refused("undetermined"),
    ]
    for number, members in enumerate(shown):
        answer(page, members, f"CC1:SECRET{number}")

    page.reload()

    row = re.compile(r"^\d\d:\d\d (\S+) · 酒店住宿( · …[A-Z0-9]{4})?$")
    found = [row.match(text) for text in page.locator("#list li > span").all_text_contents()]
    assert [each and each[1] for each in found] == [
        *("暂时无法核验", "需联网核验", "不是信用码", "请换一个码", "无可用优惠")
    ]
    kept = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "SECRET" not in kept
    assert "张" not in kept
    other = context.new_page()
    other.goto(f"{towns.wenzhou.url}/merchant")
    # Another tab has its own five; the phone has one count.
    expect(other.locator("#recent")).to_be_hidden()
    expect(other.locator("#day")).to_have_text("本机今天:认可 1,其他 5,撤销 0")


def test_after_a_quarter_of_an_hour_nothing_offers_to_take_a_grant_back(
    context: BrowserContext, towns: Towns
) -> None:
    stop_clock(context)
    page = counter(context, towns.wenzhou)
    answer(page, recognised())
    page.locator("#next").click()
    expect(page.locator("#list")).to_contain_text(RECEIPT[-4:])

    page.clock.fast_forward(14 * MINUTE_MS)
    expect(page.locator("#list button")).to_be_visible()
    page.clock.fast_forward(2 * MINUTE_MS)

    expect(page.locator("#list button")).to_have_count(0)
    expect(page.locator("#list")).to_contain_text("已认可")


def test_the_count_begins_anew_with_the_day_of_china(context: BrowserContext, towns: Towns) -> None:
    page = counter(context, towns.wenzhou)
    page.clock.install(time="2026-03-01T15:58:00Z")
    page.reload()
    answer(page, refused("no_benefit"))
    expect(page.locator("#day")).to_contain_text("其他 1")

    page.clock.set_fixed_time("2026-03-01T16:00:00Z")
    page.reload()

    expect(page.locator("#day")).to_be_hidden()
    answer(page, refused("no_benefit"), "CC1:TOMORROW")
    expect(page.locator("#day")).to_contain_text("其他 1")


def gym_of_vouchers(town: Town) -> str:
    """Return the link of a phone at a gym that grants the monthly voucher and nothing else."""
    gym = MerchantId("e2e-vouchers")
    acting = Acting(by="console:tester", at=town.city.clock.now())
    merchant = Merchant(
        id=gym,
        name="演示健身券 (illustrative)",
        scenarios=frozenset({ScenarioId(MONTHLY)}),
        venues=(),
        state="active",
    )
    town.city.store.merchants.add(merchant, acting.note("merchant.added", gym))
    return town.enrolment(gym)


@pytest.mark.usefixtures("half_an_hour")
def test_a_voucher_of_the_month_at_the_counter_from_the_hint_to_the_ticket_given_back(
    context: BrowserContext, towns: Towns
) -> None:
    stop_clock(context)
    citizen, page = (
        context.new_page(),
        counter(context, towns.wenzhou, gym_of_vouchers(towns.wenzhou)),
    )
    open_code(citizen, towns.huzhou, BEST)
    general = code_on(citizen)
    show_to(page, general)
    expect(page.locator("#message")).to_contain_text("请客人选「温州·体育健身」")

    citizen.goto(f"{towns.huzhou.url}/code#city=330300&scenario=fitness.gym")
    expect(citizen.locator("details.parts[open]")).to_be_visible()
    choose(citizen, MONTHLY)
    expect(citizen.locator("#code")).not_to_have_attribute("data-code", general)
    show_to(page, code_on(citizen))
    expect(page.locator("#message")).to_contain_text("免费健身券一张(每月一张)")
    show_to(page, another(citizen))
    expect(page.locator("#message")).to_contain_text("这一次已用过,可请客人换一个码再试一次")

    page.locator("#list button").click()
    expect(page.locator("#message")).to_contain_text("已撤销")
    show_to(page, another(citizen))
    expect(page.locator("#message")).to_contain_text("免费健身券一张(每月一张)")
    give_back(page)


def another(citizen: Page) -> str:
    shown = code_on(citizen)
    citizen.locator("#another").click()
    expect(citizen.locator("#code")).not_to_have_attribute("data-code", shown)
    return code_on(citizen)
