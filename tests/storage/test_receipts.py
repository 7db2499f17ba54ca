"""Reading the records of one merchant in order."""

from dataclasses import replace

from gateway.ids import MerchantId, ReceiptId, Timestamp
from gateway.services.receipts import PAGE_ROWS
from gateway.storage.store import Store
from tests.storage.rows import NOON, record, showing

LAKESIDE = MerchantId("lakeside")


def keep(store: Store, receipt: str, at: int, merchant: str = "lakeside") -> None:
    shown = replace(record(receipt, at=at), merchant=MerchantId(merchant))
    store.verifications.record(replace(showing(receipt), record=shown))


def read(store: Store, at: int, last: str, end: int) -> list[str]:
    found = store.receipts.of_merchant(LAKESIDE, (Timestamp(at), ReceiptId(last)), Timestamp(end))
    return [each.receipt for each in found]


def test_a_merchants_records_come_in_order_of_their_minutes_without_others(store: Store) -> None:
    for receipt, at in (("C", NOON + 60), ("B", NOON), ("A", NOON), ("D", NOON + 120)):
        keep(store, receipt, at)
    keep(store, "X", NOON, "elsewhere")
    keep(store, "E", NOON - 60)

    assert read(store, NOON, "", NOON + 120) == ["A", "B", "C"]
    assert read(store, NOON, "A", NOON + 121) == ["B", "C", "D"]
    assert read(store, NOON, "B", NOON + 60) == []


def test_a_page_is_bounded_and_the_next_goes_on_behind_it(store: Store) -> None:
    many = [replace(showing(f"R-{n:05}"), record=record(f"R-{n:05}")) for n in range(PAGE_ROWS + 3)]
    for begin in range(0, len(many), 500):
        store.verifications.record_all(many[begin : begin + 500])

    first = read(store, NOON, "", NOON + 60)
    rest = read(store, NOON, first[-1], NOON + 60)

    assert (len(first), len(rest)) == (PAGE_ROWS, 3)
    assert [*first, *rest] == sorted(each.record.receipt for each in many)


def test_a_record_is_found_by_its_receipt(store: Store) -> None:
    keep(store, "A", NOON)

    assert store.receipts.find(ReceiptId("A")) == record("A")
