"""``citizens revoke``: the person comes in by stdin and goes out nowhere."""

import json

import pytest

from gateway.app.composition import open_city
from gateway.ids import Timestamp
from gateway.settings import load
from tests.cli.places import Place, object_of

PERSON = "illustrative-42"
SHEET = "ABCDEFGHIJKLMNOP"


@pytest.fixture
def issued(city: Place) -> Place:
    """Return a city in which a person was given a sheet of six codes."""
    with open_city(load(city.environ)) as opened:
        pseudonym = opened.tags.subject_pseudonym(PERSON)
        end = Timestamp(opened.clock.now() + 86_400)
        opened.status_lists.indexes.allocate(pseudonym, SHEET, end, 6)
    return city


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_person_from_stdin_loses_every_code_and_is_named_nowhere(issued: Place, end: str) -> None:
    result = issued.run("citizens", "revoke", "--json", given=PERSON + end)

    assert object_of(result.stdout) == {"revoked": 6, "signed": True, "problem": None}
    ledger = issued.run("ledger", "list", "--json").stdout
    assert "status.person_revoked" in ledger
    assert PERSON not in result.output + ledger


def test_a_sheet_is_revoked_by_its_name(issued: Place) -> None:
    first = issued.run("citizens", "revoke", "--sheet", SHEET)
    second = issued.run("citizens", "revoke", "--sheet", SHEET, "--json")

    assert first.exit_code == 0
    assert "are revoked: 6" in first.stdout
    assert "no way back" in first.stdout
    assert second.exit_code == 1
    assert object_of(second.stdout)["error"]


@pytest.mark.parametrize("given", ["", "two words", "x" * 300])
def test_what_is_no_person_is_refused_and_not_repeated(issued: Place, given: str) -> None:
    result = issued.run("citizens", "revoke", "--json", given=given)

    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "subject_form"
    assert not given or given not in result.output
