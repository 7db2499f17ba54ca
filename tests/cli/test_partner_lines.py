from dataclasses import replace

import pytest
from rich.console import Console
from rich.text import Text

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.partner_answers import with_leaf
from gateway.cli.partner_lines import (
    entity_of,
    heard,
    kind,
    name_of,
    partner_json,
    pushed,
    state_of,
)
from gateway.cli.partner_reports import key_line, probed, sync_code
from gateway.ids import EntityId, KeyId, Timestamp
from gateway.services.event_ports import Pushes
from gateway.services.partner_keys import KeyShown, KeyState
from gateway.services.partner_status import PartnerStatus
from gateway.services.partner_sync import SyncReport
from gateway.services.probe import ProbeReport, ProbeStep, StepTried
from gateway.trust.freshness import Freshness
from gateway.trust.states import PartnerState
from tests.world import NOON, agreement

ANCHOR, LEAF = EntityId("https://x.example/anchor"), EntityId("https://x.example")
MOMENT = layout.moment(NOON)


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
    ("pushes", "said"),
    [
        (Pushes(), ""),
        (Pushes(heard_at=NOON), ""),
        (Pushes(sent_at=NOON), MOMENT),
        (Pushes(owed=True, sending=True), "never; the newest is being sent"),
        (
            Pushes(owed=True, sending=True, error="fetch_timeout"),
            "never; the newest is being sent: fetch_timeout",
        ),
        (
            Pushes(sent_at=NOON, owed=True, error="push_404"),
            f"{MOMENT}; the newest was given up: push_404",
        ),
    ],
)
def test_the_last_push_is_said_with_what_became_of_the_newest(pushes: Pushes, said: str) -> None:
    assert pushed(pushes) == said


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


STEP = StepTried(step=ProbeStep.PARTNER, problem=None, took_ms=0.1)


def _probe_report(problem: str | None, steps: int) -> ProbeReport:
    tried = [replace(STEP, step=step) for step in list(ProbeStep)[:steps]]
    if problem:
        tried[-1] = replace(tried[-1], problem=problem)
    return ProbeReport(anchor=ANCHOR, steps=tuple(tried), lists_us=None, told_at=None)


@pytest.mark.parametrize(
    ("problem", "steps", "code", "said"),
    [
        (None, len(ProbeStep), 0, "can be verified here"),
        ("fetch_connect", 2, 3, "gave no code to try, so nobody can tell: fetch_connect"),
        ("no_key", 5, 1, "are refused: no_key"),
    ],
)
def test_a_probe_says_how_far_it_came(
    problem: str | None, steps: int, code: int, said: str
) -> None:
    answer = probed(agreement(), _probe_report(problem, steps))

    assert answer.exit_code == code
    assert said in _printed(answer)


def test_a_key_is_shown_with_its_time_where_it_has_one() -> None:
    ahead = KeyShown(
        kid=KeyId("k" * 43),
        role="code",
        state=KeyState.AHEAD,
        usable_from=Timestamp(0),
        expires_at=Timestamp(1),
    )

    assert key_line(ahead).startswith("not yet in use, from 1970-01-01")
    assert key_line(replace(ahead, state=KeyState.IN_USE)).startswith("in use until 1970-01-01")
    assert key_line(replace(ahead, state=KeyState.BLOCKED)) == "blocked here"


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ((True, True), "issues and verifies"),
        ((True, False), "issues only"),
        ((False, True), "verifies only"),
        ((None, None), ""),
    ],
)
def test_a_kind_of_membership_is_said(roles: tuple[bool | None, bool | None], said: str) -> None:
    issues, verifies = roles
    status = PartnerStatus(anchor=ANCHOR, leaf=LEAF, state=None, issues=issues, verifies=verifies)

    assert kind(status) == said
