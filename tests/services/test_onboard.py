"""From an application to a merchant with a file."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.clock import day_number
from gateway.errors import GatewayError
from gateway.ids import MerchantId, ScenarioId, VenueId
from gateway.services.audit import Acting
from gateway.services.merchant_files import Commitment, MerchantFile, shared_codes
from gateway.services.merchant_offers import offers_of
from gateway.services.onboard import Application, OnboardMerchants
from gateway.services.ports import Venue
from gateway.storage.store import Store
from tests.services.desks import merchant_desk
from tests.world import (
    ATTRACTION,
    DAY,
    GYM,
    HOTEL,
    NOON,
    RESTAURANT,
    catalogue,
    merchant,
    working_days,
)

ACTING = Acting(by="console:tester", at=NOON)
TODAY = date(2027, 1, 15)
M1 = MerchantId("m-1")
FITS, OFF = "91350100M000100Y43", "91350100M000100Y44"


@pytest.fixture
def desk(store: Store) -> OnboardMerchants:
    merchants = merchant_desk(store)
    return OnboardMerchants(rows=store.merchant_files, desk=merchants, days=working_days())


def asked(**other: object) -> Application:
    members: dict[str, object] = {"merchant": merchant(), "uscc": FITS}
    return Application(**(members | other))  # type: ignore[arg-type]  # builder of tests


REFUSED: dict[str, tuple[Application, str]] = {
    "a code of another form": (asked(uscc="9135"), "uscc_malformed"),
    "a code that does not fit, without a reason": (asked(uscc=OFF), "uscc_reason"),
    "a reason in two lines": (asked(uscc=OFF, uscc_reason="a\nb"), "merchant_refused"),
    "a merchant that cannot be": (
        asked(merchant=merchant(id=MerchantId("Bad"))),
        "merchant_refused",
    ),
    "due too far ahead": (asked(due=TODAY + timedelta(days=367)), "commitment_day"),
    "due before the agreement": (asked(due=date(2019, 12, 31)), "commitment_day"),
    "back tomorrow": (asked(returned=TODAY + timedelta(days=1)), "commitment_day"),
    "back before the agreement": (asked(returned=date(2019, 12, 31)), "commitment_day"),
}


def test_a_merchant_is_stored_with_its_file_and_has_ten_working_days(
    desk: OnboardMerchants, store: Store
) -> None:
    file = desk.enrol(asked(), ACTING)

    assert file == MerchantFile(uscc=FITS, commitment_due=date(2027, 1, 29))
    assert store.merchants.get(M1) == merchant()
    assert store.merchant_files.get(M1) == file
    (entry,) = store.ledger.read()
    assert entry.details is not None
    assert (entry.act, entry.details.facts["uscc"]) == ("merchant.added", FITS)
    assert entry.details.facts["due"] == "2027-01-29"


def test_a_code_that_does_not_fit_is_taken_with_a_reason_that_is_kept(
    desk: OnboardMerchants,
) -> None:
    file = desk.enrol(asked(uscc=OFF, uscc_reason="as on the licence, seen"), ACTING)

    assert (file.uscc, file.uscc_reason) == (OFF, "as on the licence, seen")


def test_a_reason_for_a_code_that_fits_is_not_kept(desk: OnboardMerchants) -> None:
    assert desk.enrol(asked(uscc_reason="why not"), ACTING).uscc_reason is None


def test_a_business_without_a_code_takes_part(desk: OnboardMerchants) -> None:
    assert desk.enrol(asked(uscc=""), ACTING).uscc is None


def test_a_commitment_that_is_back_already_is_due_no_more(desk: OnboardMerchants) -> None:
    file = desk.enrol(asked(returned=TODAY), ACTING)

    assert (file.commitment_due, file.commitment_returned) == (None, TODAY)
    assert file.commitment(TODAY) is Commitment.RETURNED


@pytest.mark.parametrize("case", REFUSED)
def test_an_application_is_refused_and_nothing_is_stored(
    desk: OnboardMerchants, store: Store, case: str
) -> None:
    application, code = REFUSED[case]

    with pytest.raises(GatewayError) as caught:
        desk.enrol(application, ACTING)

    assert caught.value.code == code
    assert store.merchants.list_all() == ()
    assert list(store.ledger.read()) == []


def test_many_are_stored_at_once_or_not_at_all(desk: OnboardMerchants, store: Store) -> None:
    other = asked(merchant=merchant(id=MerchantId("m-2")))
    desk.enrol(other, ACTING)

    with pytest.raises(GatewayError) as caught:
        desk.enrol_all([asked(), other], ACTING)

    assert caught.value.code == "storage_conflict"
    assert [each.id for each in store.merchants.list_all()] == ["m-2"]
    desk.enrol_all([asked(), asked(merchant=merchant(id=MerchantId("m-3")))], ACTING)
    desk.enrol_all([], ACTING)
    assert len(store.merchants.list_all()) == len(list(store.ledger.read())) == 3


def test_a_file_is_changed_in_parts(desk: OnboardMerchants, store: Store) -> None:
    store.merchants.add(merchant(), ACTING.note("merchant.added", "m-1"))
    assert store.merchant_files.get(M1) == MerchantFile()

    desk.set_commitment(M1, TODAY, None, ACTING)
    desk.set_uscc(M1, OFF.lower(), "as on the licence", ACTING)
    desk.set_commitment(M1, TODAY, TODAY, ACTING)

    expected = MerchantFile(
        uscc=OFF,
        uscc_reason="as on the licence",
        commitment_due=TODAY,
        commitment_returned=TODAY,
    )
    assert store.merchant_files.list_all() == {M1: expected}
    desk.set_uscc(M1, "", "", ACTING)
    assert store.merchant_files.get(M1).uscc is None
    assert [each.act for each in store.ledger.read()][1:] == [
        *("merchant.commitment_set", "merchant.uscc_set"),
        *("merchant.commitment_set", "merchant.uscc_set"),
    ]


@pytest.mark.parametrize("gone", [False, True])
def test_who_is_no_merchant_or_was_removed_has_no_file(
    desk: OnboardMerchants, store: Store, *, gone: bool
) -> None:
    if gone:
        store.merchants.add(merchant(), ACTING.note("merchant.added", "m-1"))
        desk.desk.remove(M1, "has left", ACTING)
    changes: tuple[Callable[[], None], ...] = (
        lambda: desk.set_uscc(M1, FITS, "", ACTING),
        lambda: desk.set_commitment(M1, TODAY, None, ACTING),
    )

    for change in changes:
        with pytest.raises(GatewayError) as caught:
            change()
        assert caught.value.code == "merchant_unknown"
    assert store.merchant_files.list_all() == {}


def test_a_commitment_is_overdue_the_day_after() -> None:
    file = MerchantFile(commitment_due=TODAY)

    assert file.commitment(TODAY) is Commitment.PENDING
    assert file.commitment(TODAY + timedelta(days=1)) is Commitment.OVERDUE
    assert MerchantFile().commitment(TODAY) is Commitment.NONE


def test_a_code_of_two_merchants_is_told_apart() -> None:
    files = {
        MerchantId("a"): MerchantFile(uscc=FITS),
        MerchantId("b"): MerchantFile(uscc=OFF),
        MerchantId("c"): MerchantFile(uscc=FITS),
        MerchantId("d"): MerchantFile(),
        MerchantId("e"): MerchantFile(),
    }

    assert shared_codes(files) == {FITS}


# --- which offers it takes part in


HALL = VenueId("hall")


def _found(scenarios: frozenset[ScenarioId], *venues: Venue) -> dict[str, list[str] | None]:
    offers = [
        replace(each, venues=frozenset({HALL})) if each.scenario == RESTAURANT else each
        for each in catalogue().offers
        if each.valid_from < NOON + DAY
    ]
    found = offers_of(merchant(scenarios=scenarios, venues=venues), offers)
    return {
        each.offer.id: None if each.venues is None else [venue.id for venue in each.venues]
        for each in found
    }


def _venue(name: str, *scenarios: ScenarioId) -> Venue:
    return Venue(id=VenueId(name), name=name, scenarios=frozenset(scenarios) or None)


def test_a_merchant_takes_part_in_every_offer_of_its_scenarios() -> None:
    assert _found(frozenset({HOTEL})) == {"hotel-deposit": None}
    assert set(_found(frozenset({ATTRACTION}))) == {"attraction-half", "attraction-free"}
    assert set(_found(frozenset({ScenarioId("travel.attraction.free")}))) == {"attraction-free"}


def test_an_offer_of_certain_venues_is_for_these_only() -> None:
    assert _found(frozenset({RESTAURANT})) == {}
    assert _found(frozenset({RESTAURANT}), _venue("other")) == {}
    assert _found(frozenset({RESTAURANT}), _venue("other"), _venue("hall")) == {
        "dining-discount": ["hall"]
    }


def test_a_venue_with_scenarios_of_its_own_takes_part_in_those() -> None:
    found = _found(frozenset({HOTEL, GYM}), _venue("hall", HOTEL), _venue("all"))

    assert found["hotel-deposit"] is None
    assert [each for each in found.values() if each] == [["all"]] * (len(found) - 1)


def test_overdue_commitments_are_counted_without_what_came_back_and_who_was_removed(
    desk: OnboardMerchants, store: Store
) -> None:
    days = {"m-1": 14, "m-2": 13, "m-3": 12, "m-4": 15}
    for name, day in days.items():
        desk.enrol(
            asked(merchant=merchant(id=MerchantId(name), venues=()), due=date(2027, 1, day)), ACTING
        )
    desk.set_commitment(MerchantId("m-3"), date(2027, 1, 12), TODAY, ACTING)
    before = store.merchant_files.overdue(day_number(TODAY))
    desk.desk.remove(MerchantId("m-2"), "has left", ACTING)

    assert before == (2, day_number(date(2027, 1, 13)))
    assert store.merchant_files.overdue(day_number(TODAY)) == (1, day_number(date(2027, 1, 14)))
    assert store.merchant_files.overdue(0) == (0, 0)
