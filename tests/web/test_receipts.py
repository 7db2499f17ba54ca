"""What a till reads of its own grants: one receipt, or a month to settle by."""

import csv
import errno
import io
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.errors import UnavailableError
from gateway.ids import MerchantId, ReceiptId, ScenarioId, Timestamp, VenueId
from gateway.services.ports import VerificationRecord
from gateway.services.receipts import PAGE_ROWS, Owner
from gateway.web.admission import Till, Who
from gateway.web.api.receipts import owner_of
from gateway.web.api.settlements import COLUMNS, SPOOL_BYTES
from tests.web.people_site import ACTING, PeopleSite
from tests.web.site import LEAF, Site
from tests.world import (
    DAY,
    GYM,
    HOTEL,
    JINHUA,
    MINUTE,
    NOON,
    PHASE_1,
    RESTAURANT,
    MemoryLog,
    merchant,
)

MONTH = "2027-01"
"""Of ``NOON``, in China."""


def grant(site: Site, **other: object) -> ReceiptId:
    body: dict[str, object] = {"code": JINHUA.show(), "scenario": RESTAURANT} | other
    answer = site.client.post("/api/v1/verifications", json=body, headers=site.as_merchant())
    return ReceiptId(answer.get_json()["receipt"])


def look_up(site: Site, receipt: str) -> TestResponse:
    return site.client.get(f"/api/v1/verifications/{receipt}", headers=site.as_merchant())


def settle(site: Site, month: str = MONTH) -> TestResponse:
    path = f"/api/v1/settlement/{month}.csv"
    return site.client.get(path, headers=site.as_merchant(), buffered=True)


def rows(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def put(site: Site, receipt: str = "AAAA-BBBB-CCCC-DDDD", **other: object) -> None:
    """Store a record as it never was granted here."""
    (known,) = [*site.desk.log.records.values()][:1]
    members: dict[str, Any] = {"receipt": ReceiptId(receipt)} | other
    changed = replace(known, **members)
    site.desk.log.records[changed.receipt] = changed


def test_a_till_reads_what_it_granted_and_nothing_about_the_guest() -> None:
    site = Site()
    receipt = grant(site, scenario=HOTEL, venue="hall")

    answer = look_up(site, receipt)

    said = answer.get_json()
    assert said.pop("offers")[0] | {"words": ""} == {
        "id": "hotel-deposit",
        "version": 1,
        "kind": "deposit_waiver",
        "value": None,
        "cap": None,
        "words": "",
    }
    assert said == {
        "receipt": receipt,
        "scenario": HOTEL,
        "venue": "hall",
        "minute": "2027-01-15T16:00:00+08:00",
        "checked": "now",
        "voided": False,
    }
    assert JINHUA.code not in json.dumps(said)


def test_a_grant_that_was_voided_says_so_and_words_come_in_the_language_asked_for() -> None:
    site = Site()
    receipt = grant(site)
    site.client.post(f"/api/v1/verifications/{receipt}/void", headers=site.as_merchant())

    headers = site.as_merchant() | {"Accept-Language": "en"}
    answer = site.client.get(f"/api/v1/verifications/{receipt}", headers=headers)

    assert answer.get_json()["voided"] is True
    assert answer.get_json()["offers"][0]["words"] == "10 % off, at most CNY 100"


def test_an_offer_that_no_catalogue_tells_any_more_is_its_number() -> None:
    site = Site()
    grant(site)
    put(site, offers=("long-gone@3",), venue=None)

    answer = look_up(site, "AAAA-BBBB-CCCC-DDDD").get_json()

    assert answer["offers"] == [{"id": "long-gone", "version": 3}]
    assert "venue" not in answer


def test_every_receipt_that_is_not_this_tills_gets_one_answer_in_one_time() -> None:
    site = Site(release_s=0.02)
    grant(site)
    put(site, merchant=MerchantId("m-2"))
    took, bodies = list[float](), set[bytes]()

    for receipt in ("AAAA-BBBB-CCCC-DDDD", "ABCD-EFGH-2345-WXYZ", "batches", "%00", "A" * 3000):
        started = time.monotonic()
        answer = look_up(site, receipt)
        took.append(time.monotonic() - started)
        bodies.add(answer.data)
        assert answer.status_code == 404

    assert len(bodies) == 1
    assert min(took) >= 0.02


@pytest.mark.parametrize("name", ["batch", "practice"])
def test_a_call_beside_receipts_is_none(name: str) -> None:
    answer = look_up(Site(), name)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")


def test_a_month_is_a_table_that_spreadsheets_open() -> None:
    site = Site()
    receipt = grant(site)

    answer = settle(site)

    assert answer.data.startswith(b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].endswith('"settlement-2027-01.csv"')
    assert rows(answer) == [
        {
            "date": "2027-01-15",
            "minute": "16:00",
            "receipt": receipt,
            "venue": "",
            "scenario": RESTAURANT,
            "offer_id": "dining-discount",
            "version": "1",
            "kind": "discount_rate",
            "value": "0.90",
            "cap_fen": "10000",
            "checked": "now",
            "voided": "no",
        }
    ]


def test_a_month_names_neither_guest_nor_home_city_nor_key() -> None:
    site = Site()
    grant(site)

    text = settle(site).data.decode("utf-8")

    for secret in (JINHUA.code, "金华", JINHUA.signer.public.kid, "tier"):
        assert secret not in text


def test_a_month_begins_and_ends_at_midnight_in_china() -> None:
    site = Site()
    grant(site)
    first = Timestamp(NOON - 14 * DAY - 16 * 3600)
    for number, at in enumerate(
        (first - MINUTE, first, first + 31 * DAY - MINUTE, first + 31 * DAY)
    ):
        put(site, f"AAAA-BBBB-CCCC-DDD{'ABCD'[number]}", at_minute=Timestamp(at))
    site.clock.time = Timestamp(NOON + 60 * DAY)

    found = [row["receipt"][-1] for row in rows(settle(site)) if row["receipt"].startswith("AAAA")]

    assert found == ["B", "C"]
    assert [row["date"] for row in rows(settle(site))] == ["2027-01-01", "2027-01-15", "2027-01-31"]


def test_a_grant_of_two_offers_has_two_rows_and_a_void_is_a_row_like_others() -> None:
    site = Site()
    grant(site)
    put(site, offers=("dining-discount@1", "gone@2"), voided=True, checked="later")

    found = [row for row in rows(settle(site)) if row["receipt"].startswith("AAAA")]

    assert [row["offer_id"] for row in found] == ["dining-discount", "gone"]
    assert {(row["voided"], row["checked"]) for row in found} == {("yes", "later")}
    assert found[1]["kind"] == found[1]["value"] == found[1]["cap_fen"] == ""


@pytest.mark.parametrize("begins", ["=", "+", "-", "@"])
def test_no_cell_is_a_formula(begins: str) -> None:
    site = Site()
    grant(site)
    put(site, venue=VenueId(f'{begins}HYPERLINK("x",1)'))

    found = next(row for row in rows(settle(site)) if row["receipt"].startswith("AAAA"))

    assert found["venue"] == f'\'{begins}HYPERLINK("x",1)'


def test_a_month_of_more_than_a_page_is_whole_and_in_order() -> None:
    site = Site()
    grant(site)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for number in range(2 * PAGE_ROWS + 5):
        name = "".join(letters[number // 26**place % 26] for place in (2, 1, 0))
        put(site, f"ZZZZ-ZZZZ-ZZZZ-Z{name}")

    found = [row["receipt"] for row in rows(settle(site))]

    assert len(found) == 2 * PAGE_ROWS + 6
    assert found == sorted(found)


@pytest.mark.parametrize("month", ["2027-02", "2027-13", "2027-00", "2027", "x", "9999-01", "%00"])
def test_a_month_that_is_none_or_has_not_begun_is_not_found(month: str) -> None:
    answer = settle(Site(), month)

    assert (answer.status_code, answer.get_json(force=True)["code"]) == (404, "not_found")


@pytest.mark.parametrize(("after_d", "status"), [(0, 200), (1, 410)])
def test_a_month_whose_records_may_be_pruned_says_that_only_totals_are_left(
    after_d: int, status: int
) -> None:
    site = Site()
    first = NOON - 14 * DAY - 16 * 3600
    site.clock.time = Timestamp(first + 183 * DAY + after_d)

    answer = settle(site)

    assert answer.status_code == status
    if status == 410:
        assert answer.get_json(force=True)["code"] == "settlement_gone"
        assert "totals" in answer.get_json(force=True)["title"]


def test_other_merchants_are_in_no_month_and_no_lookup() -> None:
    site = Site()
    mine = grant(site)
    put(site, merchant=MerchantId("m-2"))

    assert [row["receipt"] for row in rows(settle(site))] == [mine]


def test_an_owners_device_reads_the_month_and_any_other_its_venues_receipts_alone(
    people: PeopleSite,
) -> None:
    site = people.site
    theirs, hall = grant(site), grant(site, scenario=HOTEL, venue="hall")
    secret, _ = people.enrol_devices.link(MerchantId("m-1"), VenueId("hall"), "hall", ACTING)
    people.post("/merchant/enrol", {"link": secret})

    month = people.client.get(f"/api/v1/settlement/{MONTH}.csv", base_url=LEAF)
    other = people.client.get(f"/api/v1/verifications/{theirs}", base_url=LEAF)
    own = people.client.get(f"/api/v1/verifications/{hall}", base_url=LEAF)

    people.enrol(owner=True)
    whole = people.client.get(f"/api/v1/settlement/{MONTH}.csv", base_url=LEAF)

    assert month.status_code == 403
    assert {row["receipt"] for row in rows(whole)} == {theirs, hall}
    assert (other.status_code, own.status_code) == (404, 200)


def test_a_till_of_some_scenarios_reads_these_alone_and_one_of_all_even_those_of_the_past() -> None:
    some, whole = frozenset({HOTEL}), frozenset(PHASE_1)

    def owner(scope: frozenset[ScenarioId] | None) -> Owner:
        return owner_of(Till(who=Who.MERCHANT, merchant=merchant(), scenarios=scope))

    assert owner(some).scenarios == some
    assert owner(whole).scenarios is owner(None).scenarios is None


def test_a_till_reads_of_a_scenario_that_ended_what_it_was_registered_for() -> None:
    was, left = frozenset({HOTEL, GYM}), merchant(scenarios=frozenset({GYM}))

    def read(registered: frozenset[ScenarioId] | None, token: frozenset[ScenarioId]) -> Owner:
        till = Till(who=Who.MERCHANT, merchant=left, scenarios=token, registered=registered)
        return owner_of(till)

    assert read(None, frozenset({GYM})).scenarios is None
    assert read(was, frozenset({GYM})).scenarios == was
    assert read(frozenset({GYM}), frozenset({GYM})).scenarios == frozenset({GYM})
    assert read(frozenset({HOTEL}), frozenset({HOTEL})).scenarios == frozenset({HOTEL})
    assert read(None, frozenset({HOTEL})).scenarios == frozenset({HOTEL})


class Gone(MemoryLog):
    """A database that goes away, at once or after the first day that is read."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def find(self, receipt: ReceiptId) -> VerificationRecord | None:
        raise UnavailableError("gone")

    def of_merchant(
        self, merchant: MerchantId, after: tuple[Timestamp, ReceiptId], end: Timestamp
    ) -> Sequence[VerificationRecord]:
        self.left -= 1
        if self.left < 0:
            raise UnavailableError("gone")
        return []


def test_without_a_database_the_till_is_asked_to_try_again() -> None:
    site = Site()
    receipts = replace(site.gateway.receipts, rows=Gone(0))
    site.client = Site.client_of(replace(site.gateway, receipts=receipts))

    assert look_up(site, "ABCD-EFGH-2345-WXYZ").status_code == 503
    assert settle(site).status_code == 503


@pytest.mark.parametrize("pages", [1, 3, 14])
def test_a_database_that_fails_midway_gives_no_table_at_all(pages: int) -> None:
    site = Site()
    receipts = replace(site.gateway.receipts, rows=Gone(pages))
    site.client = Site.client_of(replace(site.gateway, receipts=receipts))

    answer = settle(site)

    assert (answer.status_code, answer.get_json(force=True)["code"]) == (503, "unavailable")
    assert COLUMNS[0].encode() not in answer.data
    assert "Content-Disposition" not in answer.headers


def test_a_disk_that_is_full_gives_no_table_either(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(SpooledTemporaryFile, "write", full)

    assert settle(site).status_code == 503


@pytest.mark.parametrize("more", [0, 10_000])
def test_a_month_says_how_long_it_is_so_that_a_part_of_it_is_known_as_one(more: int) -> None:
    site = Site()
    grant(site)
    put(site, offers=("dining-discount@1",) * more)

    answer = settle(site)

    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert len(rows(answer)) == 1 + more
    assert (len(answer.data) > SPOOL_BYTES) is (more > 0)


def test_a_till_reads_months_some_times_an_hour() -> None:
    site = Site()

    statuses = [settle(site).status_code for _ in range(21)]

    assert statuses == [200] * 20 + [429]


@pytest.mark.parametrize("path", ["/api/v1/verifications/x", f"/api/v1/settlement/{MONTH}.csv"])
def test_nobody_reads_without_a_token(path: str) -> None:
    assert Site().client.get(path).status_code == 401
