"""``keys``: what an officer sees and does."""

import re
from io import StringIO

from rich.console import Console

from gateway.cli import layout
from tests.cli.places import Place, object_of
from tests.cli.test_office import refusal, staffed


def listed(city: Place) -> dict[str, dict[str, object]]:
    keys = city.ask("keys", "list")["keys"]
    assert isinstance(keys, list)
    return {f"{each['role']} {each['state']}": each for each in keys}


def test_every_key_is_shown_with_its_dates(city: Place) -> None:
    keys, screen = listed(city), city.run("keys", "list").stdout

    assert list(keys) == [
        "anchor active",
        "anchor standby",
        "federation active",
        "federation next",
        "codes active",
        "codes next",
    ]
    assert keys["codes next"]["next"] == "may take over from"
    assert keys["codes active"]["next"] == "rotate by"
    for each in keys.values():
        kid = str(each["kid"])
        assert f"{kid[:4]} {kid[4:8]} {kid[8:12]} {kid[12:16]}" in screen


def test_a_young_key_does_not_take_over_but_in_an_emergency(city: Place) -> None:
    following = listed(city)["codes next"]["kid"]

    assert refusal(city, "keys", "rotate", "codes", "--officer", "Lin") == "key_too_young"
    young = city.run("keys", "rotate", "codes", "--officer", "Lin").stderr
    assert re.search(r"from \d{4}-\d\d-\d\d \d\d:\d\d in China on", young)
    city.ask("keys", "rotate", "codes", "--officer", "Lin", "--emergency")

    keys = listed(city)
    assert keys["codes active"]["kid"] == following
    assert keys["codes verify-only"]["next"] == "gone"
    assert "keys.rotated" in city.run("ledger", "list").stdout


def test_a_stolen_key_is_gone_by_its_first_characters_and_twice_is_no_harm(city: Place) -> None:
    stolen = str(listed(city)["codes active"]["kid"])
    revoke = ("keys", "revoke", stolen[:8], "--officer", "Lin", "--reason", "drill")

    city.ask(*revoke)
    again = city.run(*revoke)

    assert "gone already" in again.stdout
    assert again.exit_code == 0
    assert stolen not in {each["kid"] for each in listed(city).values()}
    shown = city.ask("keys", "list", "--gone")["gone"]
    assert isinstance(shown, list)
    assert [each["kid"] for each in shown] == [stolen]
    assert "Gone for ever" in city.run("keys", "list", "--gone").stdout


def test_an_officer_who_lets_a_young_key_sign_is_told_who_refuses_it_and_what_helps(
    city: Place,
) -> None:
    stolen = str(listed(city)["codes active"]["kid"])
    assert city.ask("keys", "list")["held_down_until"] is None

    said = city.run("keys", "revoke", stolen, "--officer", "Lin", "--reason", "drill").stdout

    for screen in (said, city.run("keys", "list").stdout):
        assert "partners refuse codes by the active code key" in " ".join(screen.split())
        assert "keys rotate federation --officer NAME" in screen
    assert city.ask("keys", "list")["held_down_until"]
    assert "may refuse codes by the active one" in " ".join(city.run("status").stdout.split())


def test_what_people_compare_is_not_torn_where_the_terminal_is_small() -> None:
    ids = "abcd efgh ijkl mnop"
    row = ("federation (verify-only)", ids, "gone with the anchor's next statement")
    console = Console(width=60, file=StringIO(), color_system=None)

    with console.capture() as caught:
        console.print(layout.table(("key", "id", "next"), [row], whole=("id",)))

    lines = caught.get().splitlines()
    assert any(ids in line for line in lines)
    assert max(map(len, lines)) <= 60


def test_k2_changes_with_one_officer_where_nobody_has_an_account(city: Place) -> None:
    before = listed(city)["federation next"]["kid"]

    city.ask("keys", "rotate", "federation", "--officer", "Lin")

    keys = listed(city)
    assert keys["federation active"]["kid"] == before
    assert keys["federation verify-only"]["here"] is False
    assert refusal(city, "keys", "rotate", "federation", "--officer", "L") == (
        "key_successor_unnamed"
    )
    usage = city.run("keys", "rotate", "federation", "--officer", "L", "--emergency")
    assert usage.exit_code == 2


def test_k2_takes_two_people_where_the_office_has_accounts(city: Place) -> None:
    staffed(city)
    before = listed(city)["federation next"]["kid"]

    made = city.ask("keys", "rotate", "federation", "--officer", "lin")["proposal"]
    assert isinstance(made, dict)
    unchanged = listed(city)["federation next"]["kid"]
    own = city.run("proposals", "approve", made["id"], "--officer", "lin", "--json")
    city.ask("proposals", "approve", made["id"], "--officer", "wu")

    assert unchanged == before
    assert own.exit_code == 1
    assert listed(city)["federation active"]["kid"] == before


def test_a_key_of_somebody_else_is_refused(city: Place) -> None:
    answer = city.run("keys", "revoke", "AAAAAAAA", "--officer", "L", "--reason", "r", "--json")

    assert answer.exit_code == 1
    error = object_of(answer.stdout)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "key_unknown"


def test_a_key_whose_id_begins_with_a_dash_is_no_option(city: Place) -> None:
    revoke = ("keys", "revoke", "-sxbbzqK", "--officer", "Lin", "--reason", "drill")

    assert refusal(city, *revoke) == "key_unknown"
