from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.errors import GatewayError
from gateway.ids import MerchantId, ScenarioId, VenueId
from gateway.services.access import MerchantAccess
from gateway.services.audit import Acting
from gateway.services.devices import DeviceAccess, EnrolDevices
from gateway.services.merchants import EnrolMerchants
from gateway.services.ports import Merchant, Venue
from gateway.services.till_access import TillAccess
from gateway.services.tills import RegisterTills
from gateway.storage.store import Store
from tests.services.desks import merchant_desk
from tests.world import GYM, HOTEL, NOON, merchant

ACTING = Acting(by="console:tester", at=NOON)


@pytest.fixture
def desk(store: Store) -> EnrolMerchants:
    return merchant_desk(store)


def _venue(**other: object) -> tuple[Venue, ...]:
    members: dict[str, object] = {"id": VenueId("hall"), "name": "N", "scenarios": None}
    return (Venue(**(members | other)),)  # type: ignore[arg-type]  # builder of tests


def add(desk: EnrolMerchants, asked: Merchant, acting: Acting) -> str:
    """Check and store a merchant, as its application would; return a token."""
    desk.check(asked)
    desk.directory.add(asked, acting.note("merchant.added", asked.id))
    return desk.token(asked.id, acting)[1]


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
    "a scenario that is no id": lambda m: replace(
        m, scenarios=frozenset({ScenarioId("lodging.hotel.x gov.tax")})
    ),
    "a malformed venue": lambda m: replace(m, venues=_venue(id=VenueId("Hall 1"))),
    "a venue without a name": lambda m: replace(m, venues=_venue(name="")),
    "a venue with a scenario that the merchant has not": lambda m: replace(
        m, scenarios=frozenset({HOTEL}), venues=_venue(scenarios=frozenset({GYM}))
    ),
    "too many venues": lambda m: replace(m, venues=_venue() * 201),
}


def test_a_merchant_is_recognised_by_its_first_token_and_by_one_more(desk: EnrolMerchants) -> None:
    first = add(desk, merchant(), ACTING)
    _, second = desk.token(MerchantId("m-1"), ACTING)

    assert desk.access.authenticate(first).id == desk.access.authenticate(second).id == "m-1"
    assert first != second


@pytest.mark.parametrize("case", REFUSED)
def test_a_merchant_is_refused(desk: EnrolMerchants, case: str) -> None:
    with pytest.raises(GatewayError) as caught:
        add(desk, REFUSED[case](merchant()), ACTING)

    assert caught.value.code == "merchant_refused"
    assert "allowed" in str(caught.value)
    assert desk.directory.list_all() == ()


def test_a_part_of_an_open_scenario_is_open(desk: EnrolMerchants) -> None:
    part = frozenset({ScenarioId("travel.attraction.free")})

    add(desk, merchant(scenarios=part, venues=()), ACTING)

    assert desk.directory.list_all()[0].scenarios == part


def test_the_same_id_twice_is_a_conflict(desk: EnrolMerchants) -> None:
    add(desk, merchant(), ACTING)

    with pytest.raises(GatewayError) as caught:
        add(desk, merchant(), ACTING)

    assert caught.value.code == "storage_conflict"


def test_a_suspended_merchant_is_resumed_with_the_token_that_it_has(desk: EnrolMerchants) -> None:
    token = add(desk, merchant(), ACTING)

    assert desk.suspend(MerchantId("m-1"), "closed", ACTING).state == "suspended"
    with pytest.raises(GatewayError) as caught:
        MerchantAccess(desk.directory).authenticate(token)
    assert caught.value.code == "forbidden"
    assert desk.resume(MerchantId("m-1"), ACTING).state == "active"
    assert MerchantAccess(desk.directory).authenticate(token).state == "active"


def test_a_warned_merchant_verifies_and_sees_why(desk: EnrolMerchants) -> None:
    token = add(desk, merchant(), ACTING)

    warned = desk.warn(MerchantId("m-1"), "offer not granted", ACTING)

    assert (warned.state, warned.reason) == ("warned", "offer not granted")
    assert desk.find(MerchantId("m-1")) == warned
    assert MerchantAccess(desk.directory).authenticate(token) == warned
    assert desk.resume(MerchantId("m-1"), ACTING) == merchant()


def test_a_warning_lifts_no_suspension(desk: EnrolMerchants) -> None:
    add(desk, merchant(), ACTING)
    suspended = desk.suspend(MerchantId("m-1"), "closed", ACTING)

    with pytest.raises(GatewayError) as caught:
        desk.warn(MerchantId("m-1"), "offer not granted", ACTING)

    assert caught.value.code == "merchant_refused"
    assert desk.find(MerchantId("m-1")) == suspended


def test_a_removed_merchant_never_returns_and_takes_everything_along(
    desk: EnrolMerchants, store: Store
) -> None:
    token = add(desk, merchant(), ACTING)
    devices = EnrolDevices(rows=store.devices, directory=store.merchants)
    spent, _ = devices.link(MerchantId("m-1"), None, "till", ACTING)
    open_link, _ = devices.link(MerchantId("m-1"), None, "till", ACTING)
    device, _ = devices.enrol(spent, NOON)
    tills = RegisterTills(rows=store.tills, directory=store.merchants)
    till, _ = tills.add(MerchantId("m-1"), "till", None, None, None, ACTING)
    access = TillAccess(store.tills, store.merchants)
    till_token = access.issue(till, access.scope(till, ""), NOON)

    removed = desk.remove(MerchantId("m-1"), "has left", ACTING)

    assert (removed.state, removed.reason) == ("removed", "has left")
    ended: dict[str, Callable[[], object]] = {
        "unauthorized": lambda: MerchantAccess(store.merchants).authenticate(token),
        "unauthorized ": lambda: DeviceAccess(store.devices, store.merchants).authenticate(
            device, NOON
        ),
        "unauthorized  ": lambda: TillAccess(store.tills, store.merchants).authenticate(
            till_token, NOON
        ),
        "device_link_spent": lambda: devices.enrol(open_link, NOON),
        "device_refused": lambda: devices.link(MerchantId("m-1"), None, "till", ACTING),
        "till_refused": lambda: tills.add(MerchantId("m-1"), "till", None, None, None, ACTING),
        "merchant_unknown": lambda: desk.resume(MerchantId("m-1"), ACTING),
        "merchant_unknown ": lambda: desk.token(MerchantId("m-1"), ACTING),
        "storage_conflict": lambda: add(desk, merchant(), ACTING),
    }
    for code, use in ended.items():
        with pytest.raises(GatewayError) as caught:
            use()
        assert caught.value.code == code.strip()
    assert tills.rows.list_of(None) == ()


@pytest.mark.parametrize("reason", ["", "a\nb", "x" * 201])
def test_a_reason_is_one_plain_sentence(desk: EnrolMerchants, reason: str) -> None:
    add(desk, merchant(), ACTING)

    with pytest.raises(GatewayError) as caught:
        desk.warn(MerchantId("m-1"), reason, ACTING)

    assert caught.value.code == "merchant_refused"
    assert desk.find(MerchantId("m-1")) == merchant()


@pytest.mark.parametrize("use", ["token", "suspend", "resume", "warn", "remove", "find nothing"])
def test_who_is_no_merchant_is_named_so(desk: EnrolMerchants, use: str) -> None:
    nobody = MerchantId("no\0body" if use == "find nothing" else "nobody")
    uses: dict[str, Callable[[], object]] = {
        "token": lambda: desk.token(nobody, ACTING),
        "suspend": lambda: desk.suspend(nobody, "why", ACTING),
        "resume": lambda: desk.resume(nobody, ACTING),
        "warn": lambda: desk.warn(nobody, "why", ACTING),
        "remove": lambda: desk.remove(nobody, "why", ACTING),
        "find nothing": lambda: desk.resume(nobody, ACTING),
    }

    with pytest.raises(GatewayError) as caught:
        uses[use]()

    assert caught.value.code == "merchant_unknown"
