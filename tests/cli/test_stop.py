"""Emergency stops at the console."""

import sqlite3
from contextlib import closing
from typing import cast

from tests.cli.places import Place, object_of


def stop(city: Place, *what: str, officer: str = "Lin") -> dict[str, object]:
    return city.ask("stop", *what, "--reason", "a leak", "--officer", officer)


def refusal(city: Place, *args: str) -> object:
    result = city.run(*args, "--json")
    assert result.exit_code == 1
    error = object_of(result.stdout)["error"]
    assert isinstance(error, dict)
    return error["code"]


def test_issuing_is_stopped_by_one_and_lifted_by_two(city: Place) -> None:
    assert "Nothing is stopped." in city.run("stop", "list").stdout

    (asked,) = cast("list[str]", stop(city, "issuing")["ratify"])
    (waiting,) = cast("list[dict[str, str]]", city.ask("proposals", "list")["proposals"])
    digest = waiting["digest"]
    city.ask("proposals", "approve", asked, "--officer", "Chen", "--digest", digest)
    lift = city.ask("stop", "lift", "issuing", "--reason", "mended", "--officer", "Chen")[
        "proposal"
    ]
    assert isinstance(lift, dict)
    shown = city.run("stop", "list").stdout
    city.ask(
        "proposals", "approve", str(lift["id"]), "--officer", "Lin", "--digest", str(lift["digest"])
    )

    assert "issuing" in shown
    assert "officer:Chen" in shown
    assert city.ask("stop", "list") == {"intact": True, "stops": []}
    assert refusal(city, "stop", "lift", "issuing", "--reason", "x", "--officer", "Lin") == (
        "stop_unknown"
    )


def test_an_officer_is_told_which_offers_there_are(city: Place) -> None:
    offer = ("stop", "offer", "typo", "--reason", "x", "--officer", "Lin")

    assert refusal(city, *offer) == "stop_nothing"
    assert "allowed: " in city.run(*offer).stderr
    assert refusal(city, "stop", "lift", "typo", "--reason", "x", "--officer", "Lin") == (
        "stop_target"
    )


def test_a_stop_says_what_comes_next(city: Place) -> None:
    offers = city.ask("offers", "check")["offers"]
    assert isinstance(offers, list)
    shown = city.run("stop", "offer", str(offers[0]), "--reason", "x", "--officer", "Lin").stdout

    assert f"Stopped: offer/{offers[0]}." in shown
    assert "proposals approve" in shown
    assert f"stop lift offer/{offers[0]}" in " ".join(shown.split())


def test_a_stop_row_that_a_hand_deletes_is_restored(city: Place) -> None:
    stop(city, "issuing")
    with closing(sqlite3.connect(city.home / "state" / "gateway.db")) as database, database:
        database.execute("DELETE FROM stop_order")

    listed = city.run("stop", "list")
    restored = city.ask("stop", "restore", "--officer", "Lin")

    assert listed.exit_code == 1
    assert "stop restore" in listed.stdout
    assert restored["intact"] is True
    assert city.ask("stop", "list") == restored
