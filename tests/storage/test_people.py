"""Sessions, consents and devices: the services on real databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from gateway.ids import CityId, MerchantId, ScenarioId, Timestamp, VenueId
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
from gateway.services.identity import Identity
from gateway.services.ports import Merchant, Venue
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
    return Consents(rows=store.consents, owner_key=KEY, recipients=frozenset({CityId("330300")}))


def desk(store: Store) -> EnrolDevices:
    if store.merchants.get(HOTEL.id) is None:
        store.merchants.add(HOTEL, NOTE)
    return EnrolDevices(rows=store.devices, directory=store.merchants)


def everything(store: Store, table: str) -> str:
    with store.engine.connect() as connection:
        return str(connection.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608  our own names


def test_a_session_names_its_citizen_until_its_last_second(store: Store) -> None:
    token = sessions(store).start(Identity(subject=PERSON), NOON)

    assert sessions(store).authenticate(token, after(LIFE_S - 1)).subject == PERSON
    with pytest.raises(UnauthorizedError):
        sessions(store).authenticate(token, after(LIFE_S))


def test_a_session_keeps_what_the_provider_said_for_its_bearer_only(store: Store) -> None:
    person = Identity(subject=PERSON, holder="张*", proved_at=after(-5))

    token = sessions(store).start(person, NOON)

    assert sessions(store).authenticate(token, NOON) == person
    assert "张" not in everything(store, "citizen_session")


def test_each_sign_in_gets_a_session_of_its_own(store: Store) -> None:
    first, second = (
        sessions(store).start(Identity(subject=PERSON), NOON),
        sessions(store).start(Identity(subject=PERSON), NOON),
    )

    assert first != second
    assert sessions(store).end(first)
    assert not sessions(store).end(first)
    with pytest.raises(UnauthorizedError):
        sessions(store).authenticate(first, NOON)
    assert sessions(store).authenticate(second, NOON).subject == PERSON


def test_signing_in_ends_the_session_that_the_browser_came_with(store: Store) -> None:
    first = sessions(store).start(Identity(subject=PERSON), NOON)

    second = sessions(store).start(Identity(subject="illustrative-2"), NOON, instead_of=first)

    with pytest.raises(UnauthorizedError):
        sessions(store).authenticate(first, NOON)
    assert sessions(store).authenticate(second, NOON).subject == "illustrative-2"
    sessions(store).start(Identity(subject=PERSON), NOON, instead_of="é, no token")


def test_a_person_sees_when_each_living_session_began(store: Store) -> None:
    for seconds in (0, 60, 30):
        sessions(store).start(Identity(subject=PERSON), after(seconds))
    sessions(store).start(Identity(subject="illustrative-2"), NOON)

    def began(person: str, now: Timestamp) -> list[Timestamp]:
        return [each.began_at for each in sessions(store).living(person, "", now)]

    assert began(PERSON, after(60)) == [after(60), after(30), NOON]
    assert began(PERSON, after(LIFE_S)) == [after(60), after(30)]
    assert began("illustrative-3", NOON) == []


def test_a_person_sees_first_the_session_of_the_browser_that_asks(store: Store) -> None:
    token = sessions(store).start(Identity(subject=PERSON), NOON)
    sessions(store).start(Identity(subject=PERSON), after(60))

    mine, other = sessions(store).living(PERSON, token, after(60))

    assert (mine.here, mine.began_at, mine.ends_at) == (True, NOON, after(LIFE_S))
    assert (other.here, other.began_at) == (False, after(60))


def test_all_other_sessions_end_and_that_of_the_browser_stays(store: Store) -> None:
    others = [sessions(store).start(Identity(subject=PERSON), NOON) for _ in range(2)]
    mine = sessions(store).start(Identity(subject=PERSON), NOON)
    strangers = sessions(store).start(Identity(subject="illustrative-2"), NOON)

    assert sessions(store).end_others(PERSON, mine) == 2

    for token in others:
        with pytest.raises(UnauthorizedError):
            sessions(store).authenticate(token, NOON)
    assert sessions(store).authenticate(mine, NOON).subject == PERSON
    assert sessions(store).authenticate(strangers, NOON).subject == "illustrative-2"


def test_all_sessions_of_one_person_end_together_and_nobody_elses(store: Store) -> None:
    tokens = [sessions(store).start(Identity(subject=PERSON), NOON) for _ in range(3)]
    other = sessions(store).start(Identity(subject="illustrative-2"), NOON)

    assert sessions(store).end_all(PERSON) == 3

    for token in tokens:
        with pytest.raises(UnauthorizedError):
            sessions(store).authenticate(token, NOON)
    assert sessions(store).authenticate(other, NOON).subject == "illustrative-2"


@pytest.mark.parametrize("token", ["", "x", "é" * 43, "A" * 43, "A" * 4096])
def test_what_is_no_session_signs_nobody_in(store: Store, token: str) -> None:
    with pytest.raises(UnauthorizedError):
        sessions(store).authenticate(token, NOON)


def test_a_row_moved_under_another_token_signs_nobody_in(store: Store) -> None:
    mine, theirs = (
        sessions(store).start(Identity(subject=PERSON), NOON),
        sessions(store).start(Identity(subject="other"), NOON),
    )
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


def test_a_row_that_somebody_writes_for_a_secret_of_their_own_signs_nobody_in(store: Store) -> None:
    forger = CitizenSessions(rows=store.citizen_sessions, owner_key=bytes(32))
    token = forger.start(Identity(subject=PERSON), NOON)

    with pytest.raises(UnauthorizedError):
        sessions(store).authenticate(token, NOON)


def test_the_tables_name_nobody_and_hold_no_secret(store: Store) -> None:
    token = sessions(store).start(Identity(subject=PERSON), NOON)
    consents(store).give(PERSON, NOON)
    secret, _ = desk(store).link(HOTEL.id, None, "till", ACTING)

    found = everything(store, "citizen_session") + everything(store, "consent")
    found += everything(store, "device_link")

    assert PERSON not in found
    assert token not in found
    assert secret not in found


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
