"""Own statements, partner rows, contacts, accepted hashes, alarms and the revision of it all."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from gateway.ids import EntityId, Timestamp
from gateway.services.ports import Alarm, ConflictError, Contact, NotNewerError, PartnerRow
from gateway.storage.store import Store
from tests.storage.rows import DAY_S, NOON, at_once

HUZHOU = EntityId("https://credit.huzhou.example/anchor")
JIAXING = EntityId("https://credit.jiaxing.example/anchor")
ROW = PartnerRow(anchor_id=HUZHOU, record="record-1", memory="memory-1", version=0)
CONTACT = Contact(
    anchor_id=HUZHOU,
    obtained_at=NOON,
    etags={"https://credit.huzhou.example/x": '"strong"'},
    clock_offset_s=-2,
    clock_sampled_at=NOON,
    last_error=None,
    failures=0,
)
NEVER = Contact(
    anchor_id=HUZHOU,
    obtained_at=None,
    etags={},
    clock_offset_s=None,
    clock_sampled_at=None,
    last_error="fetch_timeout",
    failures=3,
)


def test_the_newest_statement_of_each_role_is_kept(store: Store) -> None:
    store.own_statements.put("leaf", "leaf-1", Timestamp(10), NOON)
    store.own_statements.put("anchor", "anchor-1", Timestamp(5), NOON)
    store.own_statements.put("leaf", "leaf-2", Timestamp(11), NOON)

    assert store.own_statements.all() == {"leaf": "leaf-2", "anchor": "anchor-1"}


@pytest.mark.parametrize("issued_at", [9, 10])
def test_a_statement_never_goes_back(store: Store, issued_at: int) -> None:
    store.own_statements.put("leaf", "leaf-1", Timestamp(10), NOON)
    before = store.revision.current()

    with pytest.raises(NotNewerError):
        store.own_statements.put("leaf", "leaf-0", Timestamp(issued_at), NOON)

    assert store.own_statements.all() == {"leaf": "leaf-1"}
    assert store.revision.current() == before


def test_a_new_row_gets_version_1_and_each_change_one_more(store: Store) -> None:
    store.partners.put(ROW, None)
    first = store.partners.get(HUZHOU)
    assert first is not None
    store.partners.put(replace(first, memory="memory-2"), None)

    assert first == replace(ROW, version=1)
    assert store.partners.get(HUZHOU) == replace(ROW, memory="memory-2", version=2)
    assert store.partners.get(JIAXING) is None


def test_rows_are_listed_by_anchor(store: Store) -> None:
    store.partners.put_all((replace(ROW, anchor_id=JIAXING), ROW), None)

    assert [row.anchor_id for row in store.partners.all()] == [HUZHOU, JIAXING]


@pytest.mark.parametrize(
    "stale",
    [ROW, replace(ROW, version=2), replace(ROW, anchor_id=JIAXING, version=1)],
    ids=["exists already", "other version", "is gone"],
)
def test_a_row_that_was_changed_meanwhile_is_not_replaced(store: Store, stale: PartnerRow) -> None:
    store.partners.put(ROW, None)
    before = store.revision.current()

    with pytest.raises(ConflictError):
        store.partners.put(replace(stale, record="stale"), None)

    assert store.partners.all() == (replace(ROW, version=1),)
    assert store.revision.current() == before


def test_one_stale_row_of_many_stores_none(store: Store) -> None:
    store.partners.put(ROW, None)

    with pytest.raises(ConflictError):
        store.partners.put_all((replace(ROW, anchor_id=JIAXING), ROW), None)

    assert [row.anchor_id for row in store.partners.all()] == [HUZHOU]


def test_of_16_threads_that_change_one_version_one_wins(store: Store) -> None:
    store.partners.put(ROW, None)

    def change(n: int) -> bool:
        try:
            store.partners.put(replace(ROW, version=1, memory=f"memory of {n}"), None)
        except ConflictError:
            return False
        return True

    wins = at_once([partial(change, n) for n in range(16)])

    stored = store.partners.get(HUZHOU)
    assert stored is not None
    assert (wins.count(True), stored.version) == (1, 2)
    assert stored.memory == f"memory of {wins.index(True)}"


@pytest.mark.parametrize("contact", [CONTACT, NEVER], ids=["obtained", "never obtained"])
def test_a_contact_is_read_back_alike(store: Store, contact: Contact) -> None:
    store.partners.save_contact(contact)

    assert store.partners.contact(HUZHOU) == contact
    assert store.partners.contact(JIAXING) is None
    assert store.partners.all_contacts() == {HUZHOU: contact}


CHANGES: dict[str, tuple[Callable[[Store], None], int]] = {
    "own statement": (lambda s: s.own_statements.put("leaf", "x", Timestamp(2), NOON), 1),
    "new partner": (lambda s: s.partners.put(replace(ROW, anchor_id=JIAXING), None), 1),
    "changed partner": (lambda s: s.partners.put(replace(ROW, version=1), None), 1),
    "two partners at once": (
        lambda s: s.partners.put_all(
            (replace(ROW, anchor_id=JIAXING), replace(ROW, version=1)), None
        ),
        1,
    ),
    "no partner": (lambda s: s.partners.put_all((), None), 0),
    "later contact": (
        lambda s: s.partners.save_contact(replace(CONTACT, obtained_at=Timestamp(NOON + 1))),
        1,
    ),
    "contact never obtained any more": (lambda s: s.partners.save_contact(NEVER), 1),
    "heard as expected": (
        lambda s: s.partners.save_contact(
            replace(CONTACT, obtained_at=Timestamp(NOON + 45)), quietly=True
        ),
        0,
    ),
    "first contact": (lambda s: s.partners.save_contact(replace(CONTACT, anchor_id=JIAXING)), 1),
    "first failure": (lambda s: s.partners.save_contact(replace(NEVER, anchor_id=JIAXING)), 0),
    "failed contact": (lambda s: s.partners.save_contact(replace(CONTACT, failures=1)), 0),
    "accepted statement": (
        lambda s: s.partners.remember_accepted(HUZHOU, "leaf", "ab", Timestamp(1), NOON),
        0,
    ),
    "alarm": (lambda s: s.partners.alarm(HUZHOU, "trust_rollback", NOON), 0),
}


@pytest.mark.parametrize(("change", "raised"), CHANGES.values(), ids=CHANGES)
def test_the_revision_rises_with_what_trust_rests_on(
    store: Store, change: Callable[[Store], None], raised: int
) -> None:
    store.partners.put(ROW, None)
    store.partners.save_contact(CONTACT)
    before = store.revision.current()

    change(store)

    assert store.revision.current() - before == raised


def test_accepted_statements_are_known_by_hash(store: Store) -> None:
    store.partners.remember_accepted(HUZHOU, "leaf", "ab", Timestamp(7), NOON)
    store.partners.remember_accepted(HUZHOU, "anchor", "cd", Timestamp(8), NOON)
    store.partners.remember_accepted(HUZHOU, "leaf", "ab", Timestamp(7), Timestamp(NOON + 9))

    assert store.partners.accepted(HUZHOU, "ab") == ("leaf", 7)
    assert store.partners.accepted(HUZHOU, "cd") == ("anchor", 8)
    assert store.partners.accepted(HUZHOU, "ef") is None
    assert store.partners.accepted(JIAXING, "ab") is None


def test_an_alarm_has_one_row_a_day_with_its_latest_time(store: Store) -> None:
    day = NOON // DAY_S * DAY_S
    for at in (day, day + 50, day + 20, day + DAY_S):
        store.partners.alarm(HUZHOU, "trust_rollback", Timestamp(at))

    assert store.partners.alarms(Timestamp(0)) == (
        Alarm(anchor_id=HUZHOU, code="trust_rollback", at=Timestamp(day + DAY_S), count=1),
        Alarm(anchor_id=HUZHOU, code="trust_rollback", at=Timestamp(day + 50), count=3),
    )


def test_alarms_are_asked_for_from_a_moment_on(store: Store) -> None:
    store.partners.alarm(HUZHOU, "trust_rollback", NOON)

    assert len(store.partners.alarms(NOON)) == 1
    assert store.partners.alarms(Timestamp(NOON + 1)) == ()
