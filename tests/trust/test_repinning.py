"""An anchor key of a partner vanishes, is stolen, or is replaced."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.errors import GatewayError, TrustError
from gateway.ids import KeyId
from gateway.jose.keys import SoftwareSigner, generate
from gateway.trust.confirmation import Verdict
from gateway.trust.cycle import Result
from gateway.trust.record import AgreementRecord
from gateway.trust.repinning import (
    Known,
    answered_anew,
    asked_anew,
    new_pair,
    restored,
    unpinned,
)
from gateway.trust.safety import pick
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role, TrustedCity
from tests.trust.cities import (
    DAY,
    HOTEL,
    NOON,
    City,
    accepted,
    at,
    codes,
    offered,
    signed,
    wenzhou,
)

PARTNER = wenzhou()
K1, K1S, FRESH = PARTNER.k1, PARTNER.k1s, generate()
RECORD = AgreementRecord(
    pins=PARTNER.pins(), state=PartnerState.ACTIVE, scenarios=frozenset({HOTEL}), until=at(DAY)
)


def kid(signer: SoftwareSigner) -> KeyId:
    return signer.public.kid


def anchor_by(signer: SoftwareSigner, *announced: SoftwareSigner, now: int = NOON + 1) -> str:
    statement = PARTNER.anchor_configuration(now)
    return signed(replace(statement, keys=tuple(key.public for key in announced)), signer)


def subordinate_by(signer: SoftwareSigner, now: int = NOON + 1) -> str:
    return signed(PARTNER.subordinate_statement(now), signer)


def replaced(stays: SoftwareSigner = K1, new: SoftwareSigner = FRESH) -> TrustedCity:
    """Return the city after it announced a new key under the one that stays."""
    city = accepted(PARTNER.known(), Role.ANCHOR, anchor_by(stays, stays, new), NOON + 1).city
    return accepted(city, Role.SUBORDINATE, subordinate_by(stays), NOON + 1).city


def compared(
    record: AgreementRecord, city: TrustedCity, officer: str, answers: tuple[str, ...] | None = None
) -> Known:
    asked = asked_anew(record, city, officer, (0, 2, 4), NOON)
    assert asked.repin is not None
    assert asked.repin.challenge is not None
    half = replace(asked.pins, anchor_keys=asked.repin.keys).half()
    heard = answers or pick(half, asked.repin.challenge.groups)
    done = answered_anew(asked, city, officer, heard, NOON)
    return done.record, done.city


def repinned() -> Known:
    record, city = compared(RECORD, replaced(), "Li")
    return compared(record, city, "Wang")


def test_two_officers_put_a_new_pair_in_place_of_the_old() -> None:
    record, city = compared(RECORD, replaced(), "Li")
    assert record.pins == RECORD.pins
    record, city = compared(record, city, "Wang")

    assert record.pins.anchor_kids == city.pins.anchor_kids == {kid(K1), kid(FRESH)}
    assert (record.state, record.repin) == (PartnerState.ACTIVE, None)
    assert record.removed_anchor == {kid(K1S)}
    assert city.expires_at() == at(DAY)
    by_fresh = accepted(city, Role.ANCHOR, anchor_by(FRESH, K1, FRESH, now=NOON + 9), NOON + 9)
    assert by_fresh.alarms == ()


def test_both_officers_are_asked_about_the_new_half_and_for_other_groups() -> None:
    record, city = compared(RECORD, replaced(), "Li")
    assert record.repin is not None
    [first] = record.repin.confirmations

    second = asked_anew(record, city, "Wang", (0, 1, 2), NOON).repin

    assert second is not None
    assert second.challenge is not None
    assert not set(first.groups) & set(second.challenge.groups)
    old = pick(RECORD.pins.half(), second.challenge.groups)
    wrong = answered_anew(
        asked_anew(record, city, "Wang", (0, 1, 2), NOON), city, "Wang", old, NOON
    )
    assert wrong.verdict is Verdict.WRONG


def test_one_officer_under_two_spellings_is_no_second_one() -> None:
    record, city = compared(RECORD, replaced(), "Li")

    with pytest.raises(TrustError, match="another person"):
        asked_anew(record, city, "staff:li ", (0, 1, 2), NOON)


def test_three_wrong_answers_void_what_was_compared_and_change_no_pin() -> None:
    record, city = compared(RECORD, replaced(), "Li")
    for _ in range(3):
        record, city = compared(record, city, "Wang", ("00000",) * 3)

    assert record.repin is not None
    assert record.repin.confirmations == ()
    assert record.pins == RECORD.pins


def test_a_pair_that_changes_while_it_is_compared_begins_anew() -> None:
    record, _ = compared(RECORD, replaced(), "Li")
    other = replaced(new=generate())

    with pytest.raises(TrustError, match="not asked about these keys"):
        answered_anew(record, other, "Wang", ("00000",) * 3, NOON)
    anew = asked_anew(record, other, "Li", (0, 1, 2), NOON)
    assert anew.repin is not None
    assert anew.repin.confirmations == ()


def test_nobody_answers_who_was_not_asked() -> None:
    with pytest.raises(TrustError, match="not asked about these keys"):
        answered_anew(RECORD, replaced(), "Li", ("00000",) * 3, NOON)


def test_a_key_that_was_taken_out_never_returns() -> None:
    record, city = repinned()
    back = accepted(city, Role.ANCHOR, anchor_by(K1, K1, K1S, now=NOON + 9), NOON + 9)

    assert "trust_anchor_key_announced" in codes(back)
    with pytest.raises(TrustError, match="never returns"):
        new_pair(record, back.city, at(9))
    signed_by_it = offered(city, Role.ANCHOR, anchor_by(K1S, K1, K1S, now=NOON + 9), NOON + 9)
    assert (signed_by_it.result, signed_by_it.refusal) == (
        Result.REFUSED,
        "trust_unknown_signer",
    )


NO_PAIR: dict[str, Callable[[], tuple[AgreementRecord, TrustedCity]]] = {
    "nothing new is announced": lambda: (RECORD, PARTNER.known()),
    "the pinned pair is announced anew": lambda: (
        RECORD,
        accepted(PARTNER.known(), Role.ANCHOR, anchor_by(K1, K1, K1S), NOON + 1).city,
    ),
    "three keys are announced": lambda: (
        RECORD,
        accepted(PARTNER.known(), Role.ANCHOR, anchor_by(K1, K1, K1S, FRESH), NOON + 1).city,
    ),
    "the statement on the leaf is by the key that vanished": lambda: (
        RECORD,
        accepted(PARTNER.known(), Role.ANCHOR, anchor_by(K1S, K1S, FRESH), NOON + 1).city,
    ),
    "nothing was ever accepted": lambda: (RECORD, TrustedCity.first(PARTNER.pins())),
    "the partner is a candidate": lambda: (
        replace(RECORD, state=PartnerState.CANDIDATE),
        replaced(),
    ),
    "the partner has left": lambda: (replace(RECORD, state=PartnerState.LEFT), replaced()),
}


@pytest.mark.parametrize("what", NO_PAIR)
def test_a_new_pair_is_compared_only_under_the_key_that_stays(what: str) -> None:
    record, city = NO_PAIR[what]()

    with pytest.raises(GatewayError) as caught:
        new_pair(record, city, NOON)

    assert caught.value.code in {"trust_repin", "trust_anchor_keys"}


def test_an_anchor_configuration_that_ran_out_brings_no_pair() -> None:
    with pytest.raises(TrustError, match="sync first"):
        new_pair(RECORD, replaced(), at(91 * DAY))


# Stolen and vanished keys


def stolen() -> TrustedCity:
    """Return what is believed after a thief of K1 has dropped K1s."""
    return accepted(PARTNER.known(), Role.ANCHOR, anchor_by(K1, K1, generate()), NOON + 1).city


def test_stolen_k1_that_drops_k1s_suspends_it_at_once_and_brings_no_pair_by_itself() -> None:
    update = accepted(PARTNER.known(), Role.ANCHOR, anchor_by(K1, K1, generate()), NOON + 1)

    assert codes(update) == ["trust_anchor_key_vanished", "trust_anchor_key_announced"]
    assert update.city.history.suspended_anchor == {kid(K1S)}
    assert update.city.pins == PARTNER.pins()


def test_two_officers_give_the_city_back_to_the_key_that_was_not_stolen() -> None:
    record, city = restored(RECORD, stolen(), kid(K1S))
    record, city = unpinned(record, city, kid(K1))
    assert city.expires_at() == 0

    again = offered(city, Role.ANCHOR, anchor_by(K1, K1, K1S, now=NOON + 5), NOON + 5)
    assert again.refusal == "trust_suspended_signer"
    city = accepted(city, Role.ANCHOR, anchor_by(K1S, K1S, FRESH, now=NOON + 9), NOON + 9).city
    city = accepted(city, Role.SUBORDINATE, subordinate_by(K1S, NOON + 9), NOON + 9).city
    record, city = compared(record, city, "Li")
    record, city = compared(record, city, "Wang")

    assert record.pins.anchor_kids == {kid(K1S), kid(FRESH)}
    assert record.removed_anchor == {kid(K1)}


def test_a_vanished_key_is_made_permanent() -> None:
    record, city = unpinned(RECORD, stolen(), kid(K1S))

    assert record.removed_anchor == city.history.suspended_anchor == {kid(K1S)}
    with pytest.raises(TrustError, match="never returns"):
        restored(record, city, kid(K1S))
    with pytest.raises(TrustError, match="no pinned key"):
        unpinned(record, city, kid(K1S))


REFUSED: dict[str, Callable[[], object]] = {
    "the last key that stands": lambda: unpinned(RECORD, stolen(), kid(K1)),
    "no pinned key": lambda: unpinned(RECORD, stolen(), kid(FRESH)),
    "is suspended": lambda: restored(RECORD, stolen(), kid(K1)),
    "id is suspended": lambda: restored(RECORD, PARTNER.known(), kid(K1S)),
    "has left": lambda: restored(replace(RECORD, state=PartnerState.LEFT), stolen(), kid(K1S)),
    "or has left": lambda: unpinned(
        replace(RECORD, state=PartnerState.CONFIRMED), stolen(), kid(K1S)
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_would_leave_nothing_or_change_nothing_is_refused(what: str) -> None:
    with pytest.raises(TrustError, match=what):
        REFUSED[what]()


def test_ss_by_another_citys_k1_is_refused() -> None:
    other = City(division=PARTNER.division, leaf=PARTNER.leaf)

    update = offered(PARTNER.known(), Role.SUBORDINATE, subordinate_by(other.k1), NOON + 1)

    assert (update.result, update.refusal) == (Result.REFUSED, "trust_unknown_signer")
