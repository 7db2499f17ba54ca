"""Offline packs: which codes, for whom, and what is durable before one is signed."""

from dataclasses import replace

import pytest

from gateway.codes import reading
from gateway.codes.claims import CreditClaims
from gateway.errors import UnavailableError
from gateway.ids import Timestamp, UnverifiedText
from gateway.policy.stops import NOTHING_STOPPED
from gateway.services.errors import IssuingStoppedError
from gateway.services.issue import NoIncentive
from gateway.services.issue_pack import (
    PACK_CODE_LIFE_S,
    PACK_SLOTS,
    PER_SLOT,
    SLOT_S,
    IssuePack,
    Pack,
    pack_end,
)
from gateway.services.verdicts import Outcome
from tests.services.test_issue import (
    PERSON,
    GoneLog,
    Office,
    Watched,
    assessed,
    gives,
    key_of,
    own_key,
)
from tests.world import DAY, HOTEL, NOON, WENZHOU, Desk, Trust, merchant

LAST_END = Timestamp(NOON + DAY + 60)


@pytest.fixture
def office() -> Office:
    return Office(people={PERSON: assessed()})


def packed(office: Office, now: Timestamp = NOON, **other: object) -> Pack:
    pack = IssuePack(issue=office.issue(**other)).pack(PERSON, now)
    assert isinstance(pack, Pack)
    return pack


def claims(pack: Pack) -> list[CreditClaims]:
    return [reading.read(UnverifiedText(text)).claims for text in pack.texts]


def test_a_pack_has_two_codes_for_each_half_hour_of_a_day(office: Office) -> None:
    pack = packed(office)

    found = claims(pack)
    assert (pack.start, len(found)) == (NOON, 96)
    assert [each.issued_at for each in found] == [
        NOON + slot * SLOT_S for slot in range(PACK_SLOTS) for _ in range(PER_SLOT)
    ]
    assert {each.expires_at - each.issued_at for each in found} == {PACK_CODE_LIFE_S} == {1860}
    assert {(each.issuer, each.tier, each.status) for each in found} == {(WENZHOU.code, 2, None)}


def test_no_two_codes_of_two_packs_have_an_id_in_common(office: Office) -> None:
    found = [*claims(packed(office)), *claims(packed(office))]

    assert len({each.code_id for each in found}) == 2 * 96


@pytest.mark.parametrize(("after_s", "slots"), [(0, 0), (1, 0), (SLOT_S - 1, 0), (SLOT_S, 1)])
def test_slots_begin_at_the_same_seconds_for_everybody(
    office: Office, after_s: int, slots: int
) -> None:
    now = Timestamp(NOON + after_s)

    pack = packed(office, now)

    assert pack.start == NOON + slots * SLOT_S
    assert pack_end(now) == claims(pack)[-1].expires_at == LAST_END + slots * SLOT_S


def test_all_codes_are_counted_in_one_row_before_the_first_signature(office: Office) -> None:
    watched = Watched(WENZHOU.signer, lambda: office.events.append("signed"))

    packed(office, key=gives(key_of(watched)))

    assert office.events == ["read", "counted", *["signed"] * 96]
    ((_, _, kind, tier, version, codes),) = office.rows
    assert (kind, tier, version, codes) == ("pack", 2, "2020-04", 96)


def test_without_its_day_row_nothing_is_signed(office: Office) -> None:
    gone = UnavailableError("the database is gone")

    with pytest.raises(UnavailableError) as caught:
        packed(office, log=GoneLog(gone))

    assert caught.value is gone
    assert office.events == ["read"]


def test_a_person_without_a_tier_gets_no_pack_and_is_not_counted() -> None:
    office = Office()

    assert IssuePack(issue=office.issue()).pack(PERSON, NOON) == NoIncentive()
    assert office.events == ["read"]


def test_an_officer_s_stop_ends_packs_as_well(office: Office) -> None:
    with pytest.raises(IssuingStoppedError):
        packed(office, stops=replace(NOTHING_STOPPED, issuing=True))

    assert office.events == []


def test_the_code_key_must_outlive_the_last_code(office: Office) -> None:
    packed(office, trust=Trust(own_key(expires_at=LAST_END)()))

    with pytest.raises(IssuingStoppedError, match="at its end"):
        packed(office, trust=Trust(own_key(expires_at=LAST_END - 1)()))


@pytest.mark.parametrize(
    ("after_s", "outcome"),
    [
        (-61, Outcome.PRESENT_AGAIN),
        (-60, Outcome.RECOGNISED),
        (0, Outcome.RECOGNISED),
        (PACK_CODE_LIFE_S - 1, Outcome.RECOGNISED),
        (PACK_CODE_LIFE_S, Outcome.PRESENT_AGAIN),
    ],
)
def test_a_counter_takes_a_code_in_its_slot_and_a_minute_around_it(
    office: Office, after_s: int, outcome: Outcome
) -> None:
    text = packed(office).texts[2 * PER_SLOT]
    desk = Desk()
    at = Timestamp(NOON + 2 * SLOT_S + after_s)

    assert desk.verify.verify(desk.showing(text, HOTEL), merchant(), at).outcome is outcome
