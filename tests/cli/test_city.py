import socket
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from gateway.app.served import port_of
from gateway.settings import StateKind, load
from tests.cli.places import (
    Place,
    free_port,
    make_place,
    object_of,
    objects_of,
    run,
    somebody_serves,
)


def test_init_says_where_everything_is_and_what_to_do_next(place: Place) -> None:
    result = place.run("init", "--demo", "--new-passphrase")

    assert result.exit_code == 0
    for path in (place.home / "state", place.home / "keys", place.home / "passphrase"):
        assert str(path) in result.stdout
    assert "温州 Wenzhou" in result.stdout
    assert "安全码" in result.stdout
    assert "credit-gateway doctor" in result.stdout


def test_init_makes_everything_for_this_account_only(place: Place) -> None:
    place.ask("init", "--demo", "--new-passphrase")

    for path in place.home.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_init_shows_six_groups_and_no_passphrase(place: Place) -> None:
    answer = place.ask("init", "--demo", "--new-passphrase")

    half = answer["own_half"]
    assert isinstance(half, list)
    assert [len(str(group)) for group in half] == [5] * 6
    assert (place.home / "passphrase").read_text().strip() not in str(answer)


@pytest.mark.parametrize("fault", ["city file", "passphrase", "keys in the way", "kind"])
def test_an_init_that_fails_leaves_nothing_behind(place: Place, fault: str) -> None:
    args = ["init", "--demo", "--new-passphrase"]
    match fault:
        case "city file":
            place.replace("live_s = 90", "live_s = 900")
        case "passphrase":
            (place.home / "passphrase").write_text("short")
            (place.home / "passphrase").chmod(0o600)
            args.remove("--new-passphrase")
        case "keys in the way":
            (place.home / "keys").mkdir()
        case _:
            args[1] = "--production"
    before = _paths(place.root)

    result = place.run(*args)

    assert result.exit_code == 1
    assert result.stderr.startswith("error[")
    assert _paths(place.root) == before


def test_a_made_city_is_ready_and_well(city: Place) -> None:
    ready = city.ask("doctor", "--port", str(city.port))
    with somebody_serves() as port:
        well = city.ask("status", "--port", port)

    assert ready["ready"] is True
    assert well["works"] is True
    assert well["findings"] == []
    assert well["kind"] == "demo"


def test_the_one_screen_shows_every_part(city: Place) -> None:
    with somebody_serves() as port:
        result = city.run("status", "--port", port)

    assert result.exit_code == 0
    assert result.stdout.startswith("温州 Wenzhou 330300 (demo) is well.")
    for heading in ("联邦声明", "密钥", "伙伴城市", "今日"):
        assert heading in result.stdout
    assert len(result.stdout.splitlines()) <= 40


def test_a_screen_in_a_file_has_no_colours_and_no_blanks_at_the_end(city: Place) -> None:
    shown = city.run("status").stdout

    assert "\x1b" not in shown
    assert [line for line in shown.splitlines() if line != line.rstrip()] == []


def test_a_broken_key_file_stops_every_command_and_leaves_nothing_new(city: Place) -> None:
    key = next((city.home / "keys").glob("federation-*.pem"))
    key.write_bytes(key.read_bytes()[:-40])
    before = _paths(city.root)

    for args in (("status",), ("serve",), ("federation", "publish"), ("partners", "status")):
        result = city.run(*args)

        assert result.exit_code == 1
        assert result.stderr.startswith("error[vault_damaged]: ")
        assert str(key) in result.stderr
    assert _paths(city.root) == before


def test_serve_tries_the_port_before_anything_starts(city: Place) -> None:
    result = _serve_where_somebody_listens(city)

    assert result.exit_code == 3
    assert result.stderr.startswith("error[port_taken]: ")


def test_serve_says_that_assessments_are_missing_and_goes_on(
    city: Place, caplog: pytest.LogCaptureFixture
) -> None:
    (city.home / "state" / "assessments.csv").unlink()

    result = _serve_where_somebody_listens(city)

    assert "nobody can be given a code" in caplog.text
    assert result.stderr.startswith("error[port_taken]: ")


UNSERVED = {
    "not ready": (503, '{"status": "not_ready", "checks": {"database": false}}', "database"),
    "ready, it says, with a failing check": (
        200, '{"status": "ok", "checks": {"statements": false}}', "statements",
    ),
    "something else": (200, "<html>", "nothing serves"),
    "something else with JSON": (200, "[]", "nothing serves"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNSERVED)
def test_a_city_whose_server_is_not_ready_is_not_called_well(city: Place, case: str) -> None:
    status, body, said = UNSERVED[case]

    with somebody_serves(status, body) as port:
        result = city.run("status", "--port", port)

    assert result.exit_code == 1
    assert "is not well" in result.stdout
    assert said in result.stdout


def test_a_city_that_nobody_serves_is_not_called_well(city: Place) -> None:
    port = free_port()

    result = city.run("status", "--port", str(port))

    assert result.exit_code == 1
    assert f"nothing serves at 127.0.0.1:{port}" in result.stdout
    assert "credit-gateway serve" in result.stdout


def test_a_demo_is_asked_at_its_address_and_another_city_at_8000(city: Place) -> None:
    settings = load(city.environ)

    assert port_of(settings) == city.port
    assert port_of(replace(settings, kind=StateKind.PRODUCTION)) == 8000


def test_a_city_without_assessments_is_not_called_well(city: Place) -> None:
    (city.home / "state" / "assessments.csv").unlink()

    result = city.run("status")

    assert result.exit_code == 1
    assert "is not well" in result.stdout
    assert "missing, or not a file" in result.stdout


def test_a_token_is_shown_once_and_stored_nowhere(city: Place) -> None:
    answer = city.ask("merchants", "add", "river", "--name", "江滨酒店", "--scenarios", "open")

    token = str(answer["token"])
    assert token.startswith("ccm_")
    assert token.encode() not in (city.home / "state" / "gateway.db").read_bytes()
    assert token not in city.run("merchants", "list").stdout


def test_merchants_are_listed_with_state_and_venues(city: Place) -> None:
    city.ask(
        "merchants", "add", "river", "--name", "江滨酒店", "--scenarios",
        "lodging.hotel,dining.restaurant", "--venue", "hall:大厅", "--venue",
        "old:老楼:lodging.hotel",
    )  # fmt: skip
    city.ask("merchants", "suspend", "river", "--reason", "closed")

    [listed] = objects_of(city.ask("merchants", "list")["merchants"])

    assert listed == {
        "id": "river",
        "name": "江滨酒店",
        "state": "suspended",
        "reason": "closed",
        "scenarios": ["dining.restaurant", "lodging.hotel"],
        "venues": [
            {"id": "hall", "name": "大厅", "scenarios": None, "closed": False},
            {"id": "old", "name": "老楼", "scenarios": ["lodging.hotel"], "closed": False},
        ],
        "uscc": None,
        "uscc_reason": None,
        "commitment": "pending",
        "commitment_due": listed["commitment_due"],
        "commitment_returned": None,
    }
    assert "江滨酒店" in city.run("merchants", "list").stdout
    assert "verifies again" in city.run("merchants", "resume", "river").stdout
    assert "shown once" in city.run("merchants", "token", "river").stdout


def test_a_venue_that_is_none_is_a_usage_error(city: Place) -> None:
    result = city.run(
        "merchants", "add", "river", "--name", "N", "--scenarios", "open", "--venue", "hall"
    )

    assert result.exit_code == 2


def test_a_list_without_merchants_says_what_to_do(city: Place) -> None:
    assert "merchants add" in city.run("merchants", "list").stdout


def test_a_citizen_gets_a_token_in_a_demo(city: Place) -> None:
    assert str(city.ask("citizens", "token", "example-3")["token"]).startswith("ccc_")
    assert "shown once" in city.run("citizens", "token", "example-3").stdout
    assert city.run("citizens", "token", "two words").exit_code == 2


def test_nobody_gets_a_citizens_token_in_production(tmp_path: Path) -> None:
    city = make_place(tmp_path)
    for path in (city.root / "config" / "agreement.toml", city.city_file):
        text = path.read_text(encoding="utf-8")
        for port in (18401, 18402, 18403, 18404):
            text = text.replace(f"http://127.0.0.1:{port}", f"https://c{port}.example")
        path.write_text(text, encoding="utf-8")
    made = city.run("init", "--production", "--new-passphrase")

    result = city.run("citizens", "token", "example-3", "--json")

    assert "anchor take DIR" in made.stdout
    assert result.exit_code == 1
    error = object_of(result.stdout)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "demo_only"


def test_publishing_signs_the_leaf_anew_and_the_anchor_only_if_asked(city: Place) -> None:
    with somebody_serves() as port:
        before = _statements(city.ask("status", "--port", port))

    hourly = _statements(city.ask("federation", "publish"))
    quarterly = _statements(city.ask("federation", "publish", "--anchor"))

    assert hourly["leaf"] > before["leaf"]
    assert hourly["anchor"] == before["anchor"]
    assert quarterly["anchor"] > before["anchor"]
    assert quarterly["subordinate"] > before["subordinate"]
    assert "leaf" in city.run("federation", "publish").stdout


def test_without_k1_only_the_leaf_is_signed(city: Place) -> None:
    keys = set((city.home / "keys").glob("anchor-*.pem"))
    (active,) = keys - set((city.home / "keys").glob("anchor-standby-*.pem"))
    active.unlink()

    refused = city.run("federation", "publish", "--anchor")

    assert refused.exit_code == 1
    assert refused.stderr.startswith("error[vault_key_offline]: ")
    assert city.run("federation", "publish").exit_code == 0


def test_the_public_file_goes_to_stdout_or_to_a_new_file(city: Place) -> None:
    file = city.root / "wenzhou.pins.json"

    printed = object_of(city.run("federation", "export").stdout)
    said = city.run("federation", "export", str(file))

    assert printed == city.ask("federation", "export") == object_of(file.read_text())
    assert str(file) in said.stdout
    assert city.run("federation", "export", str(file)).exit_code == 1


def test_the_tables_are_checked_and_made(city: Place) -> None:
    (city.home / "state" / "gateway.db").unlink()

    absent = city.run("database", "check")
    made = city.ask("database", "migrate")

    assert absent.exit_code == 1
    assert "credit-gateway database migrate" in absent.stdout
    assert made["before"] == "absent"
    assert made["state"] == "current"
    assert city.run("database", "migrate").exit_code == 0


def test_forgetting_says_how_much(city: Place) -> None:
    assert city.ask("prune")["deleted"] == 0
    assert "0 rows forgotten" in city.run("prune").stdout


def test_every_offer_gives_visitors_what_residents_get(city: Place) -> None:
    answer = city.ask("offers", "check")

    assert answer["same"] is True
    assert answer["cities"] == ["330300", "330400", "330500", "330700"]
    assert "everybody" in city.run("offers", "check").stdout


def test_an_unlike_draft_is_shown_cell_by_cell(city: Place) -> None:
    draft = city.root / "draft.toml"
    text = city.city_file.read_text(encoding="utf-8")
    draft.write_text(text.replace('value = "0.50"', 'value = "0.60"', 1), encoding="utf-8")

    said, as_json = (
        city.run("offers", "check", str(draft)),
        object_of(city.run("offers", "check", str(draft), "--json").stdout),
    )

    assert said.exit_code == 1
    assert "✗ value" in said.stdout
    findings = objects_of(as_json["findings"])
    assert {str(finding["offer"]) for finding in findings} == {"attraction-half"}
    assert {str(finding["aspect"]) for finding in findings} == {"value"}


def test_a_draft_with_another_fault_is_refused_with_it(city: Place) -> None:
    draft = city.root / "draft.toml"
    text = city.city_file.read_text(encoding="utf-8")
    draft.write_text(text.replace('kind = "free_admission"', 'kind = "cash"', 1), encoding="utf-8")

    result = city.run("offers", "check", str(draft))

    assert result.exit_code == 1
    assert "offers.attraction-free.kind" in result.stderr


def test_a_draft_needs_no_scenarios_of_its_own(city: Place) -> None:
    draft = city.root / "draft.toml"
    text = city.city_file.read_text(encoding="utf-8")

    for other in ("", "[scenarios]\nsecond_phase = 3"):
        draft.write_text(text.replace("[scenarios]\nsecond_phase = []", other), encoding="utf-8")
        assert city.run("offers", "check", str(draft)).exit_code == 0


def test_a_broken_agreement_is_named(city: Place) -> None:
    agreement = city.root / "config" / "agreement.toml"
    agreement.write_text(agreement.read_text(encoding="utf-8").replace("[[tiers]]", "[[x]]", 1))

    result = city.run("offers", "check")

    assert result.exit_code == 1
    assert str(agreement) in result.stderr


def test_offers_need_a_city_file_and_an_agreement() -> None:
    assert run("offers", "check").exit_code == 1


def _serve_where_somebody_listens(city: Place) -> Result:
    """Run ``serve`` up to the moment before this process would become a server."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        return city.run("serve", "--port", str(taken.getsockname()[1]))


def _paths(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if not path.name.startswith("gateway.db-"))


def _statements(answer: dict[str, object]) -> dict[str, int]:
    found = answer["statements"]
    assert isinstance(found, dict)
    return {str(role): int(life["issued_at"]) for role, life in found.items()}
