from collections.abc import Callable, Generator
from dataclasses import replace

import pytest

from gateway.errors import GatewayError
from gateway.ids import MerchantId, ScenarioId, VenueId
from gateway.services.access import MerchantAccess
from gateway.services.audit import Acting
from gateway.services.merchants import EnrolMerchants
from gateway.services.ports import Merchant, Venue
from gateway.storage.schema import migrate
from gateway.storage.store import Store
from tests.world import GYM, HOTEL, NOON, PHASE_1, merchant

ACTING = Acting(by="console:tester", at=NOON)


@pytest.fixture
def store(database_url: str) -> Generator[Store]:
    opened = Store.open(database_url, ledger_key=bytes(32))
    migrate(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def desk(store: Store) -> EnrolMerchants:
    return EnrolMerchants(
        directory=store.merchants,
        states=store.merchant_states,
        access=MerchantAccess(store.merchants),
        open_scenarios=PHASE_1,
    )


def _venue(**other: object) -> tuple[Venue, ...]:
    members: dict[str, object] = {"id": VenueId("hall"), "name": "N", "scenarios": None}
    return (Venue(**(members | other)),)  # type: ignore[arg-type]  # builder of tests


REFUSED: dict[str, Callable[[Merchant], Merchant]] = {
    "an id with capitals": lambda m: replace(m, id=MerchantId("Bad")),
    "an id that begins with -": lambda m: replace(m, id=MerchantId("-bad")),
    "an id of 33 characters": lambda m: replace(m, id=MerchantId("a" * 33)),
    "no name": lambda m: replace(m, name=" "),
    "a name that steers the screen": lambda m: replace(m, name="a\u202eb"),
    "a name of 65 characters": lambda m: replace(m, name="a" * 65),
    "no scenario": lambda m: replace(m, scenarios=frozenset()),
    "a scenario that is not open": lambda m: replace(
        m, scenarios=frozenset({ScenarioId("mobility.parking")})
    ),
    "a malformed venue": lambda m: replace(m, venues=_venue(id=VenueId("Hall 1"))),
    "a venue without a name": lambda m: replace(m, venues=_venue(name="")),
    "a venue with a scenario that the merchant has not": lambda m: replace(
        m, scenarios=frozenset({HOTEL}), venues=_venue(scenarios=frozenset({GYM}))
    ),
    "too many venues": lambda m: replace(m, venues=_venue() * 201),
}


def test_a_merchant_is_recognised_by_its_first_token_and_by_one_more(desk: EnrolMerchants) -> None:
    first = desk.add(merchant(), ACTING)
    _, second = desk.token(MerchantId("m-1"), ACTING)

    assert desk.access.authenticate(first).id == desk.access.authenticate(second).id == "m-1"
    assert first != second


@pytest.mark.parametrize("case", REFUSED)
def test_a_merchant_is_refused(desk: EnrolMerchants, case: str) -> None:
    with pytest.raises(GatewayError) as caught:
        desk.add(REFUSED[case](merchant()), ACTING)

    assert caught.value.code == "merchant_refused"
    assert "allowed" in str(caught.value)
    assert desk.directory.list_all() == ()


def test_a_part_of_an_open_scenario_is_open(desk: EnrolMerchants) -> None:
    part = frozenset({ScenarioId("travel.attraction.free")})

    desk.add(merchant(scenarios=part, venues=()), ACTING)

    assert desk.directory.list_all()[0].scenarios == part


def test_the_same_id_twice_is_a_conflict(desk: EnrolMerchants) -> None:
    desk.add(merchant(), ACTING)

    with pytest.raises(GatewayError) as caught:
        desk.add(merchant(), ACTING)

    assert caught.value.code == "storage_conflict"


def test_a_suspended_merchant_is_resumed_with_the_token_that_it_has(desk: EnrolMerchants) -> None:
    token = desk.add(merchant(), ACTING)

    assert desk.suspend(MerchantId("m-1"), ACTING).state == "suspended"
    with pytest.raises(GatewayError) as caught:
        MerchantAccess(desk.directory).authenticate(token)
    assert caught.value.code == "forbidden"
    assert desk.resume(MerchantId("m-1"), ACTING).state == "active"
    assert MerchantAccess(desk.directory).authenticate(token).state == "active"


@pytest.mark.parametrize("use", ["token", "suspend", "resume"])
def test_who_is_no_merchant_is_named_so(desk: EnrolMerchants, use: str) -> None:
    nobody = MerchantId("nobody")
    uses: dict[str, Callable[[], object]] = {
        "token": lambda: desk.token(nobody, ACTING),
        "suspend": lambda: desk.suspend(nobody, ACTING),
        "resume": lambda: desk.resume(nobody, ACTING),
    }

    with pytest.raises(GatewayError) as caught:
        uses[use]()

    assert caught.value.code == "merchant_unknown"
