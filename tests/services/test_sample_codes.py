"""The test issuer: each of its codes gets its outcome from the real steps, in a demo only."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.codes import reading
from gateway.codes.errors import NotACodeError
from gateway.ids import TEST_ISSUER, ScenarioId, Timestamp, UnverifiedText
from gateway.services.sample_codes import (
    CODE_S,
    SampleCodes,
    WithTestIssuer,
    granting,
    signer_of,
)
from gateway.services.verdicts import Hint, Outcome, Verdict
from tests.world import (
    DAY,
    HOTEL,
    JINHUA,
    NOON,
    PHASE_1,
    RESTAURANT,
    WENZHOU,
    City,
    Desk,
    Trust,
    catalogue,
    keyring_of,
    merchant,
)

SIGNER = signer_of(bytes(range(64)))
SAMPLES = SampleCodes(
    signer=SIGNER, city=WENZHOU.code, scenario=RESTAURANT, policy_version=catalogue().version
)


def demo_desk() -> Desk:
    desk = Desk(JINHUA.issuer())
    desk.verify = replace(desk.verify, trust=WithTestIssuer(desk.trust, SIGNER.public, PHASE_1))
    return desk


def show(desk: Desk, text: str, *, at: int = NOON, request_id: str | None = None) -> Verdict:
    shown = desk.showing(text, RESTAURANT, request_id=request_id)
    return desk.verify.verify(shown, merchant(), Timestamp(at))


REASONS = {
    Outcome.RECOGNISED: "recognised",
    Outcome.NO_BENEFIT: "other_destination",
    Outcome.PRESENT_AGAIN: "code_life",
    Outcome.NOT_A_CODE: "not_a_code",
    Outcome.UNDETERMINED: "status_unlisted",
}


@pytest.mark.parametrize("outcome", Outcome)
def test_each_code_gets_its_outcome_from_the_step_that_gives_it_to_real_ones(
    outcome: Outcome,
) -> None:
    verdict = show(demo_desk(), SAMPLES.make(NOON)[outcome])

    assert (verdict.outcome, verdict.reason) == (outcome, REASONS[outcome])


@pytest.mark.parametrize("outcome", Outcome)
def test_each_code_keeps_its_outcome_for_an_hour_but_for_the_one_that_is_used_up(
    outcome: Outcome,
) -> None:
    text = SAMPLES.make(NOON)[outcome]

    assert show(demo_desk(), text, at=NOON + CODE_S - 1).outcome is outcome


def test_a_recognised_one_is_burned_recorded_and_answered_again_like_any_other() -> None:
    desk = demo_desk()
    text = SAMPLES.make(NOON)[Outcome.RECOGNISED]

    first = show(desk, text, request_id="r-1")
    repeated = show(desk, text, request_id="r-1")
    second = show(desk, text, request_id="r-2")

    assert repeated == first
    assert second.outcome is Outcome.PRESENT_AGAIN
    (record,) = desk.log.records.values()
    assert (record.issuer, record.key_id) == (TEST_ISSUER, SIGNER.public.kid)


def test_two_batches_share_no_code() -> None:
    assert not set(SAMPLES.make(NOON).values()) & set(SAMPLES.make(NOON).values())


def test_the_test_issuer_is_no_reason_to_call_trust_old() -> None:
    desk = demo_desk()

    verdict = show(desk, SAMPLES.make(Timestamp(NOON + 60))[Outcome.RECOGNISED], at=NOON + 60)

    assert verdict.trust_age_s == 60


def test_a_change_of_trust_is_seen_at_once() -> None:
    trust = Trust(keyring_of())
    joined = WithTestIssuer(trust, SIGNER.public, PHASE_1)
    before = joined.keyring

    trust.keyring = keyring_of(JINHUA.issuer(), clock_doubtful=True)

    assert JINHUA.code not in before.issuers
    assert {JINHUA.code, TEST_ISSUER} <= set(joined.keyring.issuers)
    assert joined.keyring.clock_doubtful
    assert joined.keyring is joined.keyring


@pytest.mark.parametrize("outcome", set(Outcome) - {Outcome.NOT_A_CODE})
def test_production_answers_as_for_a_city_that_never_was_a_member(outcome: Outcome) -> None:
    desk = Desk(JINHUA.issuer())

    verdict = show(desk, SAMPLES.make(NOON)[outcome])

    assert (verdict.outcome, verdict.reason, verdict.hint) == (
        Outcome.NOT_A_CODE,
        "not_a_member",
        Hint.NOT_A_MEMBER,
    )
    assert not desk.log.burned_tags


ATTACKS: dict[str, Callable[[], str]] = {
    "a city's key signs as the test issuer": City(TEST_ISSUER, JINHUA.signer).show,
    "the test key signs as a city": City(JINHUA.code, SIGNER).show,
    "the test key signs as this city": City(WENZHOU.code, SIGNER).show,
    "another city's test key": City(TEST_ISSUER).show,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_the_test_key_speaks_for_the_test_issuer_alone(name: str) -> None:
    verdict = show(demo_desk(), ATTACKS[name]())

    assert (verdict.outcome, verdict.reason) == (Outcome.PRESENT_AGAIN, "no_key")


def test_a_key_is_the_same_for_the_same_secret_and_another_for_another() -> None:
    assert signer_of(bytes(range(64))).public == SIGNER.public
    assert signer_of(bytes(64)).public != SIGNER.public


def test_the_codes_are_of_form_1_but_for_the_one_that_is_none() -> None:
    samples = SAMPLES.make(NOON)

    issuers = {
        reading.read(UnverifiedText(text)).claims.issuer
        for outcome, text in samples.items()
        if outcome is not Outcome.NOT_A_CODE
    }

    assert issuers == {TEST_ISSUER}
    with pytest.raises(NotACodeError):
        reading.read(UnverifiedText(samples[Outcome.NOT_A_CODE]))


def test_a_scenario_is_granting_if_the_best_tier_gets_something_there_now() -> None:
    nothing = ScenarioId("fitness.gym.monthly")

    assert granting(catalogue(), (nothing, HOTEL, RESTAURANT), NOON) == HOTEL
    assert granting(catalogue(), (nothing,), NOON) is None
    assert granting(catalogue(), PHASE_1, Timestamp(NOON - 20 * 365 * DAY)) is None
