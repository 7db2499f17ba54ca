import pytest
from rich.console import Console
from rich.text import Text

from gateway.cli.answer import Answer
from gateway.cli.partner_answers import with_leaf
from gateway.cli.partner_lines import entity_of, heard, name_of, partner_json, state_of
from gateway.cli.partner_reports import sync_code
from gateway.ids import EntityId
from gateway.services.partner_status import PartnerStatus
from gateway.services.partner_sync import SyncReport
from gateway.trust.freshness import Freshness
from gateway.trust.states import PartnerState
from tests.world import agreement

ANCHOR, LEAF = EntityId("https://x.example/anchor"), EntityId("https://x.example")


@pytest.mark.parametrize("name", ["jiaxing", "Jiaxing", "嘉兴", "330400"])
def test_a_city_is_named_in_any_of_its_ways(name: str) -> None:
    assert entity_of(agreement(), name) == "https://credit.jiaxing.example"


def test_what_the_agreement_does_not_know_stays_as_it_is() -> None:
    assert entity_of(agreement(), LEAF) == name_of(agreement(), LEAF) == LEAF


@pytest.mark.parametrize(
    ("problems", "code"),
    [
        ((), 0),
        ((None, None), 0),
        ((None, "fetch_connect"), 3),
        (("fetch_connect", "trust_rollback"), 1),
        (("trust_partner_row_tampered",), 1),
    ],
)
def test_a_sync_ends_by_what_went_wrong(problems: tuple[str | None, ...], code: int) -> None:
    assert sync_code(_report(problem) for problem in problems) == code


def test_a_leaf_that_was_not_signed_is_said_once() -> None:
    decided = Answer(data={"state": "suspended"}, screen=Text("Jiaxing is suspended."))

    said = with_leaf(decided, "vault_missing: gone")

    assert said.data["leaf_not_signed"] == "vault_missing: gone"
    printed = _printed(said)
    assert printed.count("is in force") == 1
    assert printed.rstrip().endswith("run `federation publish` later.")
    assert "in force" not in _printed(with_leaf(decided, None))


def _printed(answer: Answer) -> str:
    console = Console(width=400)
    with console.capture() as capture:
        console.print(answer.screen)
    return capture.get()


def test_a_row_that_this_city_did_not_sign_has_no_state_of_a_partner() -> None:
    broken = PartnerStatus(anchor=ANCHOR, leaf=LEAF, state=None)

    assert state_of(broken) == partner_json(broken, agreement())["state"] == "tampered"
    assert heard(broken) == "never"


@pytest.mark.parametrize(
    ("freshness", "said"),
    [(Freshness.FRESH, "30 s ago"), (Freshness.LATE, "30 s ago, late")],
)
def test_lateness_is_said_and_freshness_is_not(freshness: Freshness, said: str) -> None:
    status = PartnerStatus(
        anchor=ANCHOR, leaf=LEAF, state=PartnerState.ACTIVE, age_s=30, freshness=freshness
    )

    assert heard(status) == said


def _report(problem: str | None) -> SyncReport:
    return SyncReport(
        anchor=ANCHOR, state=None, freshness=None, outcomes=(), alarms=(), problem=problem
    )
