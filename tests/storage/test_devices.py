"""Owners' devices, PINs and pauses: the services on real databases."""

from dataclasses import replace

import argon2
import pytest

from gateway.ids import OfferId, ScenarioId, VenueId
from gateway.services.audit import Acting
from gateway.services.device_pins import DevicePins, PinRefusedError, WrongPinError
from gateway.services.devices import (
    Device,
    DeviceAccess,
    DeviceRefusedError,
    EnrolDevices,
    LinkSpentError,
    UnknownDeviceError,
)
from gateway.services.errors import UnauthorizedError
from gateway.services.pauses import OfferNotHereError, PauseOffers, offers_at
from gateway.storage.store import Store
from tests.storage.rows import ACTING, NOON, NOTE
from tests.storage.test_people import HOTEL, desk
from tests.world import catalogue

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def enrolled(at: EnrolDevices, *, owner: bool = False, pin_hash: str | None = None) -> Device:
    link, _ = at.link(HOTEL.id, None, "till", ACTING, owner=owner, pin_hash=pin_hash)
    return at.enrol(link, NOON)[1]


def acts(store: Store) -> list[str]:
    return [each.act for each in reversed(store.ledger.latest(20))]


def pins(store: Store) -> DevicePins:
    return DevicePins(rows=store.devices, hasher=QUICK)


def test_an_owners_link_makes_an_owners_device_and_any_other_does_not(store: Store) -> None:
    owner, other = enrolled(desk(store), owner=True), enrolled(desk(store))

    assert (owner.owner, other.owner) == (True, False)
    assert store.devices.list_of(HOTEL.id) == tuple(sorted((owner, other), key=lambda d: d.id))


def test_an_owners_device_is_never_for_one_venue(store: Store) -> None:
    with pytest.raises(DeviceRefusedError):
        desk(store).link(HOTEL.id, VenueId("west"), "till", ACTING, owner=True)


def test_an_owners_device_ends_another_but_not_itself(store: Store) -> None:
    at = desk(store)
    owner, other = enrolled(at, owner=True), enrolled(at)
    by_owner = Acting(by=f"device:{owner.id}", at=NOON)

    at.revoke_other(owner, other.id, by_owner)

    for gone in (other.id, owner.id, "0f3a5c7e9b1d"):
        with pytest.raises(UnknownDeviceError):
            at.revoke_other(owner, gone, by_owner)
    assert store.devices.list_of(HOTEL.id) == (owner,)
    assert store.ledger.latest(1)[0].act == "device.revoked"


def test_a_device_leaves_by_itself_and_leaving_twice_is_no_fault(store: Store) -> None:
    at = desk(store)
    device = enrolled(at)

    at.leave(device, ACTING)
    at.leave(device, ACTING)

    assert store.devices.list_of(HOTEL.id) == ()
    assert acts(store).count("device.left") == 1


@pytest.mark.parametrize("owner", [True, False])
def test_with_an_owners_device_go_the_links_that_nobody_spent(
    store: Store,
    owner: bool,  # noqa: FBT001  (a parameter)
) -> None:
    at = desk(store)
    device = enrolled(at, owner=owner)
    waiting, _ = at.link(HOTEL.id, None, "made a moment before", ACTING)

    at.revoke(device.id, ACTING)

    if owner:
        with pytest.raises(LinkSpentError):
            at.enrol(waiting, NOON)
    else:
        assert at.enrol(waiting, NOON)[1].label == "made a moment before"


def test_a_device_that_is_asked_about_freshly_is_gone_at_once(store: Store) -> None:
    at, access = desk(store), DeviceAccess(store.devices, store.merchants)
    link, _ = at.link(HOTEL.id, None, "till", ACTING)
    secret, device = at.enrol(link, NOON)
    access.authenticate(secret, NOON)

    at.revoke(device.id, ACTING)

    assert access.authenticate(secret, NOON)[0] == device
    with pytest.raises(UnauthorizedError):
        access.authenticate(secret, NOON, fresh=True)


def test_a_pin_is_set_asked_for_changed_and_taken_away(store: Store) -> None:
    at, keys = desk(store), pins(store)
    device = enrolled(at, pin_hash=keys.hash_of("1234"))

    keys.check(device, "1234")
    keys.set(device.id, "87654321", ACTING)

    (changed,) = store.devices.list_of(HOTEL.id)
    keys.check(changed, "87654321")
    with pytest.raises(WrongPinError):
        keys.check(changed, "1234")
    keys.clear(device.id, ACTING)
    (bare,) = store.devices.list_of(HOTEL.id)
    with pytest.raises(WrongPinError):
        keys.check(bare, "")
    assert "8765" not in repr(changed)
    assert acts(store)[-2:] == ["device.pin_set", "device.pin_cleared"]


@pytest.mark.parametrize(
    "pin", ["", "123", "123456789", "12a4", "\uff11\uff12\uff13\uff14", "1234\n"]
)
def test_a_pin_is_four_to_eight_digits(store: Store, pin: str) -> None:
    with pytest.raises(PinRefusedError):
        pins(store).set("0f3a5c7e9b1d", pin, ACTING)


def test_nobodys_device_gets_no_pin(store: Store) -> None:
    with pytest.raises(UnknownDeviceError):
        pins(store).set("0f3a5c7e9b1d", "1234", ACTING)


def pauses(store: Store) -> PauseOffers:
    return PauseOffers(rows=store.pauses, known=lambda: catalogue().offers)


SIGHTS = replace(HOTEL, scenarios=frozenset({ScenarioId("travel.attraction")}))


def own_offers() -> list[OfferId]:
    return [each.id for each in offers_at(SIGHTS, catalogue().offers)]


def test_offers_are_paused_and_resumed_each_by_itself(store: Store) -> None:
    store.merchants.add(SIGHTS, NOTE)
    first, second, *_ = own_offers()

    pauses(store).pause(SIGHTS, first, ACTING)
    pauses(store).pause(SIGHTS, second, ACTING)
    pauses(store).pause(SIGHTS, first, ACTING)
    found = store.merchants.get(HOTEL.id)
    pauses(store).resume(SIGHTS, first, ACTING)

    assert found is not None
    assert found.paused == {first, second}
    left = store.merchants.get(HOTEL.id)
    assert left is not None
    assert left.paused == {second}
    # What changed nothing is no entry.
    assert acts(store)[-3:] == ["offer.paused", "offer.paused", "offer.resumed"]


def test_what_a_merchant_does_not_offer_is_not_paused(store: Store) -> None:
    store.merchants.add(SIGHTS, NOTE)
    elsewhere = next(o.id for o in catalogue().offers if o.id not in own_offers())

    for offer in (elsewhere, OfferId("nothing")):
        with pytest.raises(OfferNotHereError):
            pauses(store).pause(SIGHTS, offer, ACTING)
    with pytest.raises(OfferNotHereError):
        pauses(store).resume(SIGHTS, own_offers()[0], ACTING)
