"""Status lists in storage: places once each, bits that stay, and people that are forgotten."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from gateway.clock import china_day
from gateway.codes import status_list
from gateway.ids import EntityId, Timestamp
from gateway.services.ports import ConflictError
from gateway.services.status_ports import HandOut, SeenBits, StatusEntry
from gateway.storage.pruning import Retention, prune
from gateway.storage.store import Store
from tests.storage.rows import ACTING, DAY_S, NOON, count

ANCHOR = EntityId("https://credit.huzhou.example/anchor")
WANG, LI = b"w" * 32, b"l" * 32


def entry(index: int, *, subject: bytes = WANG, sheet: str = "s-1", number: int = 1) -> StatusEntry:
    return StatusEntry(
        number=number, index=index, subject=subject, sheet=sheet, last_day=china_day(NOON)
    )


def bits(*indexes: int, digest: str = "d") -> SeenBits:
    return SeenBits(digest=digest, packed=status_list.pack(indexes))


def test_no_place_is_given_out_twice_however_many_ask_at_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        firsts = list(pool.map(lambda _: store.status_lists.take(6, 0), range(20)))

    assert sorted(firsts) == list(range(0, 120, 6))
    assert store.status_lists.taken() == 120


def test_places_that_were_given_out_before_a_restore_are_skipped(store: Store) -> None:
    store.status_lists.take(6, 0)

    assert store.status_lists.take(2, 5_000_000_000) == 5_000_000_000
    assert store.status_lists.take(1, 7) == 5_000_000_002


def test_a_person_s_revocation_hits_every_live_index_and_no_other(store: Store) -> None:
    rows = store.status_lists
    rows.remember([entry(1), entry(2, sheet="s-2"), entry(3, number=2), entry(4, subject=LI)])

    hit = rows.revoke_subject(WANG, ACTING)

    assert (hit, rows.revoke_subject(WANG, ACTING)) == (3, 0)
    assert (set(rows.revoked(1)), rows.revoked(2)) == ({1, 2}, (3,))
    assert rows.revoked_counts() == {1: 2, 2: 1}


def test_a_sheet_s_revocation_hits_that_sheet_only(store: Store) -> None:
    rows = store.status_lists
    rows.remember([entry(1), entry(2), entry(3, sheet="s-2")])

    assert rows.revoke_sheet("s-1", ACTING) == 2
    assert set(rows.revoked(1)) == {1, 2}


def test_the_ledger_names_a_sheet_and_no_person(store: Store) -> None:
    rows = store.status_lists
    rows.remember([entry(1)])

    rows.revoke_subject(WANG, ACTING)
    rows.revoke_sheet("s-1", ACTING)
    rows.revoke_sheet("no such sheet", ACTING)

    told = [(each.act, each.details.target) for each in store.ledger.read() if each.details]
    assert told == [("status.person_revoked", "citizen"), ("status.sheet_revoked", "s-1")]
    with store.engine.connect() as connection:
        written = str(connection.execute(text("SELECT * FROM ledger_entry")).all())
    assert WANG.hex() not in written
    assert repr(WANG) not in written


def handing(purpose: str = "AAAA") -> HandOut:
    return HandOut(purpose=purpose, channel="counter", acting=ACTING)


def test_a_sheet_takes_the_place_of_earlier_ones_of_that_person_and_purpose(store: Store) -> None:
    rows = store.status_lists
    rows.remember([entry(1, sheet="AAAA-1"), entry(2, sheet="AAAA-1")], handing())
    rows.remember([entry(3, sheet="BBBB-1")], handing("BBBB"))
    rows.remember([entry(4, sheet="AAAA-2", subject=LI)], handing())

    rows.remember([entry(5, sheet="AAAA-3")], handing())

    assert set(rows.revoked(1)) == {1, 2}
    told = [each.details for each in store.ledger.read() if each.act == "sheet.handed_out"]
    assert [each.target for each in told if each] == ["AAAA-1", "BBBB-1", "AAAA-2", "AAAA-3"]
    assert all(each.facts["channel"] == "counter" for each in told if each)


def test_of_sheets_that_are_handed_out_at_once_one_is_good(store: Store) -> None:
    rows = store.status_lists

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: rows.remember([entry(n, sheet=f"AAAA-{n}")], handing()), range(8)))

    assert len(set(range(8)) - set(rows.revoked(1))) == 1


def test_a_sheet_that_could_not_be_stored_replaces_nothing(store: Store) -> None:
    rows = store.status_lists
    rows.remember([entry(1, sheet="AAAA-1")], handing())

    with pytest.raises(ConflictError):
        rows.remember([entry(1, sheet="AAAA-2")], handing())

    assert rows.revoked(1) == ()
    assert [each.act for each in store.ledger.read()] == ["sheet.handed_out"]


def test_an_index_is_remembered_once_and_entries_whole_or_not_at_all(store: Store) -> None:
    store.status_lists.remember([entry(1)])

    with pytest.raises(ConflictError):
        store.status_lists.remember([entry(2), entry(1)])

    assert count(store, "status_entry") == 1


def test_a_pruned_code_is_forgotten_and_its_bit_is_not(store: Store) -> None:
    rows = store.status_lists
    rows.remember([entry(1)])
    rows.revoke_subject(WANG, ACTING)

    at_the_end = prune(store.engine, NOON, Retention()).rows["status_entry"]
    after = prune(store.engine, Timestamp(NOON + DAY_S), Retention()).rows["status_entry"]

    assert (at_the_end, after, rows.numbers()) == (0, 1, frozenset())
    assert rows.revoked(1) == (1,)


def test_lists_with_live_codes_are_told(store: Store) -> None:
    store.status_lists.remember([entry(1), entry(2), entry(1, number=7)])

    assert store.status_lists.numbers() == {1, 7}


def test_a_bit_once_seen_set_stays_set_when_it_is_flipped_back(store: Store) -> None:
    seen = store.seen_status

    assert seen.see(ANCHOR, 1, bits(3, digest="a"), NOON) == 0
    assert seen.see(ANCHOR, 1, bits(4, digest="b"), NOON) == 1

    assert seen.seen(ANCHOR, 1) == bits(3, 4, digest="b")
    assert seen.seen(ANCHOR, 2) is None


def test_what_was_seen_is_forgotten_long_after_the_list_is_gone(store: Store) -> None:
    store.seen_status.see(ANCHOR, 1, bits(3), NOON)
    edge = Timestamp(NOON + 93 * DAY_S)

    kept = prune(store.engine, edge, Retention()).rows["seen_status"]
    gone = prune(store.engine, Timestamp(edge + 1), Retention()).rows["seen_status"]

    assert (kept, gone) == (0, 1)


def test_a_row_that_a_hand_spoiled_is_not_there_and_is_mended_by_the_next_list(
    store: Store,
) -> None:
    store.seen_status.see(ANCHOR, 1, bits(3), NOON)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE seen_status SET packed = :spoiled"), {"spoiled": b"short"})

    assert store.seen_status.seen(ANCHOR, 1) is None
    assert store.seen_status.see(ANCHOR, 1, bits(4), NOON) == 0
    assert store.seen_status.seen(ANCHOR, 1) == bits(4)
