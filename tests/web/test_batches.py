"""``POST /api/v1/verifications/batch``: what was scanned without a network comes later."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.ids import MerchantId, Timestamp
from gateway.services.rates import Rate, RateLimits
from gateway.storage.buckets import MemoryBuckets
from gateway.web.batches import MAX_BODY_BYTES, MAX_ITEMS
from gateway.web.pacing import BATCH_LINES
from tests.web.people_site import ACTING, PeopleSite
from tests.web.site import LEAF, RATES, Site
from tests.world import HOTEL, HOUR, JINHUA, MINUTE, NOON, RESTAURANT, City

URL = "/api/v1/verifications/batch"


def scan(code: str, request_id: str, **other: object) -> dict[str, object]:
    item: dict[str, object] = {
        "code": code,
        "scenario": RESTAURANT,
        "request_id": request_id,
        "scanned_at": NOON,
    }
    return item | other


def send(site: Site, *items: object, **headers: str) -> TestResponse:
    return site.client.post(URL, json={"items": items}, headers=site.as_merchant() | headers)


def results(answer: TestResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.get_json()["results"]
    return found


def later(site: Site) -> Site:
    site.clock.time = Timestamp(NOON + HOUR)
    return site


def test_a_till_learns_what_becomes_of_each_in_order() -> None:
    site = later(Site())

    said = results(send(site, scan(JINHUA.show(), "r-1"), scan("x", "r-2")))

    assert [each["outcome"] for each in said] == ["recognised", "not_a_code"]
    assert {each["checked"] for each in said} == {"later"}
    assert set(said[0]) == {
        "outcome",
        "message",
        "checked",
        "offers",
        "receipt",
        "valid_until",
        "trust_age",
    }
    (record,) = site.desk.log.records.values()
    assert (record.receipt, record.checked) == (said[0]["receipt"], "later")


def test_the_same_upload_again_gets_the_same_bytes() -> None:
    site = later(Site())
    items = [scan(JINHUA.show(), f"r-{number}") for number in range(5)]

    first, again = send(site, *items), send(site, *items)

    assert first.data == again.data
    assert len(site.desk.log.records) == 5


def test_500_scans_with_duplicates_and_expired_ones_leave_one_record_each() -> None:
    site = later(Site())
    codes = [JINHUA.show() for _ in range(380)]
    queue = [scan(code, f"good-{number}") for number, code in enumerate(codes)]
    queue += [scan(JINHUA.show(at=Timestamp(NOON - 90)), f"old-{n}") for n in range(60)]
    queue += queue[:40]
    queue += [scan(code, f"twice-{number}") for number, code in enumerate(codes[:20])]

    said = [
        each
        for begin in range(0, 500, MAX_ITEMS)
        for each in results(send(site, *queue[begin : begin + MAX_ITEMS]))
    ]

    outcomes = [each["outcome"] for each in said]
    assert (
        outcomes
        == ["recognised"] * 380
        + ["present_again"] * 60
        + ["recognised"] * 40
        + ["present_again"] * 20
    )
    assert [each["receipt"] for each in said[440:480]] == [each["receipt"] for each in said[:40]]
    assert len(site.desk.log.records) == 380
    assert site.desk.tally.reasons == {"later_code_life": 60, "later_already_used": 20}


def test_every_present_again_of_an_upload_is_the_same() -> None:
    site = later(Site())
    used = JINHUA.show()
    send(site, scan(used, "r-0"))
    forged = City(JINHUA.code).show()
    old = JINHUA.show(at=Timestamp(NOON - 90))
    texts = [used, forged, old, JINHUA.show(life_s=3601)]

    said = results(send(site, *(scan(text, f"r-{n}") for n, text in enumerate(texts, 1))))

    assert said == [said[0]] * 4
    assert set(said[0]) == {"outcome", "message", "checked"}


def test_every_upload_leaves_on_the_grid_whatever_is_in_it() -> None:
    site = later(Site(release_s=0.01))
    took = list[float]()

    for items in ([], [scan("x", "r-1")], [scan(JINHUA.show(), "r-2")]):
        started = time.monotonic()
        send(site, *items)
        took.append(time.monotonic() - started)

    assert min(took) >= BATCH_LINES * 0.01


BAD_ITEMS: dict[str, tuple[object, str]] = {
    "no object": ("CC1:X", "invalid_request"),
    "no request id": ({"code": "x", "scenario": RESTAURANT, "scanned_at": NOON}, "invalid_request"),
    "no time": ({"code": "x", "scenario": RESTAURANT, "request_id": "r"}, "invalid_request"),
    "a time in words": (scan("x", "r", scanned_at="noon"), "invalid_request"),
    "a time before 1970": (scan("x", "r", scanned_at=-1), "invalid_request"),
    "a member too many": (scan("x", "r", guest="Li"), "invalid_request"),
    "no scenario of ours": (scan("x", "r", scenario="no.such"), "invalid_request"),
    "a long code": (scan("x" * 4097, "r"), "too_large"),
    "ahead of time": (scan("x", "r", scanned_at=NOON + HOUR + 61), "scanned_at_refused"),
    "too long ago": (scan("x", "r", scanned_at=NOON - 72 * HOUR), "scanned_at_refused"),
    "a request of another code": (scan(JINHUA.show(), "bound"), "request_id_reused"),
}


@pytest.mark.parametrize("name", BAD_ITEMS)
def test_a_bad_item_is_a_problem_of_its_own_and_loses_no_other(name: str) -> None:
    item, code = BAD_ITEMS[name]
    site = later(Site())
    send(site, scan(JINHUA.show(), "bound"))

    before, bad, after = results(
        send(site, scan(JINHUA.show(), "r-1"), item, scan(JINHUA.show(), "r-2"))
    )

    assert before["outcome"] == after["outcome"] == "recognised"
    assert set(bad) == {"problem"}
    assert bad["problem"]["code"] == code
    assert "x" * 10 not in json.dumps(bad)


BAD_BODIES: dict[str, tuple[bytes, int, str]] = {
    "no JSON": (b"[", 400, "malformed_json"),
    "no items": (b"{}", 400, "invalid_request"),
    "items that are none": (b'{"items":{}}', 400, "invalid_request"),
    "a member too many": (b'{"items":[],"device":"d-1"}', 400, "invalid_request"),
    "101 items": (b'{"items":[' + b",".join([b"{}"] * 101) + b"]}", 400, "invalid_request"),
    "over 512 KiB": (b" " * (MAX_BODY_BYTES + 1), 413, "too_large"),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_an_envelope_that_is_none_is_refused_as_a_whole(name: str) -> None:
    body, status, code = BAD_BODIES[name]
    site = Site()

    answer = site.client.post(
        URL, data=body, content_type="application/json", headers=site.as_merchant()
    )

    assert (answer.status_code, answer.get_json(force=True)["code"]) == (status, code)


def test_the_longest_codes_of_a_whole_upload_fit() -> None:
    site = later(Site())
    items = [scan("C" * 4096, f"r-{number}") for number in range(MAX_ITEMS)]

    assert {each["outcome"] for each in results(send(site, *items))} == {"not_a_code"}


def test_codes_of_an_upload_are_counted_one_by_one_and_take_nothing_from_guests_here() -> None:
    site = later(Site())
    rates = replace(RATES, merchant=Rate(count=10, period_s=60))
    buckets = MemoryBuckets(now_s=lambda: 0.0)
    limits = RateLimits(rates=rates, buckets=buckets, key=bytes(32))
    site.client = Site.client_of(replace(site.gateway, limits=limits))

    eight = send(site, *(scan("x", f"a-{n}") for n in range(8)))
    three = send(site, *(scan("x", f"b-{n}") for n in range(3)))
    here = site.client.post(
        "/api/v1/verifications",
        json={"code": JINHUA.show(), "scenario": RESTAURANT},
        headers=site.as_merchant(),
    )

    assert (eight.status_code, three.status_code, here.status_code) == (200, 429, 200)
    assert int(three.headers["Retry-After"]) == 6


def test_an_upload_larger_than_the_rate_waits_for_a_full_bucket_not_for_ever() -> None:
    site = later(Site())
    rates = replace(RATES, merchant=Rate(count=10, period_s=60))
    limits = RateLimits(rates=rates, buckets=MemoryBuckets(now_s=lambda: 0.0), key=bytes(32))
    site.client = Site.client_of(replace(site.gateway, limits=limits))
    items = [scan("x", f"a-{n}") for n in range(50)]

    first, second = send(site, *items), send(site, *items)

    assert (first.status_code, second.status_code) == (200, 429)
    assert int(second.headers["Retry-After"]) == 60


def test_a_device_uploads_what_it_scanned_since_it_was_enrolled(people: PeopleSite) -> None:
    people.enrol()
    people.site.clock.time = Timestamp(NOON + MINUTE)
    good = scan(JINHUA.show(), "r-1")
    before = scan(JINHUA.show(at=Timestamp(NOON - 1)), "r-2", scanned_at=NOON - 1)

    answer = people.client.post(
        URL,
        json={"items": [good, before]},
        headers={"X-Form-Token": people.form_token()},
        base_url=LEAF,
    )

    said = results(answer)
    assert said[0]["outcome"] == "recognised"
    assert said[1]["problem"]["code"] == "scanned_at_refused"


def test_a_queue_of_five_hundred_with_duplicates_and_expired_ones_counts_each_guest_once() -> None:
    site = later(Site())
    good = [scan(JINHUA.show(), f"g-{number}") for number in range(300)]
    shown_twice = [{**each, "request_id": f"d-{number}"} for number, each in enumerate(good[:100])]
    sent_twice = good[100:150]
    over = [
        scan(JINHUA.show(at=Timestamp(NOON - HOUR)), f"e-{number}", scanned_at=NOON)
        for number in range(50)
    ]
    queue = [*good, *shown_twice, *sent_twice, *over]

    said = [
        each
        for start in range(0, len(queue), MAX_ITEMS)
        for each in results(send(site, *queue[start : start + MAX_ITEMS]))
    ]

    receipts = [each.get("receipt") for each in said]
    assert len(set(receipts[:300])) == 300 == len(site.desk.log.records)
    assert receipts[400:450] == receipts[100:150]
    refused = [*said[300:400], *said[450:]]
    assert {(each["outcome"], each.get("receipt")) for each in refused} == {("present_again", None)}


def test_a_whole_queue_of_a_device_comes_through_and_without_its_token_it_is_forged(
    people: PeopleSite,
) -> None:
    people.enrol()
    items = [scan("C" * 2000, f"r-{number}") for number in range(MAX_ITEMS)]
    token = {"X-Form-Token": people.form_token()}

    whole = people.client.post(URL, json={"items": items}, headers=token, base_url=LEAF)
    forged = people.client.post(URL, json={"items": items}, base_url=LEAF)

    assert len(results(whole)) == MAX_ITEMS
    assert forged.status_code == 403


def test_a_till_scanned_nothing_before_it_was_registered(people: PeopleSite) -> None:
    till, secret = people.register_tills.add(MerchantId("m-1"), "till", None, None, None, ACTING)
    assert secret is not None
    given = people.client.post(
        "/oauth2/token", data={"grant_type": "client_credentials"}, auth=(till.id, secret)
    )
    headers = {"Authorization": f"Bearer {given.get_json()['access_token']}"}
    items = [
        scan(JINHUA.show(), "r-1"),
        scan(JINHUA.show(at=Timestamp(NOON - 1)), "r-2", scanned_at=NOON - 1),
    ]

    said = results(people.client.post(URL, json={"items": items}, headers=headers))

    assert said[0]["outcome"] == "recognised"
    assert said[1]["problem"]["code"] == "scanned_at_refused"


def test_a_venue_may_be_named_by_each() -> None:
    site = later(Site())

    said = results(send(site, scan(JINHUA.show(), "r-1", scenario=HOTEL, venue="hall")))

    assert said[0]["outcome"] == "recognised"
    assert [each.venue for each in site.desk.log.records.values()] == ["hall"]


def test_without_a_token_nothing_is_uploaded() -> None:
    answer = Site().client.post(URL, json={"items": []})

    assert answer.status_code == 401
