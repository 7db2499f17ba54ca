"""``credit-gateway devices``: a link once, a list, an end."""

from gateway.app.composition import open_city
from gateway.ids import Timestamp
from gateway.services.audit import Acting
from gateway.services.device_pins import DevicePins
from gateway.settings import load
from tests.cli.places import Place, objects_of

ACTING = Acting(by="console:tester", at=Timestamp(1_800_000_000))


def test_a_link_is_for_an_enrolled_merchant_and_shown_once(city: Place) -> None:
    city.ask("merchants", "add", "river", "--name", "江滨酒店", "--scenarios", "open")

    answer = city.ask("devices", "link", "river", "--label", "front desk")

    assert "/merchant/enrol#" in str(answer["link"])
    secret = str(answer["link"]).partition("#")[2]
    assert secret.encode() not in (city.home / "state" / "gateway.db").read_bytes()
    assert "█" in city.run("devices", "link", "river").stdout


def test_a_device_of_nobody_is_refused_by_name(city: Place) -> None:
    result = city.run("devices", "link", "nobody")

    assert result.exit_code == 1
    assert result.stderr.startswith("error[device_refused]: ")


def test_devices_are_listed_and_an_unknown_one_cannot_be_revoked(city: Place) -> None:
    assert city.ask("devices", "list") == {"devices": []}
    assert "No device is enrolled" in city.run("devices", "list").stdout
    result = city.run("devices", "revoke", "0f3a5c7e9b1d")

    assert result.exit_code == 1
    assert result.stderr.startswith("error[device_unknown]: ")


def test_an_enrolled_device_is_listed_and_revoked(city: Place) -> None:

    city.ask("merchants", "add", "river", "--name", "江滨酒店", "--scenarios", "open")
    secret = str(city.ask("devices", "link", "river")["link"]).partition("#")[2]
    with open_city(load(city.environ)) as opened:
        _, device = opened.device_desk.enrol(secret, opened.clock.now())

    assert device.id in city.run("devices", "list").stdout
    assert len(objects_of(city.ask("devices", "list", "--merchant", "river")["devices"])) == 1
    assert "no longer verifies" in city.run("devices", "revoke", device.id).stdout
    assert city.ask("devices", "list") == {"devices": []}


def test_an_owners_device_is_listed_as_such_and_its_forgotten_pin_taken_away(city: Place) -> None:
    city.ask("merchants", "add", "river", "--name", "江滨酒店", "--scenarios", "open")
    secret = str(city.ask("devices", "link", "river", "--owner")["link"]).partition("#")[2]
    with open_city(load(city.environ)) as opened:
        _, device = opened.device_desk.enrol(secret, opened.clock.now())
        DevicePins(rows=opened.store.devices).set(device.id, "1357", ACTING)

    assert "owner" in city.run("devices", "list").stdout
    (listed,) = objects_of(city.ask("devices", "list")["devices"])
    assert (listed["owner"], listed["has_pin"]) == (True, True)
    city.ask("devices", "clear-pin", device.id)
    (listed,) = objects_of(city.ask("devices", "list")["devices"])
    assert listed["has_pin"] is False
    assert city.run("devices", "clear-pin", "0f3a5c7e9b1d").exit_code == 1
