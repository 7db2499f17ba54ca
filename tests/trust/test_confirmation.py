from dataclasses import replace

import pytest

from gateway.trust.confirmation import Answered, Verdict, answered, challenged
from gateway.trust.errors import ConfirmationError, TransitionError
from gateway.trust.record import AgreementRecord
from gateway.trust.safety import pick
from gateway.trust.states import PartnerState
from tests.trust.cities import NOON, wenzhou

RECORD = AgreementRecord(pins=wenzhou().pins())
HALF = RECORD.pins.half()
DRAW = (0, 2, 5)
REST = (1, 3, 4)
WRONG = tuple(f"{(int(group) + 1) % 100000:05d}" for group in HALF)


def _first() -> AgreementRecord:
    asked = challenged(RECORD, "Li", DRAW)
    return answered(asked, "Li", pick(HALF, DRAW), NOON).record


def _answer(record: AgreementRecord, officer: str, *, right: bool) -> Answered:
    assert record.challenge is not None
    return answered(record, officer, pick(HALF if right else WRONG, record.challenge.groups), NOON)


def test_two_officers_with_different_groups_confirm_a_candidate() -> None:
    first = answered(challenged(RECORD, "Li", DRAW), "Li", pick(HALF, DRAW), NOON)
    asked = challenged(first.record, "Wang", DRAW)
    second = answered(asked, "Wang", pick(HALF, REST), NOON)

    assert first.verdict is Verdict.FIRST
    assert first.record.state is PartnerState.CANDIDATE
    assert asked.challenge is not None
    assert asked.challenge.groups == REST
    assert second.verdict is Verdict.CONFIRMED
    assert second.record.state is PartnerState.CONFIRMED
    assert [done.officer for done in second.record.confirmations] == ["Li", "Wang"]
    assert [done.at for done in second.record.confirmations] == [NOON, NOON]


@pytest.mark.parametrize("same", ["Li", "li", " Li ", "L i", "\uff2ci", "staff:li", "officer:Li"])
def test_the_second_officer_is_another_person(same: str) -> None:
    with pytest.raises(ConfirmationError):
        challenged(_first(), same, DRAW)


def test_spaces_around_groups_do_not_matter() -> None:
    asked = challenged(RECORD, "Li", DRAW)
    spaced = [f" {group}\n" for group in pick(HALF, DRAW)]

    assert answered(asked, "Li", spaced, NOON).verdict is Verdict.FIRST


def test_the_right_groups_in_another_order_are_wrong() -> None:
    asked = challenged(RECORD, "Li", DRAW)

    assert answered(asked, "Li", pick(HALF, (5, 2, 0)), NOON).verdict is Verdict.WRONG


def test_the_third_wrong_answer_voids_all_that_was_confirmed() -> None:
    record = challenged(_first(), "Wang", DRAW)
    verdicts: list[Verdict] = []
    for _ in range(2):
        answer = _answer(record, "Wang", right=False)
        verdicts.append(answer.verdict)
        record = answer.record
    void = _answer(record, "Wang", right=False)

    assert verdicts == [Verdict.WRONG, Verdict.WRONG]
    assert void.verdict is Verdict.VOID
    assert void.record.challenge is None
    assert void.record.confirmations == ()
    assert void.record.state is PartnerState.CANDIDATE


def test_the_right_answer_after_two_wrong_ones_counts() -> None:
    record = challenged(RECORD, "Li", DRAW)
    for _ in range(2):
        record = _answer(record, "Li", right=False).record

    assert _answer(record, "Li", right=True).verdict is Verdict.FIRST


def test_asking_again_brings_the_same_groups_and_forgets_no_wrong_answer() -> None:
    record = _answer(challenged(RECORD, "Li", DRAW), "Li", right=False).record

    again = challenged(record, "Li", REST)
    other = challenged(record, "Wang", REST)

    assert again == record
    assert other.challenge is not None
    assert (other.challenge.officer, other.challenge.groups) == ("Wang", REST)
    assert other.challenge.wrong == 1


@pytest.mark.parametrize(
    "answers", [(), ("11111",) * 2, ("11111",) * 4, ("1111", "11111", "11111"), ("a" * 5,) * 3]
)
def test_what_is_no_answer_is_not_counted_as_wrong(answers: tuple[str, ...]) -> None:
    with pytest.raises(ConfirmationError):
        answered(challenged(RECORD, "Li", DRAW), "Li", answers, NOON)


def test_only_the_officer_who_was_asked_answers() -> None:
    asked = challenged(RECORD, "Li", DRAW)

    with pytest.raises(ConfirmationError):
        answered(asked, "Wang", pick(HALF, DRAW), NOON)
    with pytest.raises(ConfirmationError):
        answered(RECORD, "Li", pick(HALF, DRAW), NOON)


@pytest.mark.parametrize("officer", ["", " ", "a\nb", "x" * 65])
def test_an_officer_has_a_name(officer: str) -> None:
    with pytest.raises(ConfirmationError):
        challenged(RECORD, officer, DRAW)


@pytest.mark.parametrize("draw", [(0, 1), (0, 1, 1), (0, 1, 6), (-1, 0, 1), (0, 1, 2, 3)])
def test_three_different_groups_are_drawn(draw: tuple[int, ...]) -> None:
    with pytest.raises(ConfirmationError):
        challenged(RECORD, "Li", draw)


def test_a_draw_of_four_with_a_repetition_is_refused() -> None:
    with pytest.raises(ConfirmationError):
        challenged(RECORD, "Li", (0, 1, 2, 2))


def test_only_a_candidate_is_compared() -> None:
    active = replace(RECORD, state=PartnerState.ACTIVE)

    with pytest.raises(TransitionError):
        challenged(active, "Li", DRAW)
    with pytest.raises(TransitionError):
        answered(active, "Li", pick(HALF, DRAW), NOON)
