"""Sessions, consents and devices: the services on real databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from gateway.ids import MerchantId, ScenarioId, Timestamp, VenueId
from gateway.services.audit import Acting
from gateway.services.consent import Consents
from gateway.services.devices import (
    DEVICE_S,
    LINK_S,
    Device,
    DeviceAccess,
    DeviceRefusedError,
    EnrolDevices,
    LinkSpentError,
    UnknownDeviceError,
)
from gateway.services.errors import ForbiddenError, UnauthorizedError
from gateway.services.ports import ConflictError, Merchant, Venue
from gateway.services.sessions import LIFE_S, CitizenSessions
from gateway.storage.store import Store
from tests.storage.rows import ACTING, NOON, NOTE, count

KEY = bytes(range(32))
PERSON = "illustrative-1"
HOTEL = Merchant(
    id=MerchantId("hotel"),
    name="Hotel",
    scenarios=frozenset({ScenarioId("lodging.hotel")}),
    venues=(Venue(id=VenueId("west"), name="West", scenarios=None),),
    state="active",
)


def after(seconds: int) -> Timestamp:
    return Timestamp(NOON + seconds)


def sessions(store: Store) -> CitizenSessions:
    return CitizenSessions(rows=store.citizen_sessions, owner_key=KEY)


def consents(store: Store) -> Consents:
    return Consents(rows=store.consents, owner_key=KEY)


def desk(store: Store) -> EnrolDevices:
    if store.merchants.get(HOTEL.id) is None:
        store.merchants.add(HOTEL, NOTE)
    return EnrolDevices(rows=store.devices, directory=store.merchants)


def everything(store: Store, table: str) -> str:
    with store.engine.connect() as connection:
        return str(connection.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608


def test_a_session_names_its_citizen_until_its_last_second(store: Store) -> None:
    token = sessions(store).start(PERSON, NOON)

    assert sessions(store).authenticate(token, after(LIFE_S - 1)) == PERSON
    with pytest.raises(UnauthorizedError):
        sessions(store).authenticate(token, after(LIFE_S))


def test_each_sign_in_gets_a_session_of_its_own(store: Store) -> None:
    first, second = sessions(store).start(PERSON, NOON), sessions(store).start(PERSON, NOON)

    assert first != second
    assert sessions(store).end(first)
    assert not sessions(store).end(first)
    with pytest.raises(UnauthorizedError):
        sessions(store).authenticate(first, NOON)
    assert sessions(store).authenticate(second, NOON) == PERSON


def test_signing_in_ends_the_session_that_the_browser_came_with(store: Store) -> None:
    first = sessions(store).start(PERSON, NOON)

    second = sessions(store).start("illustrative-2", NOON, instead_of=first)

    with pytest.raises(UnauthorizedError):
        sessions(store).authenticate(first, NOON)
    assert sessions(store).authenticate(second, NOON) == "illustrative-2"
    sessions(store).start(PERSON, NOON, instead_of="é, no token")


def test_a_person_sees_when_each_living_session_began(store: Store) -> None:
    for seconds in (0, 60, 30):
        sessions(store).start(PERSON, after(seconds))
    sessions(store).start("illustrative-2", NOON)

    assert sessions(store).began(PERSON, after(60)) == [after(60), after(30), NOON]
    assert sessions(store).began(PERSON, after(LIFE_S)) == [after(60), after(30)]
    assert sessions(store).began("illustrative-3", NOON) == []


def test_all_sessions_of_one_person_end_together_and_nobody_elses(store: Store) -> None:
    tokens = [sessions(store).start(PERSON, NOON) for _ in range(3)]
    other = sessions(store).start("illustrative-2", NOON)

    assert sessions(store).end_all(PERSON) == 3

    for token in tokens:
        with pytest.raises(UnauthorizedError):
            sessions(store).authenticate(token, NOON)
    assert sessions(store).authenticate(other, NOON) == "illustrative-2"


@pytest.mark.parametrize("token", ["", "x", "é" * 43, "A" * 43, "A" * 4096])
def test_what_is_no_session_signs_nobody_in(store: Store, token: str) -> None:
    with pytest.raises(UnauthorizedError):
        sessions(store).authenticate(token, NOON)


def test_a_row_moved_under_another_token_signs_nobody_in(store: Store) -> None:
    mine, theirs = sessions(store).start(PERSON, NOON), sessions(store).start("other", NOON)
    with store.engine.begin() as connection:
        sealed = text(
            "UPDATE citizen_session SET sealed_subject ="
            " (SELECT sealed_subject FROM citizen_session ORDER BY owner LIMIT 1)"
        )
        connection.execute(sealed)

    refused = 0
    for token in (mine, theirs):
        try:
            sessions(store).authenticate(token, NOON)
        except UnauthorizedError:
            refused += 1
    assert refused == 1


def test_the_tables_name_nobody_and_hold_no_secret(store: Store) -> None:
    token = sessions(store).start(PERSON, NOON)
    consents(store).give(PERSON, NOON)
    secret, _ = desk(store).link(HOTEL.id, None, "till", ACTING)

    found = everything(store, "citizen_session") + everything(store, "consent")
    found += everything(store, "device_link")

    assert PERSON not in found
    assert token not in found
    assert secret not in found


def test_consent_holds_until_it_is_ended(store: Store) -> None:
    assert consents(store).of(PERSON) is None

    receipt = consents(store).give(PERSON, NOON)

    assert consents(store).of(PERSON) == receipt
    assert consents(store).give(PERSON, after(9)) == receipt
    assert consents(store).stop(PERSON, after(10))
    assert not consents(store).stop(PERSON, after(11))
    assert consents(store).of(PERSON) is None
    assert consents(store).give(PERSON, after(12)).number != receipt.number


def test_another_wording_asks_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    consents(store).give(PERSON, NOON)

    monkeypatch.setattr("gateway.services.consent.WORDING", "2027-01")

    assert consents(store).of(PERSON) is None


def test_a_receipt_number_is_given_once(store: Store) -> None:
    receipt = consents(store).give(PERSON, NOON)

    with pytest.raises(ConflictError):
        store.consents.add(receipt, Acting(by="citizen", at=NOON).note("consent.given", "x"))


def test_a_link_makes_one_device_within_ten_minutes(store: Store) -> None:
    secret, link = desk(store).link(HOTEL.id, VenueId("west"), "front desk", ACTING)

    device_secret, device = desk(store).enrol(secret, after(LINK_S - 1))

    assert link.expires_at == NOON + LINK_S
    assert device == Device(
        id=device.id,
        merchant=HOTEL.id,
        venue=VenueId("west"),
        label="front desk",
        enrolled_at=after(LINK_S - 1),
        expires_at=after(LINK_S - 1 + DEVICE_S),
    )
    found = DeviceAccess(store.devices, store.merchants).authenticate(device_secret, after(LINK_S))
    assert found == (device, HOTEL)
    with pytest.raises(LinkSpentError):
        desk(store).enrol(secret, after(LINK_S - 1))


def test_a_link_of_ten_minutes_is_spent(store: Store) -> None:
    secret, _ = desk(store).link(HOTEL.id, None, "till", ACTING)

    with pytest.raises(LinkSpentError):
        desk(store).enrol(secret, after(LINK_S))


@pytest.mark.parametrize("secret", ["", "A" * 43, "A" * 44, "../../etc/passwd", "é" * 43])
def test_what_is_no_link_enrols_nothing(store: Store, secret: str) -> None:
    with pytest.raises(LinkSpentError):
        desk(store).enrol(secret, NOON)

    assert count(store, "device") == 0


def test_of_many_who_spend_one_link_at_once_one_gets_the_device(store: Store) -> None:
    secret, _ = desk(store).link(HOTEL.id, None, "till", ACTING)

    def spend(_: int) -> bool:
        try:
            desk(store).enrol(secret, NOON)
        except LinkSpentError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(spend, range(16)))

    assert won.count(True) == 1
    assert count(store, "device") == 1


REFUSED = {
    "an unknown merchant": ("nobody", None, "till"),
    "another merchant's venue": ("hotel", "east", "till"),
    "no label": ("hotel", None, ""),
    "a label of two lines": ("hotel", None, "a\nb"),
    "a long label": ("hotel", None, "x" * 41),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_link_is_made_only_for_what_there_is(store: Store, name: str) -> None:
    merchant, venue, label = REFUSED[name]

    with pytest.raises(DeviceRefusedError):
        desk(store).link(MerchantId(merchant), VenueId(venue) if venue else None, label, ACTING)


def test_a_revoked_device_is_nobodys(store: Store) -> None:
    secret, _ = desk(store).link(HOTEL.id, None, "till", ACTING)
    device_secret, device = desk(store).enrol(secret, NOON)

    desk(store).revoke(device.id, ACTING)

    with pytest.raises(UnauthorizedError):
        DeviceAccess(store.devices, store.merchants).authenticate(device_secret, NOON)
    with pytest.raises(UnknownDeviceError):
        desk(store).revoke(device.id, ACTING)


def test_a_device_ends_after_180_days_and_with_its_merchant(store: Store) -> None:
    secret, _ = desk(store).link(HOTEL.id, None, "till", ACTING)
    device_secret, _ = desk(store).enrol(secret, NOON)
    access = DeviceAccess(store.devices, store.merchants)

    assert access.authenticate(device_secret, after(DEVICE_S - 1))[1] == HOTEL
    with pytest.raises(UnauthorizedError):
        access.authenticate(device_secret, after(DEVICE_S))
    store.merchant_states.set_state(HOTEL.id, "suspended", "closed", NOTE)
    with pytest.raises(ForbiddenError):
        DeviceAccess(store.devices, store.merchants).authenticate(device_secret, NOON)
    with pytest.raises(UnauthorizedError):
        access.authenticate("no secret", NOON)


def test_devices_are_listed_by_merchant(store: Store) -> None:
    secret, _ = desk(store).link(HOTEL.id, None, "till", ACTING)
    _, device = desk(store).enrol(secret, NOON)

    assert desk(store).rows.list_of(None) == (device,)
    assert desk(store).rows.list_of(HOTEL.id) == (device,)
    assert desk(store).rows.list_of(MerchantId("other")) == ()
