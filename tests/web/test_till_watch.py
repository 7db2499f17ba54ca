"""Wrong codes one after another, and the venue of another merchant."""

from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from gateway.clock import china_day
from gateway.ids import MerchantId, VenueId
from gateway.services.ports import Venue
from gateway.services.rates import Rate, RateLimits
from gateway.services.staff import StaffRole
from gateway.services.till_watch import Incident, IncidentKind
from gateway.storage.buckets import MemoryBuckets
from tests.web.people_site import PeopleSite
from tests.web.site import RATES, Site
from tests.world import HOTEL, JINHUA, NOON, RESTAURANT, merchant

URL = "/api/v1/verifications"
OURS, THEIRS = MerchantId("m-1"), MerchantId("m-2")
USED = JINHUA.show()


def slowing(now_s: float = 0.0) -> RateLimits:
    """Return limits of 30 wrong codes a minute, on a clock that stands still."""
    rates = replace(RATES, wrong_code=Rate(count=30, period_s=60))
    return RateLimits(rates=rates, buckets=MemoryBuckets(now_s=lambda: now_s), key=bytes(32))


@pytest.fixture
def site() -> Site:
    made = Site()
    made.gateway = replace(made.gateway, limits=slowing())
    made.directory.add(
        merchant(id=THEIRS, venues=(Venue(id=VenueId("theirs"), name="B", scenarios=None),))
    )
    made.client = made.client_of(made.gateway)
    return made


def show(site: Site, code: str, **more: str) -> TestResponse:
    body = {"code": code, "scenario": RESTAURANT, **more}
    return site.client.post(URL, json=body, headers=site.as_merchant())


def seen(site: Site, kind: IncidentKind) -> list[int]:
    return [each.count for each in site.incidents.of(OURS, 0) if each.kind is kind]


# --- wrong codes


def test_the_thirty_first_wrong_code_of_a_minute_has_to_wait(site: Site) -> None:
    answers = [show(site, "https://example.org/") for _ in range(31)]

    assert [each.status_code for each in answers] == [200] * 30 + [429]
    assert answers[-1].headers["Retry-After"] == "2"
    assert answers[-1].get_json()["code"] == "rate_limited"
    assert seen(site, IncidentKind.SLOWED) == [1]


def test_present_again_counts_as_not_a_code_does(site: Site) -> None:
    show(site, USED)

    answers = [show(site, USED) for _ in range(31)]

    assert {each.get_json()["outcome"] for each in answers[:30]} == {"present_again"}
    assert answers[-1].status_code == 429


def test_a_good_code_is_recognised_even_from_who_is_being_slowed(site: Site) -> None:
    for _ in range(40):
        show(site, "no code")

    assert show(site, JINHUA.show()).get_json()["outcome"] == "recognised"
    assert show(site, "no code").status_code == 429


def test_a_busy_honest_counter_with_thirty_good_codes_a_minute_is_never_slowed(
    site: Site,
) -> None:
    answers = [show(site, JINHUA.show()) for _ in range(60)]

    assert {each.get_json()["outcome"] for each in answers} == {"recognised"}
    assert seen(site, IncidentKind.SLOWED) == []


def test_no_benefit_and_undetermined_are_not_counted(site: Site) -> None:
    answers = [show(site, "no code", venue="nowhere") for _ in range(40)]

    assert {each.get_json()["outcome"] for each in answers} == {"no_benefit"}


def test_of_an_upload_the_wrong_codes_are_slowed_and_the_good_ones_get_their_receipts(
    site: Site,
) -> None:
    scan = {"scenario": RESTAURANT, "scanned_at": NOON}
    items = [{**scan, "code": "no code", "request_id": f"r-{number}"} for number in range(40)]
    items += [{**scan, "code": JINHUA.show(), "request_id": "good"}]

    answer = site.client.post(f"{URL}/batch", json={"items": items}, headers=site.as_merchant())

    results = answer.get_json()["results"]
    assert [each.get("outcome") for each in results] == (
        ["not_a_code"] * 30 + [None] * 10 + ["recognised"]
    )
    assert {each["problem"]["code"] for each in results[30:40]} == {"rate_limited"}
    assert seen(site, IncidentKind.SLOWED) == [10]
    # Nobody at the counter waits for it.
    assert show(site, "no code").status_code == 200


# --- another merchant's venue


@pytest.mark.parametrize("text", ["no code", USED, JINHUA.show()])
def test_the_venue_of_another_merchant_is_forbidden_whatever_the_code(
    site: Site, text: str
) -> None:
    site.client.post(URL, json={"code": USED, "scenario": RESTAURANT}, headers=site.as_merchant())

    answer = show(site, text, venue="theirs")

    assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")
    assert b"theirs" not in answer.data


def test_of_an_upload_only_the_items_with_a_foreign_venue_are_refused(site: Site) -> None:
    scan = {"scenario": RESTAURANT, "scanned_at": NOON}
    items = [
        {**scan, "code": JINHUA.show(), "request_id": "a", "venue": "theirs"},
        {**scan, "code": JINHUA.show(), "request_id": "b"},
    ]

    answer = site.client.post(f"{URL}/batch", json={"items": items}, headers=site.as_merchant())

    first, second = answer.get_json()["results"]
    assert first["problem"]["code"] == "forbidden"
    assert second["outcome"] == "recognised"


def test_it_burns_nothing(site: Site) -> None:
    code = JINHUA.show()

    show(site, code, venue="theirs")

    assert show(site, code).get_json()["outcome"] == "recognised"


def test_it_is_in_the_ledger_once_a_day_and_counted(site: Site) -> None:
    for _ in range(5):
        show(site, "no code", venue="theirs")

    (note,) = site.incidents.notes.values()
    assert (note.act, note.target, note.facts) == (
        "merchant.foreign_venue",
        "m-1",
        {"venue": "theirs"},
    )
    assert seen(site, IncidentKind.FOREIGN_VENUE) == [5]


@pytest.mark.parametrize("venue", ["nowhere", "hall"])
def test_a_venue_that_nobody_has_or_the_own_one_is_no_incident(site: Site, venue: str) -> None:
    answer = show(site, JINHUA.show(), venue=venue, scenario=HOTEL)

    assert answer.status_code == 200
    assert (answer.get_json()["outcome"] == "recognised") is (venue == "hall")
    assert site.incidents.notes == {}


def test_a_venue_that_both_have_is_the_own_one(site: Site) -> None:
    site.directory.add(
        merchant(id=THEIRS, venues=(Venue(id=VenueId("hall"), name="B", scenarios=None),))
    )

    answer = show(site, JINHUA.show(), venue="hall", scenario=HOTEL)

    assert answer.get_json()["outcome"] == "recognised"


# --- pages


def test_a_device_that_is_slowed_is_told_calmly_without_javascript(people: PeopleSite) -> None:
    people.gateway = replace(people.gateway, limits=slowing())
    people.client = people.browser()
    people.enrol()

    answers = [people.post("/merchant", {"code": "x", "scenario": RESTAURANT}) for _ in range(31)]

    assert [each.status_code for each in answers] == [200] * 30 + [429]
    assert answers[-1].headers["Retry-After"] == "2"
    assert "查得太快,请等几秒再扫;不是客人的问题" in answers[-1].text


def test_the_office_sees_it_on_the_merchants_page_without_codes(people: PeopleSite) -> None:
    people.hire(StaffRole.OPERATOR)
    people.enter()
    incident = Incident(
        day=china_day(NOON), merchant=OURS, till="till-7", kind=IncidentKind.SLOWED, count=3
    )
    for _ in range(3):
        people.site.incidents.count(incident.kind, OURS, incident.till, incident.day)

    page = people.get("/staff/merchants/m-1").text

    assert "till-7: 连续扫到不能用的码,已放慢 · 3" in page
