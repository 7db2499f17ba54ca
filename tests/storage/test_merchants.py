"""Merchants, venues and tokens; citizens' tokens."""

import pytest

from gateway.ids import MerchantId, ScenarioId, Timestamp, VenueId
from gateway.services.ports import ConflictError, Merchant, UnknownMerchantError, Venue
from gateway.storage.store import Store
from tests.storage.rows import NOON, NOTE, count, tag

HOTEL, GYM = ScenarioId("lodging.hotel"), ScenarioId("fitness.gym")
LAKESIDE = Merchant(
    id=MerchantId("lakeside"),
    name="湖畔酒店 (illustrative)",
    scenarios=frozenset({HOTEL, GYM}),
    venues=(
        Venue(id=VenueId("west"), name="West wing", scenarios=None),
        Venue(id=VenueId("east"), name="East wing", scenarios=frozenset({GYM})),
        Venue(id=VenueId("closed"), name="Closed wing", scenarios=frozenset()),
    ),
    state="active",
)
BARE = Merchant(
    id=MerchantId("bare"), name="Bare", scenarios=frozenset(), venues=(), state="suspended"
)
TOKEN = tag("token") * 2


def test_a_merchant_is_read_back_alike_with_venues_in_order(store: Store) -> None:
    store.merchants.add(LAKESIDE, NOTE)

    assert store.merchants.get(LAKESIDE.id) == LAKESIDE


def test_all_are_listed_by_id(store: Store) -> None:
    store.merchants.add(LAKESIDE, NOTE)
    store.merchants.add(BARE, NOTE)

    assert store.merchants.list_all() == (BARE, LAKESIDE)


def test_nobody_is_listed_before_anybody_is_added(store: Store) -> None:
    assert store.merchants.list_all() == ()
    assert store.merchants.get(BARE.id) is None


def test_an_id_is_given_once(store: Store) -> None:
    store.merchants.add(LAKESIDE, NOTE)

    with pytest.raises(ConflictError):
        store.merchants.add(LAKESIDE, NOTE)

    assert store.merchants.list_all() == (LAKESIDE,)


def test_a_venue_that_comes_twice_undoes_the_merchant(store: Store) -> None:
    twice = Merchant(
        id=BARE.id,
        name="Twice",
        scenarios=frozenset(),
        venues=LAKESIDE.venues[:1] * 2,
        state="active",
    )

    with pytest.raises(ConflictError):
        store.merchants.add(twice, NOTE)

    assert count(store, "merchant") == count(store, "venue") == 0


def test_a_token_leads_to_its_merchant_whatever_the_state(store: Store) -> None:
    store.merchants.add(LAKESIDE, NOTE)
    store.merchants.add(BARE, NOTE)
    store.merchants.add_token(LAKESIDE.id, TOKEN, NOTE)
    store.merchants.add_token(BARE.id, tag("other") * 2, NOTE)

    assert store.merchants.by_token(TOKEN) == LAKESIDE
    assert store.merchants.by_token(tag("other") * 2) == BARE
    assert store.merchants.by_token(tag("unknown") * 2) is None


def test_a_token_is_given_once(store: Store) -> None:
    store.merchants.add(LAKESIDE, NOTE)
    store.merchants.add_token(LAKESIDE.id, TOKEN, NOTE)

    with pytest.raises(ConflictError):
        store.merchants.add_token(LAKESIDE.id, TOKEN, NOTE)


def test_a_token_needs_a_merchant(store: Store) -> None:
    with pytest.raises(UnknownMerchantError):
        store.merchants.add_token(BARE.id, TOKEN, NOTE)

    assert count(store, "merchant_token") == 0


def test_a_citizens_token_holds_until_its_end_and_not_at_it(store: Store) -> None:
    store.citizen_tokens.add(TOKEN, b"sealed", NOON)

    assert store.citizen_tokens.by_token(TOKEN, Timestamp(NOON - 1)) == b"sealed"
    assert store.citizen_tokens.by_token(TOKEN, NOON) is None
    assert store.citizen_tokens.by_token(tag("unknown") * 2, NOON) is None


def test_a_citizens_token_is_given_once(store: Store) -> None:
    store.citizen_tokens.add(TOKEN, b"sealed", NOON)

    with pytest.raises(ConflictError):
        store.citizen_tokens.add(TOKEN, b"other", NOON)
