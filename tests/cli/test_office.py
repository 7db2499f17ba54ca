"""The office at the console: staff, four eyes by account, and the ledger."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from io import StringIO
from typing import Final

import pytest
from rich.console import Console

from gateway.app.noted_heads import MAX_HEADS, FileHeads
from gateway.cli.answer import Answer
from gateway.cli.proposal_answers import listed
from gateway.ids import Timestamp
from gateway.ledger.entries import Head
from gateway.services.proposal_ports import Proposal, ProposalState
from tests.cli.places import Place, object_of
from tests.world import DAY, NOON, agreement


def staffed(city: Place) -> Place:
    city.ask("staff", "add", "lin", "--name", "林", "--roles", "operator", "--subject", "example-6")
    city.ask("staff", "add", "wu", "--name", "吴", "--roles", "approver", "--subject", "example-7")
    return city


def refusal(city: Place, *args: str) -> object:
    result = city.run(*args, "--json")
    assert result.exit_code == 1
    error = object_of(result.stdout)["error"]
    assert isinstance(error, dict)
    return error["code"]


def test_a_colleague_gets_a_link_once_or_signs_in_with_the_provider(city: Place) -> None:
    local = city.ask("staff", "add", "lin", "--name", "林", "--roles", "operator")
    linked = city.ask("staff", "add", "wu", "--name", "吴", "--roles", "approver", "--subject", "7")

    assert "/staff/enrol#" in str(local["link"])
    assert "link" not in linked
    secret = str(local["link"]).partition("#")[2]
    assert secret.encode() not in (city.home / "state" / "gateway.db").read_bytes()
    shown = city.run("staff", "list").stdout
    assert "provider" in shown
    assert "nothing yet" in shown
    assert "/staff/enrol#" in city.run("staff", "link", "lin").stdout


def test_an_office_without_staff_says_how_to_begin(city: Place) -> None:
    assert "staff add --help" in city.run("staff", "list").stdout


def test_roles_change_and_the_last_approver_stays(city: Place) -> None:
    staffed(city)

    assert refusal(city, "staff", "close", "wu") == "staff_last_administrator"
    assert refusal(city, "staff", "roles", "wu", "--roles", "admin") == "staff_refused"
    assert refusal(city, "staff", "close", "he") == "staff_unknown"
    city.ask("staff", "add", "he", "--name", "何", "--roles", "approver")
    assert refusal(city, "staff", "close", "wu") == "staff_last_administrator"
    city.ask("staff", "add", "su", "--name", "苏", "--roles", "approver", "--subject", "example-8")
    assert (
        "is approver, auditor"
        in city.run("staff", "roles", "wu", "--roles", "auditor,approver").stdout
    )
    assert "can no longer sign in" in city.run("staff", "close", "wu").stdout
    assert "closed" in city.run("staff", "list").stdout


def test_once_there_is_staff_an_officer_is_one_of_them(city: Place) -> None:
    staffed(city)
    suspend = ("partners", "suspend", "jiaxing", "--reason", "drill", "--officer")

    assert refusal(city, *suspend, "Chen") == "officer_unknown"
    assert refusal(city, *suspend, "wu") == "partner_unknown"
    assert refusal(city, *suspend, "lin") == "partner_unknown"
    said = city.run(*suspend, "Chen").stderr
    assert "no operator or approver has this id; allowed: lin, wu" in said


def test_an_agreement_does_not_outlive_the_calendar(city: Place) -> None:
    accept = ("partners", "accept", "jiaxing", "--scenarios", "open", "--officer", "Lin", "--until")

    assert refusal(city, *accept, "9999-12-31") == "trust_record"
    assert refusal(city, *accept, "9999-12-30") == "partner_unknown"


def test_nothing_waits_at_first(city: Place) -> None:
    assert "Nothing waits" in city.run("proposals", "list").stdout
    assert city.ask("proposals", "list", "--all") == {"proposals": []}
    assert refusal(city, "proposals", "approve", "00000000", "--officer", "L") == "proposal_unknown"
    assert refusal(city, "proposals", "reject", "00000000", "--officer", "L") == "proposal_unknown"


def test_the_ledger_begins_with_the_city_and_names_every_act(city: Place) -> None:
    staffed(city)
    city.ask("staff", "link", "lin")
    city.ask("merchants", "add", "river", "--name", "江滨酒店", "--scenarios", "open")
    city.ask("merchants", "suspend", "river", "--reason", "drill")

    listed = city.ask("ledger", "list")["entries"]
    assert isinstance(listed, list)
    acts = [entry["act"] for entry in reversed(listed)]
    assert acts == [
        "city.founded",
        "staff.added",
        "staff.added",
        "staff.link_made",
        "merchant.added",
        "merchant.token_issued",
        "merchant.suspended",
    ]
    assert {entry["actor"].partition(":")[0] for entry in listed} == {"console"}
    assert "merchant.suspended" in city.run("ledger", "list", "--last", "1").stdout
    report = city.ask("ledger", "verify")
    assert (report["whole"], report["findings"]) == (True, [])
    assert str(report["head"]).startswith("7:")


def test_a_hand_in_the_ledger_is_named_with_its_place(city: Place) -> None:
    staffed(city)
    head = str(city.ask("ledger", "verify")["head"])
    database = city.home / "state" / "gateway.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM ledger_entry WHERE seq = 2")

    result = city.run("ledger", "verify")

    assert result.exit_code == 1
    assert "removed at entry 3" in result.stdout
    assert city.run("ledger", "verify", "--head", head).exit_code == 1


def test_a_ledger_that_was_emptied_shows_against_the_head_in_the_state_directory(
    city: Place,
) -> None:
    staffed(city)
    head = str(city.ask("ledger", "verify")["head"])
    database = city.home / "state" / "gateway.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM ledger_entry")
        connection.execute("DELETE FROM ledger_head")

    assert "truncated at entry 0" in city.run("ledger", "verify").stdout
    (city.home / "state" / "ledger-heads.json").unlink()
    assert "Whole: 0 entries" in city.run("ledger", "verify").stdout
    assert "truncated" in city.run("ledger", "verify", "--head", head).stdout


def test_a_file_of_heads_that_somebody_wrote_in_is_refused_by_name(city: Place) -> None:
    city.ask("ledger", "verify")
    heads = city.home / "state" / "ledger-heads.json"

    for content in ("{", '{"1": "zz"}', '{"1": "00"}', '{"x": "' + "0" * 64 + '"}'):
        heads.write_text(content, "utf-8")
        assert refusal(city, "ledger", "verify") == "ledger_heads_file"


def test_a_head_that_is_none_is_a_usage_error(city: Place) -> None:
    assert city.run("ledger", "verify", "--head", "7").exit_code == 2


def test_only_the_first_and_the_newest_heads_are_kept(city: Place) -> None:

    heads = FileHeads(path=city.home / "state" / "ledger-heads.json")
    for seq in range(1, MAX_HEADS + 4):
        heads.note(Head(seq=seq, hash=bytes([seq]) * 32), Timestamp(0))

    kept = [each.seq for each in heads.noted()]
    assert (len(kept), kept[0], kept[1], kept[-1]) == (MAX_HEADS, 1, 5, MAX_HEADS + 3)


KID: Final = "QtGg0HkqcpKxVnEPEvPXUb4mLDCXJOQ4mVPQbuJk_-8"
LEAF: Final = "https://credit.jiaxing.example"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (LEAF, "嘉兴 Jiaxing"),
        (f"{LEAF}#{KID}", "嘉兴 Jiaxing QtGg0Hkq…"),
        (KID, "QtGg0Hkq…"),
        ("issuing", "issuing"),
    ],
)
def test_what_waits_is_said_by_name_on_80_columns_with_what_people_type_whole(
    target: str, said: str
) -> None:
    waits = Proposal(
        id="5f0a3c7e",
        act="ratify.partner.key_blocked",
        target=target,
        facts={"by": "staff:lin", "due": NOON + 3600},
        proposed_by="staff:demo-operator",
        proposed_at=NOON,
        expires_at=Timestamp(NOON + 30 * DAY),
    )
    unfinished = replace(waits, state=ProposalState.UNFINISHED, facts={})
    done = replace(waits, state=ProposalState.DONE)

    screen = console_text(listed([waits, unfinished, done], agreement(), NOON))

    assert "5f0a3c7e ratify.partner.key_blocked " in screen
    assert all(word in screen for word in said.split())
    assert "60 min left" in screen
    assert "unfinished," in screen
    assert "overdue" in console_text(listed([waits], agreement(), Timestamp(NOON + DAY)))


def console_text(answer: Answer) -> str:
    console = Console(width=80, file=StringIO(), color_system=None)
    with console.capture() as caught:
        console.print(answer.screen)
    return " ".join(caught.get().split())
