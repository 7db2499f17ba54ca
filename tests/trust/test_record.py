from dataclasses import replace

import pytest

from gateway.ids import ScenarioId
from gateway.trust.errors import AnchorKeysError, RecordError, TransitionError
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
