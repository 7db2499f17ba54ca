"""What tills do that the office should see, on both databases."""

from functools import partial

from gateway.ids import MerchantId, Timestamp, VenueId
from gateway.ledger.entries import Note
from gateway.services.ports import Venue
from gateway.services.till_watch import Incident, IncidentKind
from gateway.storage.figures import day_figures
from gateway.storage.pruning import Retention, prune
from gateway.storage.store import Store
from tests.storage.rows import DAY_S, NOON, at_once
from tests.world import merchant

TODAY = (NOON + 8 * 3600) // DAY_S
OURS, THEIRS = MerchantId("m-1"), MerchantId("m-2")
NOTE = Note(act="merchant.foreign_venue", actor="till:t", target="m-1", at=NOON)
SLOWED, FOREIGN = IncidentKind.SLOWED, IncidentKind.FOREIGN_VENUE


def enrol(store: Store) -> None:
    theirs = Venue(id=VenueId("theirs"), name="B", scenarios=None)
    both = Venue(id=VenueId("hall"), name="B", scenarios=None)
    for each in (merchant(), merchant(id=THEIRS, venues=(theirs, both))):
        store.merchants.add(each, Note(act="merchant.added", actor="x", target=each.id, at=NOON))


def test_incidents_are_summed_by_till_day_and_kind(store: Store) -> None:
    enrol(store)

    for day in (TODAY - 1, TODAY):
        for till in ("a", "a", "b"):
            store.incidents.count(SLOWED, OURS, till, day)
        store.incidents.flush()
    store.incidents.flush()

    today = [each for each in store.incidents.of(OURS, TODAY) if each.kind is SLOWED]
    assert [(each.till, each.count) for each in today] == [("a", 2), ("b", 1)]
    assert len(store.incidents.of(OURS, TODAY - 1)) == 4
    assert store.incidents.of(THEIRS, 0) == ()
    assert day_figures(store.engine, NOON).incidents == {"slowed": 3}


def test_of_many_at_once_one_begins_the_day_with_one_entry(store: Store) -> None:
    enrol(store)
    begin = partial(store.incidents.begin, FOREIGN, OURS, "t", TODAY, NOTE)

    at_once([begin] * 4)
    begin()
    store.incidents.count(FOREIGN, OURS, "t", TODAY)
    store.incidents.flush()

    acts = [each.act for each in store.ledger.read()]
    assert acts.count("merchant.foreign_venue") == 1
    assert store.incidents.of(OURS, TODAY) == (
        Incident(day=TODAY, merchant=OURS, till="t", kind=FOREIGN, count=1),
    )


def test_the_next_day_and_another_till_begin_anew(store: Store) -> None:
    enrol(store)

    for till, day in (("t", TODAY), ("t", TODAY + 1), ("u", TODAY + 1), ("t", TODAY + 1)):
        store.incidents.begin(FOREIGN, OURS, till, day, NOTE)

    assert [each.act for each in store.ledger.read()].count("merchant.foreign_venue") == 3


def test_a_venue_is_elsewhere_if_another_merchant_has_it(store: Store) -> None:
    enrol(store)

    assert store.incidents.is_elsewhere(VenueId("theirs"), OURS)
    assert store.incidents.is_elsewhere(VenueId("hall"), OURS)
    assert not store.incidents.is_elsewhere(VenueId("theirs"), THEIRS)
    assert not store.incidents.is_elsewhere(VenueId("nowhere"), OURS)


def test_they_are_forgotten_as_verification_records_are(store: Store) -> None:
    enrol(store)
    store.incidents.count(SLOWED, OURS, "a", TODAY)
    store.incidents.flush()

    for days, left in ((183, 1), (184, 0)):
        prune(store.engine, Timestamp(NOON + days * DAY_S), Retention())
        assert len(store.incidents.of(OURS, 0)) == left
