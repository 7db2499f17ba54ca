from dataclasses import replace

import pytest

from gateway.ids import KeyId, ScenarioId
from gateway.trust.decisions import Block, Decision
from gateway.trust.errors import (
    AnchorKeysError,
    RatificationError,
    RecordError,
    TransitionError,
)
from gateway.trust.record import AgreementRecord
from gateway.trust.states import PartnerState
from tests.trust.cities import DAY, HOTEL, NOON, at, wenzhou

CANDIDATE = AgreementRecord(pins=wenzhou().pins())
CONFIRMED = replace(CANDIDATE, state=PartnerState.CONFIRMED)
ACTIVE = replace(CANDIDATE, state=PartnerState.ACTIVE)
SCENARIOS = frozenset({HOTEL})


def test_a_confirmed_partner_is_accepted_with_scenarios_and_an_end() -> None:
    record = CONFIRMED.accepted(SCENARIOS, at(DAY), NOON)

    assert record.state is PartnerState.ACTIVE
    assert record.scenarios == SCENARIOS
    assert record.until == at(DAY)


def test_a_candidate_is_not_accepted_without_comparing() -> None:
    with pytest.raises(TransitionError):
        CANDIDATE.accepted(SCENARIOS, at(DAY), NOON)


@pytest.mark.parametrize(
    "scenarios",
    [
        frozenset[ScenarioId](),
        frozenset({ScenarioId("hotel")}),
        frozenset({ScenarioId("gov.service")}),
        frozenset({HOTEL, ScenarioId("Lodging.hotel")}),
        frozenset({ScenarioId("lodging.hotel\n")}),
        frozenset(ScenarioId(f"a.b{i}") for i in range(257)),
    ],
)
def test_odd_scenarios_are_not_agreed(scenarios: frozenset[ScenarioId]) -> None:
    with pytest.raises(RecordError):
        CONFIRMED.accepted(scenarios, at(DAY), NOON)


def test_256_scenarios_may_be_agreed() -> None:
    many = frozenset(ScenarioId(f"a.b{i}") for i in range(256))

    assert CONFIRMED.accepted(many, at(DAY), NOON).scenarios == many


def test_an_agreement_ends_in_the_future() -> None:
    assert CONFIRMED.accepted(SCENARIOS, at(1), NOON).until == at(1)
    with pytest.raises(RecordError):
        CONFIRMED.accepted(SCENARIOS, NOON, NOON)


def test_a_move_keeps_who_and_why() -> None:
    record = ACTIVE.moved(PartnerState.SUSPENDED, reason="r" * 500, officer="o" * 64)

    assert (record.reason, record.decided_by) == ("r" * 500, "o" * 64)


@pytest.mark.parametrize(
    ("reason", "officer"),
    [("r" * 501, "o"), ("r", "o" * 65), ("\u202e", "o"), ("r", "a\nb"), (" ", "o")],
)
def test_who_and_why_are_plain_text(reason: str, officer: str) -> None:
    with pytest.raises(RecordError):
        ACTIVE.moved(PartnerState.SUSPENDED, reason=reason, officer=officer)


def test_an_anchor_is_pinned_with_two_keys() -> None:
    pins = wenzhou().pins()

    assert len(pins.half()) == 6
    with pytest.raises(AnchorKeysError):
        replace(pins, anchor_keys=pins.anchor_keys[:1]).half()


KID = KeyId("k" * 43)
LI = Decision(officer="Li", reason="key lost", at=NOON)


def test_a_stop_is_ratified_by_another_officer_once() -> None:
    stopped = ACTIVE.moved(PartnerState.SUSPENDED, reason="key lost", officer="Li", now=NOON)

    ratified = stopped.stop_ratified("Wang")

    assert stopped.stop() == LI
    assert ratified.stop() == replace(LI, ratified_by="Wang")
    with pytest.raises(RatificationError, match="already"):
        ratified.stop_ratified("Zhao")
    again = ratified.moved(PartnerState.DISPUTED, reason="two leaves", officer="Zhao", now=at(1))
    assert again.ratified_by == ""


@pytest.mark.parametrize("spelling", ["Li", "li ", "\uff2c\uff29", "staff:li", "officer:Li"])
def test_one_officer_under_two_spellings_does_not_ratify_himself(spelling: str) -> None:
    stopped = ACTIVE.moved(PartnerState.SUSPENDED, reason="key lost", officer="Li", now=NOON)
    blocked = ACTIVE.key_blocked(KID, Block(since=NOON, decision=LI))

    with pytest.raises(RatificationError, match="another officer"):
        stopped.stop_ratified(spelling)
    with pytest.raises(RatificationError, match="another officer"):
        blocked.block_ratified(KID, spelling)


def test_there_is_nothing_to_ratify_where_nobody_did_anything() -> None:
    with pytest.raises(RatificationError, match="nobody stopped"):
        ACTIVE.stop_ratified("Wang")
    with pytest.raises(RatificationError, match="nobody blocked"):
        ACTIVE.block_ratified(KID, "Wang")


def test_a_key_is_blocked_ratified_and_unblocked() -> None:
    block = Block(since=at(-DAY), decision=LI)

    blocked = ACTIVE.key_blocked(KID, block)

    assert blocked.blocked == {KID: block}
    assert blocked.block_ratified(KID, "Wang").blocked[KID].decision.ratified_by == "Wang"
    assert blocked.key_unblocked(KID) == ACTIVE
    with pytest.raises(RecordError, match="blocked already"):
        blocked.key_blocked(KID, block)
    with pytest.raises(RecordError, match="not blocked"):
        ACTIVE.key_unblocked(KID)


def test_a_key_is_blocked_since_a_moment_that_has_been() -> None:
    assert ACTIVE.key_blocked(KID, Block(since=NOON, decision=LI)).blocked
    with pytest.raises(RecordError, match="has been"):
        ACTIVE.key_blocked(KID, Block(since=at(1), decision=LI))


@pytest.mark.parametrize(
    "decision",
    [
        replace(LI, officer=""),
        replace(LI, reason=""),
        replace(LI, reason="r" * 501),
        replace(LI, officer="a\nb"),
    ],
)
def test_nobody_blocks_a_key_without_name_and_reason(decision: Decision) -> None:
    with pytest.raises(RecordError):
        ACTIVE.key_blocked(KID, Block(since=NOON, decision=decision))
