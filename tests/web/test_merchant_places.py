"""Venues and scenarios of a merchant that is there: the office's page, and who is bound to them."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.ids import MerchantId, ReceiptId, VenueId
from gateway.services.ports import Merchant
from gateway.services.staff import StaffRole
from gateway.services.verdicts import Outcome
from gateway.web.words import MESSAGES
from tests.web.people_site import ACTING, PeopleSite
from tests.web.site import LEAF
from tests.world import HOTEL, JINHUA, RESTAURANT

RIVER = {"id": "river", "name": "江滨酒店", "scenario": HOTEL, "venues": "west 西楼\neast 东楼"}
PAGE = "/staff/merchants/river"
CLOSED = "这个网点已关闭"


@pytest.fixture
def lin(people: PeopleSite) -> PeopleSite:
    """Return the site with an operator signed in, and a merchant with two venues."""
    people.hire(StaffRole.OPERATOR)
    people.enter()
    people.post("/staff/merchants", RIVER)
    return people


def river(lin: PeopleSite) -> Merchant:
    found = lin.store.merchants.get(MerchantId("river"))
    assert found is not None
    return found


def phone_of(lin: PeopleSite, venue: str | None, *, owner: bool = False) -> FlaskClient:
    """Enrol a phone of the merchant, for one venue or as its owner's."""
    place = None if venue is None else VenueId(venue)
    secret, _ = lin.enrol_devices.link(MerchantId("river"), place, "phone", ACTING, owner=owner)
    phone = lin.browser()
    lin.post("/merchant/enrol", {"link": secret}, phone)
    return phone


def scan(lin: PeopleSite, phone: FlaskClient, scenario: str = HOTEL) -> TestResponse:
    return lin.post("/merchant", {"code": JINHUA.show(), "scenario": scenario}, phone)


def close_east(lin: PeopleSite) -> TestResponse:
    return lin.post(f"{PAGE}/venues/close", {"venue": "east"})


def test_an_operator_adds_a_venue_and_a_scenario_to_a_merchant_that_is_there(
    lin: PeopleSite,
) -> None:
    lin.post(f"{PAGE}/scenarios", {"scenario": RESTAURANT})
    lin.post(f"{PAGE}/venues", {"venue": "gym", "name": "南楼", "scenario": RESTAURANT})

    found, page = river(lin), lin.get(PAGE).text
    assert found.scenarios == {HOTEL, RESTAURANT}
    assert [each.id for each in found.venues] == ["west", "east", "gym"]
    assert found.venues[2].scenarios == frozenset({RESTAURANT})
    assert '<option value="gym">南楼</option>' in page
    assert f'<option value="{RESTAURANT}">' not in page
    acts = [each.act for each in lin.store.ledger.latest(2)]
    assert acts == ["merchant.venue_added", "merchant.scenario_added"]


def test_a_closed_venue_stays_in_sight_and_nobody_is_bound_to_it_any_more(
    lin: PeopleSite,
) -> None:
    phone_of(lin, "east")

    assert close_east(lin).headers["Location"] == PAGE
    page = lin.get(PAGE).text

    assert "东楼(已关闭)" in page
    assert "网点已关闭或场景已停,不能核验" in page
    assert '<option value="east">' not in page
    assert f"{PAGE}/venues/close" not in page
    assert "东楼" not in lin.get(f"{PAGE}/starter").text
    assert lin.post(f"{PAGE}/link", {"label": "x", "venue": "east"}).status_code == 409
    owner = lin.get("/merchant/devices", phone_of(lin, None, owner=True)).text
    assert "东楼(已关闭)" in owner
    assert '<option value="east">' not in owner
    assert '<option value="west">' in owner


def test_a_phone_of_a_closed_venue_is_told_so_and_grants_nothing(lin: PeopleSite) -> None:
    phone, other = phone_of(lin, "east"), phone_of(lin, "west")
    close_east(lin)

    pages = {path: lin.get(f"/merchant{path}", phone).text for path in ("", "/settings", "/plate")}
    answer = scan(lin, phone)

    assert all(CLOSED in page for page in pages.values())
    assert "/#city=" not in unescape(pages["/plate"])
    assert MESSAGES[Outcome.NO_BENEFIT]["zh"] in answer.text
    assert 'class="granted"' not in answer.text
    assert CLOSED not in lin.get("/merchant", other).text
    assert 'class="granted"' in scan(lin, other).text
    (told,) = lin.get("/merchant/facts", phone).get_json()["facts"]["venues"]
    assert told == {"id": "east", "scenarios": []}


def test_a_venue_that_is_opened_again_takes_its_phone_along(lin: PeopleSite) -> None:
    phone = phone_of(lin, "east")
    close_east(lin)

    lin.post(f"{PAGE}/venues", {"venue": "east", "name": "东楼"})

    assert CLOSED not in lin.get("/merchant", phone).text
    assert 'class="granted"' in scan(lin, phone).text


def test_what_was_granted_at_a_closed_venue_is_still_looked_up_and_voided(lin: PeopleSite) -> None:
    phone = phone_of(lin, "east")
    shown = re.search(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}", scan(lin, phone).text)
    assert shown is not None
    receipt = f"/api/v1/verifications/{shown[0]}"
    close_east(lin)

    found = phone.get(receipt, base_url=LEAF).get_json()
    lin.post("/merchant/void", {"receipt": shown[0]}, phone)

    assert (found["venue"], found["voided"]) == ("east", False)
    assert lin.site.desk.log.records[ReceiptId(shown[0])].voided


def test_a_scenario_that_ended_is_voided_and_refused_in_words(lin: PeopleSite) -> None:
    lin.post(f"{PAGE}/scenarios", {"scenario": RESTAURANT})
    phone = phone_of(lin, "east")
    shown = re.search(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}", scan(lin, phone, RESTAURANT).text)
    assert shown is not None

    lin.post(f"{PAGE}/scenarios/end", {"scenario": RESTAURANT})

    assert RESTAURANT not in lin.get("/merchant", phone).text
    refused = scan(lin, phone, RESTAURANT)
    assert refused.status_code == 200
    assert "本店不再为这个场景核验" in refused.text
    assert lin.get("/merchant/facts", phone).get_json()["facts"]["scenarios"] == [HOTEL]
    assert RESTAURANT not in unescape(lin.get(f"{PAGE}/starter").text)
    lin.post("/merchant/void", {"receipt": shown[0]}, phone)
    assert lin.site.desk.log.records[ReceiptId(shown[0])].voided


def test_a_till_of_a_scenario_that_ended_is_marked(lin: PeopleSite) -> None:
    lin.post(f"{PAGE}/scenarios", {"scenario": RESTAURANT})
    lin.post(f"{PAGE}/tills", {"label": "收银", "scenario": RESTAURANT})
    assert "网点已关闭或场景已停" not in lin.get(PAGE).text

    lin.post(f"{PAGE}/scenarios/end", {"scenario": RESTAURANT})

    assert "网点已关闭或场景已停" in lin.get(PAGE).text


REFUSED: dict[str, tuple[str, dict[str, str], str]] = {
    "a venue twice": ("venues", {"venue": "west", "name": "西楼"}, "这个编号已有网点"),
    "a venue that is not there": ("venues/close", {"venue": "x"}, "商家没有这个网点"),
    "a scenario twice": ("scenarios", {"scenario": HOTEL}, "商家已有这个场景"),
    "a scenario of no agreement": ("scenarios", {"scenario": "gov.tax"}, "写法不对"),
    "a scenario that is not there": (
        "scenarios/end",
        {"scenario": RESTAURANT},
        "商家没有这个场景",
    ),
    "the last scenario": ("scenarios/end", {"scenario": HOTEL}, "至少留一个网点和一个场景"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_explained_and_changes_nothing(lin: PeopleSite, case: str) -> None:
    path, fields, said = REFUSED[case]
    before = river(lin)

    answer = lin.post(f"{PAGE}/{path}", fields)

    assert answer.status_code == 409
    assert said in answer.text
    assert river(lin) == before


def test_the_only_scenario_of_a_venue_is_named_before_it_ends(lin: PeopleSite) -> None:
    lin.post(f"{PAGE}/scenarios", {"scenario": RESTAURANT})
    lin.post(f"{PAGE}/venues", {"venue": "gym", "name": "南楼", "scenario": RESTAURANT})

    answer = lin.post(f"{PAGE}/scenarios/end", {"scenario": RESTAURANT})

    assert "请先关闭那个网点" in answer.text
    assert river(lin).scenarios == {HOTEL, RESTAURANT}


def test_a_merchant_that_nobody_knows_is_not_found(lin: PeopleSite) -> None:
    for path in ("venues", "venues/close", "scenarios", "scenarios/end"):
        assert lin.post(f"/staff/merchants/nobody/{path}").status_code == 404


def test_an_auditor_reads_and_changes_nothing(people: PeopleSite) -> None:
    people.hire(StaffRole.AUDITOR)
    people.enter()

    page = people.get("/staff/merchants/m-1").text

    assert "网点和场景" in page
    assert "/staff/merchants/m-1/venues" not in page
    assert "/staff/merchants/m-1/scenarios" not in page
    assert people.post("/staff/merchants/m-1/scenarios").status_code == 403
