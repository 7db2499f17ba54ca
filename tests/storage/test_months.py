"""What is left of pruned records: counts by month, each record in exactly one of them, once."""

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import text

from gateway.ids import TEST_ISSUER, CityId, MerchantId, ReceiptId, ScenarioId, Timestamp
from gateway.storage import pruning
from gateway.storage.errors import DatabaseUnavailableError
from gateway.storage.months import month_of
from gateway.storage.pruning import Retention, prune
from gateway.storage.store import Store
from tests.storage.rows import DAY_S, NOON, at_once, count, record, showing

LATER = Timestamp(NOON + 400 * DAY_S)
NEW_YEAR = Timestamp(1_798_732_800)
"""2027-01-01 00:00 in China."""


def _keep(store: Store, name: str, *, at: int = NOON, voided: bool = False, **other: str) -> None:
    issuer = CityId(other.get("issuer", "330500"))
    scenario = ScenarioId(other.get("scenario", "lodging.hotel"))
    one = replace(record(name, at=at), issuer=issuer, scenario=scenario)
    store.verifications.record(replace(showing(name), record=one))
    if voided:
        store.verifications.void(ReceiptId(name), MerchantId("lakeside"), None, Timestamp(at - 1))


def _months(store: Store) -> list[tuple[object, ...]]:
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM verification_month ORDER BY 1, 2, 3"))
        return [tuple(row) for row in rows]


def test_pruned_records_are_counted_by_month_city_and_scenario(store: Store) -> None:
    _keep(store, "a")
    _keep(store, "b", voided=True)
    _keep(store, "c", scenario="dining.restaurant")
    _keep(store, "d", issuer="330700")

    prune(store.engine, LATER, Retention())

    assert count(store, "verification") == 0
    assert _months(store) == [
        ("2027-01", "330500", "dining.restaurant", 1, 0),
        ("2027-01", "330500", "lodging.hotel", 2, 1),
        ("2027-01", "330700", "lodging.hotel", 1, 0),
    ]


def test_what_is_pruned_later_is_added(store: Store) -> None:
    for name in ("a", "b"):
        _keep(store, name, voided=True)
        prune(store.engine, LATER, Retention())

    prune(store.engine, LATER, Retention())

    assert _months(store) == [("2027-01", "330500", "lodging.hotel", 2, 2)]


def test_a_month_begins_at_midnight_in_china(store: Store) -> None:
    _keep(store, "before", at=NEW_YEAR - 60)
    _keep(store, "first", at=NEW_YEAR)

    prune(store.engine, LATER, Retention())

    assert [month for month, *_ in _months(store)] == ["2026-12", "2027-01"]
    assert month_of(Timestamp(NEW_YEAR - 1)) == "2026-12"


def test_a_record_that_is_kept_is_in_no_month(store: Store) -> None:
    _keep(store, "a")

    prune(store.engine, NOON, Retention())

    assert _months(store) == []


def test_the_test_issuers_codes_are_in_no_month(store: Store) -> None:
    _keep(store, "a", issuer=TEST_ISSUER, voided=True)

    pruned = prune(store.engine, LATER, Retention())

    assert (pruned.rows["verification"], _months(store)) == (1, [])


@pytest.mark.parametrize("rows", [4, 5, 6, 11])
def test_batches_of_any_size_count_each_record_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(pruning, "BATCH_ROWS", 5)
    for n in range(rows):
        _keep(store, f"c{n}")

    prune(store.engine, LATER, Retention())

    assert _months(store) == [("2027-01", "330500", "lodging.hotel", rows, 0)]


def test_machines_that_prune_at_once_count_each_record_once(
    store: Store, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "BATCH_ROWS", 5)
    for n in range(40):
        _keep(store, f"c{n}", issuer=("330500", "330700")[n % 2])
    others = [Store.open(migrated_url) for _ in range(4)]

    at_once([partial(prune, each.engine, LATER, Retention()) for each in others])
    prune(store.engine, LATER, Retention())

    for each in others:
        each.close()
    assert [counted for *_, counted, _ in _months(store)] == [20, 20]


def test_counting_and_deleting_are_one_transaction(store: Store) -> None:
    _keep(store, "a")
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE verification_month RENAME TO gone"))

    with pytest.raises(DatabaseUnavailableError):
        prune(store.engine, LATER, Retention())

    assert count(store, "verification") == 1
