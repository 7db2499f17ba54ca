"""``credit-gateway tills``: credentials once, a list, an end."""

import json
from datetime import datetime

from gateway.clock import CHINA, SystemClock
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

    remove = ("merchants", "remove", "river", "--officer", "Lin", "--reason", "has left")

    warned = city.ask("merchants", "warn", "river", "--reason", "offer not granted")
    doubted = city.run(*remove)
    proposal = city.ask(*remove, "--for-good")["proposal"]

    assert (_merchant(warned)["state"], _merchant(warned)["reason"]) == (
        "warned",
        "offer not granted",
    )
    assert (doubted.exit_code, "--for-good" in doubted.stderr) == (2, True)
    assert isinstance(proposal, dict)
    approve = ("proposals", "approve", str(proposal["id"]), "--officer")
    assert "proposal_own" in city.run(*approve, "Lin", "--json").stdout
    city.ask(*approve, "Chen")
    told = city.ask("merchants", "notices", "river")["notices"]
    assert isinstance(told, list)
    assert [(each["number"], each["kind"], each["reason"]) for each in told] == [
        (2, "removed", "has left"),
        (1, "warned", "offer not granted"),
    ]
    assert "offer not granted" in city.run("merchants", "notices", "river").stdout
    assert city.run("merchants", "resume", "river").stderr.startswith("error[merchant_unknown]")


def _merchant(answer: dict[str, object]) -> dict[str, object]:
    merchant = answer["merchant"]
    assert isinstance(merchant, dict)
    return merchant


def test_the_month_of_a_merchant_is_written_once(city: Place) -> None:
    city.ask("merchants", "add", "river", "--name", "江滨酒店", "--scenarios", "open")
    out = city.home / "month.csv"
    month = f"{datetime.fromtimestamp(SystemClock().now(), CHINA):%Y-%m}"

    answer = city.ask("merchants", "settlement", "river", month, "--out", str(out))

    assert answer == {"file": str(out), "grants": 0}
    assert out.read_bytes().startswith(b"\xef\xbb\xbfdate,minute,receipt,")
    again = city.run("merchants", "settlement", "river", month, "--out", str(out))
    assert "choose another name" in again.stderr
    for args, code in (
        (("lake", month), "merchant_unknown"),
        (("river", "2999-01"), "settlement_month"),
        (("river", "2020-01"), "settlement_gone"),
    ):
        refused = city.run(
            "merchants", "settlement", *args, "--out", str(city.home / "x.csv"), "--json"
        )
        assert code in refused.stdout
