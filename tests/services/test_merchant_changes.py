"""Venues and scenarios of a merchant that is there: the rules, and the use cases on a database."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.errors import GatewayError
from gateway.ids import MerchantId, ScenarioId, UnverifiedText, VenueId
from gateway.services.audit import Acting
from gateway.services.code_checks import serves
from gateway.services.devices import DeviceRefusedError, EnrolDevices
from gateway.services.merchant_changes import ChangeMerchants
from gateway.services.merchant_offers import offers_of
from gateway.services.merchants import MAX_VENUES, EnrolMerchants
from gateway.services.pauses import offers_at
from gateway.services.ports import Merchant, Venue
from gateway.services.till_access import TillAccess, acting_merchant
from gateway.services.tills import RegisterTills, ScopeRefusedError, TillRefusedError
from gateway.services.verdicts import Presentation
from gateway.storage.store import Store
from tests.services.desks import merchant_desk
from tests.world import GYM, HOTEL, NOON, RESTAURANT, catalogue, merchant

ACTING = Acting(by="staff:lin", at=NOON)
M1 = MerchantId("m-1")
HALL, SOUTH = VenueId("hall"), VenueId("south")
SUITE = ScenarioId("lodging.hotel.suite")


@pytest.fixture
def desk(store: Store) -> EnrolMerchants:
    desk = merchant_desk(store)
    two = merchant(scenarios=frozenset({HOTEL, RESTAURANT}), venues=(_hall(), _south()))
    desk.directory.add(two, ACTING.note("merchant.added", two.id))
    return desk


@pytest.fixture
def changes(store: Store, desk: EnrolMerchants) -> ChangeMerchants:
    return ChangeMerchants(rows=store.merchant_changes, desk=desk)


def _hall(**other: object) -> Venue:
    members: dict[str, object] = {"id": HALL, "name": "大厅", "scenarios": frozenset({HOTEL})}
    return Venue(**(members | other))  # type: ignore[arg-type]  # builder of tests


def _south(**other: object) -> Venue:
    return _hall(**({"id": SOUTH, "name": "南楼", "scenarios": None} | other))


def _shown(scenario: ScenarioId, venue: VenueId | None) -> Presentation:
    return Presentation(text=UnverifiedText(""), scenario=scenario, venue=venue)


def _facts(store: Store) -> tuple[str, str, dict[str, object]]:
    (entry,) = store.ledger.latest(1)
    assert entry.details is not None
    return entry.act, entry.details.actor, dict(entry.details.facts)


def test_a_venue_is_added_at_the_end_and_verifies(changes: ChangeMerchants, store: Store) -> None:
    gym = Venue(id=VenueId("gym"), name="健身房", scenarios=frozenset({RESTAURANT}))

    changed = changes.add_venue(M1, gym, ACTING)

    assert store.merchants.get(M1) == changed
    assert [each.id for each in changed.venues] == ["hall", "south", "gym"]
    assert serves(changed, _shown(RESTAURANT, gym.id))
    assert not serves(changed, _shown(HOTEL, gym.id))
    assert _facts(store) == (
        "merchant.venue_added",
        "staff:lin",
        {"venue": "gym", "name": "健身房", "scenarios": RESTAURANT},
    )


def test_a_closed_venue_keeps_its_name_and_grants_nothing(
    changes: ChangeMerchants, store: Store
) -> None:
    changed = changes.close_venue(M1, SOUTH, ACTING)

    assert store.merchants.get(M1) == changed
    assert changed.closed_venue(SOUTH) == _south(scenarios=frozenset())
    assert changed.open_venues == (_hall(),)
    assert not any(serves(changed, _shown(each, SOUTH)) for each in changed.scenarios)
    assert serves(changed, _shown(RESTAURANT, None))
    assert _facts(store) == ("merchant.venue_closed", "staff:lin", {"venue": "south"})


def test_a_closed_venue_is_opened_again_by_id_and_name(
    changes: ChangeMerchants, store: Store
) -> None:
    changes.close_venue(M1, HALL, ACTING)

    with pytest.raises(GatewayError) as caught:
        changes.add_venue(M1, _hall(name="别的地方"), ACTING)
    changed = changes.add_venue(M1, _hall(scenarios=None), ACTING)

    assert caught.value.code == "merchant_venue_taken"
    assert store.merchants.get(M1) == changed
    assert [each.id for each in changed.venues] == ["hall", "south"]
    assert serves(changed, _shown(RESTAURANT, HALL))


def test_a_scenario_is_added_where_a_venue_has_no_list_of_its_own(
    changes: ChangeMerchants, store: Store
) -> None:
    changed = changes.add_scenario(M1, GYM, ACTING)

    assert store.merchants.get(M1) == changed
    assert changed.scenarios == {HOTEL, RESTAURANT, GYM}
    assert serves(changed, _shown(GYM, SOUTH))
    assert not serves(changed, _shown(GYM, HALL))
    assert _facts(store) == ("merchant.scenario_added", "staff:lin", {"scenario": GYM})


def test_a_scenario_ends_at_every_venue(changes: ChangeMerchants, store: Store) -> None:
    changes.add_venue(
        M1, _south(id=VenueId("east"), scenarios=frozenset({HOTEL, RESTAURANT})), ACTING
    )

    changed = changes.end_scenario(M1, RESTAURANT, ACTING)

    assert store.merchants.get(M1) == changed
    assert changed.scenarios == {HOTEL}
    assert [each.scenarios for each in changed.venues] == [{HOTEL}, None, {HOTEL}]
    assert _facts(store) == ("merchant.scenario_ended", "staff:lin", {"scenario": RESTAURANT})


def test_a_part_that_a_venue_has_goes_with_its_whole(changes: ChangeMerchants) -> None:
    venue = _south(id=VenueId("east"), scenarios=frozenset({SUITE, RESTAURANT}))
    changes.add_venue(M1, venue, ACTING)
    changes.close_venue(M1, HALL, ACTING)

    changed = changes.end_scenario(M1, HOTEL, ACTING)

    assert changed.venues[2].scenarios == frozenset({RESTAURANT})
    assert changed.venues[0].closed


def test_a_part_does_not_end_in_name_only_while_its_whole_stays(
    changes: ChangeMerchants, store: Store
) -> None:
    both = merchant(id=MerchantId("inn"), scenarios=frozenset({HOTEL, SUITE}), venues=())
    store.merchants.add(both, ACTING.note("merchant.added", both.id))

    with pytest.raises(GatewayError) as caught:
        changes.end_scenario(both.id, SUITE, ACTING)
    left = changes.end_scenario(both.id, HOTEL, ACTING)

    assert caught.value.code == "merchant_scenario_within"
    assert left.scenarios == {SUITE}
    assert not serves(left, _shown(HOTEL, None))


Refused = Callable[[ChangeMerchants], object]
REFUSED: dict[str, tuple[Refused, str]] = {
    "a venue of nobody": (
        lambda use: use.add_venue(MerchantId("m-2"), _south(), ACTING),
        "merchant_unknown",
    ),
    "a venue twice": (lambda use: use.add_venue(M1, _hall(), ACTING), "merchant_venue_taken"),
    "a malformed venue": (
        lambda use: use.add_venue(M1, _south(id=VenueId("Hall 1")), ACTING),
        "merchant_refused",
    ),
    "a venue that is closed from the beginning": (
        lambda use: use.add_venue(M1, _south(id=VenueId("x"), scenarios=frozenset()), ACTING),
        "merchant_refused",
    ),
    "a venue's scenario that the merchant has not": (
        lambda use: use.add_venue(M1, _south(id=VenueId("x"), scenarios=frozenset({GYM})), ACTING),
        "merchant_refused",
    ),
    "closing what is not there": (
        lambda use: use.close_venue(M1, VenueId("x"), ACTING),
        "merchant_venue_unknown",
    ),
    "a scenario of no agreement": (
        lambda use: use.add_scenario(M1, ScenarioId("lodging.tent"), ACTING),
        "merchant_refused",
    ),
    "a scenario that is no id": (
        lambda use: use.add_scenario(M1, ScenarioId("x y"), ACTING),
        "merchant_refused",
    ),
    "a scenario twice": (
        lambda use: use.add_scenario(M1, HOTEL, ACTING),
        "merchant_scenario_taken",
    ),
    "a part of what is there": (
        lambda use: use.add_scenario(M1, SUITE, ACTING),
        "merchant_scenario_taken",
    ),
    "ending what is not there": (
        lambda use: use.end_scenario(M1, GYM, ACTING),
        "merchant_scenario_unknown",
    ),
    "ending a part of what is there": (
        lambda use: use.end_scenario(M1, SUITE, ACTING),
        "merchant_scenario_unknown",
    ),
    "ending the only scenario of a venue": (
        lambda use: use.end_scenario(M1, HOTEL, ACTING),
        "merchant_venue_emptied",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_and_leaves_no_trace(
    changes: ChangeMerchants, store: Store, case: str
) -> None:
    refused, code = REFUSED[case]
    before = store.merchants.get(M1)

    with pytest.raises(GatewayError) as caught:
        refused(changes)

    assert caught.value.code == code
    assert store.merchants.get(M1) == before
    assert len(tuple(store.ledger.read())) == 1


def test_one_venue_and_one_scenario_stay(changes: ChangeMerchants) -> None:
    changes.close_venue(M1, SOUTH, ACTING)
    changes.end_scenario(M1, RESTAURANT, ACTING)

    with pytest.raises(GatewayError) as venue:
        changes.close_venue(M1, HALL, ACTING)
    with pytest.raises(GatewayError) as scenario:
        changes.end_scenario(M1, HOTEL, ACTING)

    assert venue.value.code == scenario.value.code == "merchant_last_one"


def test_a_removed_merchant_changes_no_more(changes: ChangeMerchants) -> None:
    changes.desk.remove(M1, "closed for good", ACTING)

    with pytest.raises(GatewayError) as closing:
        changes.close_venue(M1, SOUTH, ACTING)
    with pytest.raises(GatewayError) as adding:
        changes.add_scenario(M1, GYM, ACTING)

    assert closing.value.code == adding.value.code == "merchant_unknown"


def test_closed_venues_count_among_those_that_there_may_be(changes: ChangeMerchants) -> None:
    many = (_hall(id=VenueId(f"v{number}")) for number in range(MAX_VENUES))
    full = merchant(id=MerchantId("full"), scenarios=frozenset({HOTEL}), venues=tuple(many))
    changes.desk.directory.add(full, ACTING.note("merchant.added", full.id))
    changes.close_venue(full.id, VenueId("v0"), ACTING)

    with pytest.raises(GatewayError) as caught:
        changes.add_venue(full.id, _south(), ACTING)
    again = changes.add_venue(full.id, _hall(id=VenueId("v0")), ACTING)

    assert caught.value.code == "merchant_refused"
    assert len(again.open_venues) == MAX_VENUES


def test_name_state_and_pauses_are_left_alone(changes: ChangeMerchants, store: Store) -> None:
    changes.desk.warn(M1, "no offer granted", ACTING)
    before = store.merchants.get(M1)
    assert before is not None

    changed = changes.add_scenario(M1, GYM, ACTING)

    assert replace(changed, scenarios=before.scenarios) == before
    assert changed.state == "warned"


# --- who is bound to what ended


def test_nobody_is_bound_to_a_closed_venue_any_more(changes: ChangeMerchants, store: Store) -> None:
    changes.close_venue(M1, SOUTH, ACTING)
    devices = EnrolDevices(rows=store.devices, directory=store.merchants)
    tills = RegisterTills(rows=store.tills, directory=store.merchants)

    with pytest.raises(DeviceRefusedError):
        devices.link(M1, SOUTH, "front desk", ACTING)
    with pytest.raises(TillRefusedError):
        tills.add(M1, "till", None, SOUTH, None, ACTING)


def test_a_till_of_a_closed_venue_gets_no_token_and_one_again_when_it_opens(
    changes: ChangeMerchants, store: Store
) -> None:
    tills = RegisterTills(rows=store.tills, directory=store.merchants)
    bound, _ = tills.add(M1, "till", None, SOUTH, None, ACTING)
    free, _ = tills.add(M1, "till", None, None, None, ACTING)
    access = TillAccess(store.tills, store.merchants)
    changes.close_venue(M1, SOUTH, ACTING)

    for till, asked in ((bound, ""), (bound, "venue:south"), (free, "venue:south")):
        with pytest.raises(ScopeRefusedError):
            access.scope(till, asked)
    assert access.scope(free, "venue:hall").venue == HALL
    changes.add_venue(M1, _south(), ACTING)

    assert access.scope(bound, "").venue == SOUTH


def test_a_token_from_before_gets_nothing_where_its_scenario_ended(
    changes: ChangeMerchants, store: Store
) -> None:
    tills = RegisterTills(rows=store.tills, directory=store.merchants)
    kept, _ = tills.add(M1, "till", frozenset({RESTAURANT}), None, None, ACTING)
    access = TillAccess(store.tills, store.merchants)
    token = access.issue(kept, access.scope(kept, ""), NOON)
    changes.end_scenario(M1, RESTAURANT, ACTING)

    grant = access.authenticate(token, NOON)
    serving = acting_merchant(grant.merchant, grant.scope.scenarios, grant.scope.venue)

    assert grant.registered == frozenset({RESTAURANT})
    assert not serves(serving, _shown(RESTAURANT, None))
    assert not serves(serving, _shown(HOTEL, None))
    with pytest.raises(ScopeRefusedError):
        access.scope(kept, "")


# --- what follows from it


def _of(merchant: Merchant) -> dict[str, tuple[str, ...] | None]:
    return {
        each.offer.id: None if each.venues is None else tuple(one.id for one in each.venues)
        for each in offers_of(merchant, catalogue().offers)
    }


def test_a_closed_venue_keeps_no_offer_from_being_for_everywhere() -> None:
    shop = merchant(scenarios=frozenset({HOTEL}), venues=(_hall(), _south()))
    closed = replace(shop, venues=(_hall(), _south(scenarios=frozenset())))

    assert set(_of(shop).values()) == set(_of(closed).values()) == {None}


def test_an_offer_of_a_closed_venue_alone_is_none_of_the_merchants() -> None:
    offer = next(each for each in catalogue().offers if each.scenario == HOTEL)
    there = replace(offer, venues=frozenset({SOUTH}))
    shop = merchant(scenarios=frozenset({HOTEL}), venues=(_hall(), _south()))
    closed = replace(shop, venues=(_hall(), _south(scenarios=frozenset())))

    assert offers_at(shop, [there]) == (there,)
    assert offers_at(closed, [there]) == ()
    assert offers_of(closed, [there]) == ()
