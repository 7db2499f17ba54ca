from dataclasses import replace

import pytest

from gateway.errors import GatewayError
from gateway.ids import MerchantId, ScenarioId, Timestamp, VenueId
from gateway.jose.keys import generate
from gateway.ledger.entries import Note
from gateway.services.ports import ConflictError, UnknownMerchantError
from gateway.services.tills import Scope, TillClient, TillToken
from gateway.storage.pruning import Retention, prune
from gateway.storage.store import Store
from tests.storage.rows import NOTE
from tests.world import HOTEL, NOON, merchant

SCOPE = Scope(scenarios=frozenset({HOTEL}), venue=VenueId("hall"))


def till(**changes: object) -> TillClient:
    members: dict[str, object] = {
        "id": "till-0123456789abcdef",
        "merchant": MerchantId("m-1"),
        "label": "front desk",
        "scenarios": frozenset({HOTEL}),
        "venue": VenueId("hall"),
        "secret_hash": b"s" * 32,
        "key": None,
        "created_at": NOON,
    }
    return TillClient(**(members | changes))  # type: ignore[arg-type]  # builder of tests


def token(ends: int = NOON + 60) -> TillToken:
    return TillToken(
        client=till().id, merchant=MerchantId("m-1"), scope=SCOPE, expires_at=Timestamp(ends)
    )


@pytest.fixture(autouse=True)
def merchants(store: Store) -> None:
    store.merchants.add(merchant(), NOTE)


@pytest.mark.parametrize(
    "stored",
    [
        till(),
        till(scenarios=None, venue=None),
        till(secret_hash=None, key=generate().public),
    ],
)
def test_a_till_is_found_as_it_was_stored(store: Store, stored: TillClient) -> None:
    store.tills.add(stored, NOTE)

    assert store.tills.get(stored.id) == stored
    assert store.tills.list_of(None) == store.tills.list_of(MerchantId("m-1")) == (stored,)
    assert store.tills.list_of(MerchantId("m-2")) == ()
    assert store.tills.get("till-0") is None


def test_an_id_comes_once_and_a_merchant_is_there(store: Store) -> None:
    store.tills.add(till(), NOTE)

    with pytest.raises(ConflictError):
        store.tills.add(till(), NOTE)
    with pytest.raises(UnknownMerchantError):
        store.tills.add(till(id="till-2", merchant=MerchantId("nobody")), NOTE)


def test_a_token_holds_until_its_end(store: Store) -> None:
    store.tills.add(till(), NOTE)

    assert store.tills.add_token(b"t" * 32, token())
    read = replace(token(), registered=till().scenarios)
    assert store.tills.by_token(b"t" * 32, Timestamp(NOON + 59)) == read
    assert store.tills.by_token(b"t" * 32, Timestamp(NOON + 60)) is None
    assert store.tills.by_token(b"u" * 32, NOON) is None
    with pytest.raises(GatewayError) as caught:
        store.tills.add_token(b"t" * 32, token())
    assert caught.value.code == "storage_conflict"


def test_with_a_till_go_its_tokens(store: Store) -> None:
    store.tills.add(till(), NOTE)
    store.tills.add_token(b"t" * 32, token())

    assert store.tills.remove(till().id, NOTE)
    assert store.tills.by_token(b"t" * 32, NOON) is None
    assert not store.tills.remove(till().id, NOTE)
    assert not store.tills.add_token(b"v" * 32, token())


def test_an_assertion_is_spent_once_until_it_is_pruned(store: Store) -> None:
    assert store.tills.spend_assertion(b"a" * 32, Timestamp(NOON + 60))
    assert not store.tills.spend_assertion(b"a" * 32, Timestamp(NOON + 60))

    store.tills.add(till(), NOTE)
    store.tills.add_token(b"t" * 32, token())
    pruned = prune(store.engine, Timestamp(NOON + 61), Retention())

    assert (pruned.rows["till_token"], pruned.rows["spent_assertion"]) == (1, 1)
    assert store.tills.spend_assertion(b"a" * 32, Timestamp(NOON + 60))


def test_the_acts_are_in_the_ledger(store: Store) -> None:
    store.tills.add(till(), Note(act="till.added", actor="x", target="t", at=NOON, facts={}))
    store.tills.remove(
        till().id, Note(act="till.removed", actor="x", target="t", at=NOON, facts={})
    )
    store.tills.remove("till-0", Note(act="till.never", actor="x", target="t", at=NOON, facts={}))

    assert [entry.act for entry in store.ledger.read()][-2:] == ["till.added", "till.removed"]


def test_scopes_are_spelled_in_order() -> None:
    both = frozenset({ScenarioId("b.x"), ScenarioId("a.x")})

    assert str(Scope(scenarios=both, venue=None)) == "scenario:a.x scenario:b.x"
    assert str(SCOPE) == "scenario:lodging.hotel venue:hall"
