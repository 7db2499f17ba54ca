"""``credit-gateway tills``: credentials once, a list, an end."""

import json

from gateway.jose.keys import generate
from tests.cli.places import Place


def _till(answer: dict[str, object]) -> dict[str, object]:
    till = answer["till"]
    assert isinstance(till, dict)
    return till


def test_a_till_gets_a_secret_that_is_shown_once(city: Place) -> None:
    city.ask("merchants", "add", "river", "--name", "江滨酒店", "--scenarios", "open")

    answer = city.ask(
        "tills", "add", "river", "--label", "front desk", "--scenarios", "lodging.hotel"
    )

    assert str(answer["token_endpoint"]).endswith("/oauth2/token")
    assert _till(answer)["method"] == "client_secret_basic"
    assert _till(answer)["scenarios"] == ["lodging.hotel"]
    secret = str(answer["secret"])
    assert secret.encode() not in (city.home / "state" / "gateway.db").read_bytes()
    assert city.ask("tills", "list", "--merchant", "river") == {"tills": [_till(answer)]}
    assert "shown once" in city.run("tills", "add", "river").stdout


def test_a_till_with_a_key_has_no_secret(city: Place) -> None:
    city.ask("merchants", "add", "river", "--name", "江滨酒店", "--scenarios", "open")
    file = city.home / "till.jwk.json"
    file.write_text(json.dumps(generate().public.jwk()))

    answer = city.ask("tills", "add", "river", "--public-key", str(file))

    assert (answer["secret"], _till(answer)["method"]) == (None, "private_key_jwt")
    assert "its own key" in city.run("tills", "add", "river", "--public-key", str(file)).stdout


def test_what_is_no_public_key_is_a_usage_error(city: Place) -> None:
    city.ask("merchants", "add", "river", "--name", "江滨酒店", "--scenarios", "open")
    file = city.home / "till.jwk.json"
    file.write_text("[]")

    result = city.run("tills", "add", "river", "--public-key", str(file))

    assert result.exit_code == 2
    assert "P-256" in result.stderr


def test_a_removed_till_is_in_no_list(city: Place) -> None:
    city.ask("merchants", "add", "river", "--name", "江滨酒店", "--scenarios", "open")
    till = str(_till(city.ask("tills", "add", "river"))["id"])

    assert till in city.run("tills", "list").stdout
    assert "no longer verifies" in city.run("tills", "remove", till).stdout
    assert "No till is registered" in city.run("tills", "list").stdout
    assert city.run("tills", "remove", till).stderr.startswith("error[till_unknown]: ")


def test_a_merchant_is_warned_and_removed_for_good(city: Place) -> None:
    city.ask("merchants", "add", "river", "--name", "江滨酒店", "--scenarios", "open")

    warned = city.ask("merchants", "warn", "river", "--reason", "offer not granted")
    doubted = city.run("merchants", "remove", "river", "--reason", "has left")
    removed = city.ask("merchants", "remove", "river", "--reason", "has left", "--for-good")

    assert warned["merchant"] == {
        **_merchant(removed),
        "state": "warned",
        "reason": "offer not granted",
    }
    assert (doubted.exit_code, "--for-good" in doubted.stderr) == (2, True)
    assert _merchant(removed)["state"] == "removed"
    assert city.run("merchants", "resume", "river").stderr.startswith("error[merchant_unknown]")


def _merchant(answer: dict[str, object]) -> dict[str, object]:
    merchant = answer["merchant"]
    assert isinstance(merchant, dict)
    return merchant
