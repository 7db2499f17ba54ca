import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.errors import UnavailableError
from gateway.ids import MerchantId, ReceiptId, Timestamp, VenueId
from gateway.services.access import MerchantAccess
from gateway.services.void import Voided, VoidGrant
from tests.web.site import Site
from tests.world import HOTEL, JINHUA, MINUTE, NOON, MemoryLog, merchant

UNKNOWN = "ABCD-EFGH-2345-WXYZ"


def grant(site: Site, **other: object) -> str:
    body: dict[str, object] = {"code": JINHUA.show(), "scenario": HOTEL, "venue": "hall"} | other
    answer = site.client.post("/api/v1/verifications", json=body, headers=site.as_merchant())
    return str(answer.get_json()["receipt"])


def void(site: Site, receipt: str, client: FlaskClient | None = None) -> TestResponse:
    url = f"/api/v1/verifications/{receipt}/void"
    return (client or site.client).post(url, headers=site.as_merchant())


def foreign(site: Site) -> str:
    """Return a receipt of another merchant."""
    receipt = ReceiptId(grant(site))
    record = site.desk.log.records[receipt]
    site.desk.log.records[receipt] = replace(record, merchant=MerchantId("m-2"))
    return receipt


def test_a_till_voids_its_grant_and_may_say_so_twice() -> None:
    site = Site()
    receipt = grant(site)

    answers = [void(site, receipt), void(site, receipt)]

    assert [(answer.status_code, answer.data) for answer in answers] == [(204, b"")] * 2
    assert site.desk.log.records[ReceiptId(receipt)].voided


def test_a_grant_of_over_fifteen_minutes_stands() -> None:
    site = Site()
    receipt = grant(site)
    site.clock.time = Timestamp(NOON + 16 * MINUTE)

    answer = void(site, receipt)

    assert (answer.status_code, answer.get_json(force=True)["code"]) == (403, "void_too_late")
    assert "15 minutes" in answer.get_json(force=True)["title"]
    assert not site.desk.log.records[ReceiptId(receipt)].voided


NOT_FOUND: dict[str, Callable[[Site], str]] = {
    "another merchant's": foreign,
    "nobody's": lambda _: UNKNOWN,
    "in lower case": lambda site: grant(site).lower(),
    "too short": lambda _: "ABCD",
    "NUL": lambda _: "%00",
    "not UTF-8": lambda _: "%ff%fe",
    "with a slash": lambda _: "ABCD%2FEFGH",
    "long": lambda _: "A" * 6000,
}


def test_every_receipt_that_is_not_this_tills_gets_one_answer() -> None:
    site = Site()

    answers = [void(site, make(site)) for make in NOT_FOUND.values()]

    assert {(answer.status_code, answer.get_json(force=True)["code"]) for answer in answers} == {
        (404, "not_found")
    }
    assert len({answer.data for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1


@pytest.mark.parametrize("name", ["another merchant's", "nobody's", "too short"])
def test_a_receipt_that_is_not_this_tills_is_answered_on_the_grid(name: str) -> None:
    site = Site(release_s=0.05)
    receipt = NOT_FOUND[name](site)
    took = list[float]()

    for _ in range(3):
        started = time.monotonic()
        void(site, receipt)
        took.append(time.monotonic() - started)

    assert min(took) >= 0.05


def test_without_a_token_nothing_is_voided() -> None:
    site = Site()
    receipt = grant(site)

    answer = site.client.post(f"/api/v1/verifications/{receipt}/void")

    assert answer.status_code == 401
    assert not site.desk.log.records[ReceiptId(receipt)].voided


def test_a_suspended_merchant_voids_nothing() -> None:
    site = Site()
    receipt = grant(site)
    site.directory.merchants[MerchantId("m-1")] = merchant(state="suspended")
    forgetful = replace(site.gateway, merchants=MerchantAccess(site.directory))

    answer = void(site, receipt, Site.client_of(forgetful))

    assert answer.status_code == 403
    assert not site.desk.log.records[ReceiptId(receipt)].voided


class Gone(MemoryLog):
    def void(
        self,
        receipt: ReceiptId,
        merchant: MerchantId,
        venue: VenueId | None,
        after: Timestamp,
        ticket: bytes | None = None,
    ) -> Voided:
        raise UnavailableError("the database is gone")


@pytest.mark.parametrize("receipt", [UNKNOWN, "x"])
def test_without_a_database_the_till_is_asked_to_try_again(receipt: str) -> None:
    site = Site()
    client = Site.client_of(
        replace(site.gateway, void=VoidGrant(log=Gone(), tags=site.desk.verify.tags))
    )

    answer = void(site, receipt, client)

    assert (answer.status_code, answer.get_json(force=True)["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "2"
