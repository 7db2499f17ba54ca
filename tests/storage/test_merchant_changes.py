"""Changes of a merchant's venues and scenarios at one time."""

from contextlib import closing
from functools import partial

from gateway.errors import RefusedError
from gateway.ids import MerchantId, ScenarioId, VenueId
from gateway.services.audit import Acting
from gateway.services.merchant_changes import ChangeMerchants
from gateway.services.ports import Venue
from gateway.storage.store import Store
from tests.services.desks import merchant_desk
from tests.storage.rows import NOON, at_once
from tests.world import GYM, HOTEL, RESTAURANT, merchant

ACTING = Acting(by="staff:lin", at=NOON)
M1 = MerchantId("m-1")


def opened(store: Store, scenarios: frozenset[ScenarioId], *venues: str) -> ChangeMerchants:
    listed = tuple(Venue(id=VenueId(each), name=each, scenarios=None) for each in venues)
    store.merchants.add(
        merchant(scenarios=scenarios, venues=listed), ACTING.note("merchant.added", M1)
    )
    return ChangeMerchants(rows=store.merchant_changes, desk=merchant_desk(store))


def other_process(store: Store) -> Store:
    """Return what another machine has of the same database."""
    url = store.engine.url.render_as_string(hide_password=False)
    return Store.open(url, ledger_key=bytes(range(32)))


def code_of(changes: ChangeMerchants, venue: str) -> str:
    try:
        changes.close_venue(M1, VenueId(venue), ACTING)
    except RefusedError as error:
        return error.code
    return ""


def test_of_two_who_close_the_last_two_venues_one_is_refused(store: Store) -> None:
    first = opened(store, frozenset({HOTEL}), "west", "east")
    with closing(other_process(store)) as elsewhere:
        second = ChangeMerchants(rows=elsewhere.merchant_changes, desk=merchant_desk(elsewhere))

        codes = at_once([partial(code_of, first, "west"), partial(code_of, second, "east")])

    assert sorted(codes) == ["", "merchant_last_one"]
    found = store.merchants.get(M1)
    assert found is not None
    assert len(found.open_venues) == 1
    assert [each.act for each in store.ledger.read()] == ["merchant.added", "merchant.venue_closed"]


def test_of_two_changes_at_one_time_neither_undoes_the_other(store: Store) -> None:
    first = opened(store, frozenset({HOTEL}), "west")
    with closing(other_process(store)) as elsewhere:
        second = ChangeMerchants(rows=elsewhere.merchant_changes, desk=merchant_desk(elsewhere))

        at_once(
            [
                partial(first.add_scenario, M1, GYM, ACTING),
                partial(second.add_scenario, M1, RESTAURANT, ACTING),
            ]
        )

    found = store.merchants.get(M1)
    assert found is not None
    assert found.scenarios == {HOTEL, GYM, RESTAURANT}


def test_of_two_who_add_one_venue_one_is_told_that_it_is_there(store: Store) -> None:
    changes = opened(store, frozenset({HOTEL}), "west")
    south = Venue(id=VenueId("south"), name="南楼", scenarios=None)

    def add() -> str:
        try:
            changes.add_venue(M1, south, ACTING)
        except RefusedError as error:
            return error.code
        return ""

    assert sorted(at_once([add] * 2)) == ["", "merchant_venue_taken"]
