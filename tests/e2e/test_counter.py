"""The merchant's page: scanner, photo, a lost answer, and the scenario chosen last."""

import json
import re

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, Route, expect

from gateway.codes import qr
from gateway.ids import MerchantId, ScenarioId
from gateway.services.audit import Acting
from gateway.services.ports import Merchant
from tests.e2e.conftest import Town, Towns
from tests.e2e.steps import code_on, counter, know_nothing, open_code

VERIFICATIONS = "**/api/v1/verifications"
RECOGNISED = re.compile("recognised")


@pytest.fixture
def code(context: BrowserContext, towns: Towns) -> str:
    citizen = context.new_page()
    open_code(citizen, towns.huzhou)
    return code_on(citizen)


def photo(picture: bytes) -> FilePayload:
    return {"name": "photo.png", "mimeType": "image/png", "buffer": picture}


def expect_receipt(page: Page) -> None:
    expect(page.locator("#result")).to_have_class(RECOGNISED)
    expect(page.locator("#message")).to_contain_text("可享")
    expect(page.locator("#receipt")).to_contain_text("回执")


def test_a_hand_held_scanner_types_a_code_and_enter(
    context: BrowserContext, towns: Towns, code: str
) -> None:
    page = counter(context, towns.wenzhou)

    # Whatever has the focus: the first key that is typed leads into the box.
    page.locator("h1").click()
    page.keyboard.type(code)
    page.keyboard.press("Enter")

    expect_receipt(page)
    expect(page.locator("#code")).to_have_value("")
    # No keyboard of the screen, which would cover half of it and swallow letters.
    expect(page.locator("#code")).to_have_attribute("inputmode", "none")


def test_a_code_is_read_from_a_photo(context: BrowserContext, towns: Towns, code: str) -> None:
    page = counter(context, towns.wenzhou)

    page.locator("#file").set_input_files(photo(qr.png(code)))

    expect_receipt(page)


def test_a_photo_without_a_code_is_asked_for_again(context: BrowserContext, towns: Towns) -> None:
    page = counter(context, towns.wenzhou)

    page.locator("#file").set_input_files(photo(b"no picture"))

    expect(page.locator("#message")).to_contain_text("照片里没有找到二维码")
    expect(page.locator("#result")).not_to_have_class(RECOGNISED)


@pytest.mark.parametrize("lost", ["the answer", "a refusal for the moment"])
def test_a_lost_answer_is_asked_for_again_as_the_same_showing(
    context: BrowserContext, towns: Towns, code: str, lost: str
) -> None:
    page = counter(context, towns.wenzhou)
    know_nothing(page)
    asked = list[str]()

    def lose_the_first(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or "{}")["request_id"])
        if len(asked) > 1:
            route.continue_()
        elif lost == "the answer":
            # The gateway burns the code and writes the receipt; nobody hears of it.
            assert route.fetch().ok
            route.abort()
        else:
            route.fulfill(status=503, headers={"Retry-After": "2"}, body="{}")

    page.route(VERIFICATIONS, lose_the_first)
    page.locator("#code").fill(code)
    page.locator("#form button").first.click()

    expect_receipt(page)
    assert len(asked) == 2
    assert len(set(asked)) == 1


def test_a_code_scanned_again_after_no_answer_is_still_the_same_showing(
    context: BrowserContext, towns: Towns, code: str
) -> None:
    page = counter(context, towns.wenzhou)
    know_nothing(page)
    page.route(VERIFICATIONS, lambda route: (route.fetch(), route.abort()))
    page.locator("#code").fill(code)
    page.locator("#form button").first.click()
    expect(page.locator("#message")).to_contain_text("不是客人的问题")
    page.unroute(VERIFICATIONS)

    page.locator("#code").fill(code)
    page.locator("#form button").first.click()

    expect_receipt(page)


def test_the_scenario_chosen_last_is_chosen_next_time(
    context: BrowserContext, towns: Towns
) -> None:
    page = counter(context, towns.wenzhou, enrolment_of_two_scenarios(towns.wenzhou))
    expect(page.locator("#only")).to_be_hidden()
    page.locator("#scenario").select_option("lodging.hotel")
    page.reload()
    expect(page.locator("#scenario")).to_have_value("lodging.hotel")

    page.locator("#scenario").select_option("dining.restaurant")
    page.reload()

    expect(page.locator("#scenario")).to_have_value("dining.restaurant")


def enrolment_of_two_scenarios(town: Town) -> str:
    both = MerchantId("e2e-both")
    acting = Acting(by="console:tester", at=town.city.clock.now())
    merchant = Merchant(
        id=both,
        name="演示餐饮住宿 (illustrative)",
        scenarios=frozenset({ScenarioId("lodging.hotel"), ScenarioId("dining.restaurant")}),
        venues=(),
        state="active",
    )
    town.city.store.merchants.add(merchant, acting.note("merchant.added", both))
    secret, _ = town.city.device_desk.link(both, None, "e2e", acting)
    return f"{town.url}/merchant/enrol#{secret}"
