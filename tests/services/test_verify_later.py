from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.codes.claims import StatusReference
from gateway.errors import UnavailableError
from gateway.ids import OfferId, RequestId, ScenarioId, Timestamp, UnverifiedText, VenueId
from gateway.policy.catalogue import index_of
from gateway.policy.offers import Offer, Offline
from gateway.policy.stops import NOTHING_STOPPED, Stop, offer_target
from gateway.services.catalogue_view import FileVersions
from gateway.services.ports import Recorded, Showing, StoredAnswer
from gateway.services.verdicts import Outcome, Presentation, Verdict
from gateway.services.verify_later import LATEST_S, VerifyLater
from gateway.services.void import VoidGrant, VoidTooLateError
from gateway.trust.states import PartnerState
from tests.world import (
    DAY,
    HOTEL,
    HOUR,
    HUZHOU,
    JINHUA,
    MINUTE,
    NOON,
    RESTAURANT,
    WENZHOU,
    City,
    Desk,
    MemoryLog,
    agreement,
    catalogue,
    keyring_of,
    merchant,
)

LATER = NOON + 10 * HOUR
"""When the network is back."""


def desk_of(*offers: Offer) -> Desk:
    """Return a desk of a city that has these offers; without any, as it is configured."""
    desk = Desk(JINHUA.issuer())
    if offers:
        stated = replace(catalogue(), offers=offers, by_scenario=index_of(offers))
        versions = FileVersions.of(stated, agreement().scenarios)
        desk.verify = replace(desk.verify, catalogues=versions)
    return desk


def offer_at(scenario: ScenarioId) -> Offer:
    return next(each for each in catalogue().offers if each.scenario == scenario)


def scan(
    text: str,
    request_id: str = "r-1",
    *,
    at: int = NOON,
    scenario: ScenarioId = RESTAURANT,
    venue: str | None = None,
) -> Presentation:
    return Presentation(
        text=UnverifiedText(text),
        scenario=scenario,
        venue=None if venue is None else VenueId(venue),
        request_id=RequestId(request_id),
        scanned_at=Timestamp(at),
    )


def upload(desk: Desk, *items: Presentation, at: int = LATER, since: int = 0) -> list[str]:
    """Return what becomes of each: its outcome and reason, or the code of its problem."""
    became = VerifyLater(verify=desk.verify).verify_all(
        items, merchant(), Timestamp(since), Timestamp(at)
    )
    return [
        f"{each.outcome} {each.reason}" if isinstance(each, Verdict) else each.code
        for each in became
    ]


RECOGNISED = "recognised recognised"
USED = "present_again already_used"
LATE = "scanned_at_refused"


def test_a_code_that_was_granted_offline_is_recorded_with_the_minute_of_its_scan() -> None:
    desk = desk_of()

    (verdict,) = VerifyLater(verify=desk.verify).verify_all(
        [scan(JINHUA.show(), at=NOON + 70)], merchant(), Timestamp(0), Timestamp(LATER)
    )

    assert isinstance(verdict, Verdict)
    assert (verdict.outcome, verdict.checked) == (Outcome.RECOGNISED, "later")
    (record,) = desk.log.records.values()
    assert record.checked == "later"
    assert record.at_minute == NOON + MINUTE
    assert desk.tally.reasons == {}


def test_a_repeat_of_an_upload_gets_the_same_answers_and_writes_nothing() -> None:
    desk = desk_of()
    items = [scan(JINHUA.show(), f"r-{number}") for number in range(3)]
    use = VerifyLater(verify=desk.verify)

    first = use.verify_all(items, merchant(), Timestamp(0), Timestamp(LATER))
    again = use.verify_all(items, merchant(), Timestamp(0), Timestamp(LATER + HOUR))
    late = use.verify_all(items, merchant(), Timestamp(0), Timestamp(NOON + LATEST_S + DAY))

    assert [_receipt(each) for each in first] == [_receipt(each) for each in again]
    assert [_receipt(each) for each in first] == [_receipt(each) for each in late]
    assert len(desk.log.records) == 3


def _receipt(became: object) -> str:
    assert isinstance(became, Verdict)
    assert became.receipt is not None
    return became.receipt


def test_one_that_comes_twice_in_an_upload_is_one_showing() -> None:
    desk = desk_of()
    item = scan(JINHUA.show())

    became = upload(desk, item, item, replace(item, request_id=RequestId("r-2")))

    assert became == [RECOGNISED, RECOGNISED, USED]
    assert len(desk.log.records) == 1
    assert desk.tally.reasons == {"later_already_used": 1}


def test_a_code_that_was_used_elsewhere_meanwhile_is_a_conflict_that_is_only_counted() -> None:
    desk = desk_of()
    text = JINHUA.show()
    desk.verify.verify(desk.showing(text), merchant(), NOON)

    became = upload(desk, scan(text))

    assert became == [USED]
    assert desk.tally.reasons == {"later_already_used": 1}
    assert len(desk.log.records) == 1


def test_a_showing_whose_answer_was_lost_may_be_uploaded_under_the_same_request() -> None:
    desk = desk_of()
    text = JINHUA.show()
    shown = desk.showing(text, request_id="r-1")
    first = desk.verify.verify(shown, merchant(), NOON)

    (again,) = VerifyLater(verify=desk.verify).verify_all(
        [scan(text, "r-1")], merchant(), Timestamp(0), Timestamp(LATER)
    )

    assert isinstance(again, Verdict)
    assert again == replace(first, trust_age_s=again.trust_age_s)


@pytest.mark.parametrize(
    ("scanned_at", "became"),
    [
        (NOON - 61, "present_again code_life"),
        (NOON - 60, RECOGNISED),
        (NOON + 89, RECOGNISED),
        (NOON + 90, "present_again code_life"),
    ],
)
def test_the_scan_lies_inside_the_life_of_the_code(scanned_at: int, became: str) -> None:
    desk = desk_of()

    assert upload(desk, scan(JINHUA.show(), at=scanned_at)) == [became]


@pytest.mark.parametrize(
    ("now", "became"),
    [
        (NOON - 61, LATE),
        (NOON - 60, RECOGNISED),
        (NOON + 72 * HOUR, RECOGNISED),
        (NOON + 72 * HOUR + 1, LATE),
    ],
)
def test_the_scan_is_not_ahead_of_time_and_not_over_72_hours_ago(now: int, became: str) -> None:
    desk = desk_of()
    desk.trust.keyring = keyring_of(JINHUA.issuer(statements_expire_at=Timestamp(NOON + 9 * DAY)))

    assert upload(desk, scan(JINHUA.show()), at=now) == [became]


def test_a_scan_that_is_said_to_be_ahead_counts_as_now() -> None:
    desk = desk_of()
    ahead = JINHUA.show(at=Timestamp(NOON + 61))

    assert upload(desk, scan(ahead, at=NOON + 60), at=NOON) == ["present_again code_life"]
    assert upload(desk, scan(JINHUA.show(), at=NOON + 60), at=NOON) == [RECOGNISED]
    (record,) = desk.log.records.values()
    assert record.at_minute <= NOON


@pytest.mark.parametrize(("since", "became"), [(NOON, RECOGNISED), (NOON + 1, LATE)])
def test_nobody_scanned_before_the_till_was_there(since: int, became: str) -> None:
    assert upload(desk_of(), scan(JINHUA.show()), since=since) == [became]


def test_a_wrong_time_is_answered_alike_for_every_text() -> None:
    desk = desk_of()
    used = JINHUA.show()
    upload(desk, scan(used, "r-0"))
    forged = City(JINHUA.code).show()
    texts = [used, forged, JINHUA.show(), "no code"]

    became = upload(
        desk, *(scan(text, f"r-{n}", at=NOON - 99 * HOUR) for n, text in enumerate(texts, 1))
    )

    assert became == [LATE] * 4
    assert desk.tally.reasons == {}


def test_a_bound_request_that_comes_too_late_brings_another_code_in_by_no_door() -> None:
    desk = desk_of()
    upload(desk, scan(JINHUA.show()))
    late = NOON + 72 * HOUR + 1

    assert upload(desk, scan(JINHUA.show()), at=late) == ["request_id_reused"]


def test_a_request_that_is_forgotten_while_it_is_asked_for_is_too_late() -> None:
    class Forgetful(MemoryLog):
        asked = 0

        def stored_answer(self, request_tag: bytes) -> StoredAnswer | None:
            self.asked += 1
            return super().stored_answer(request_tag) if self.asked < 3 else None

    desk, item = desk_of(), scan(JINHUA.show(life_s=3600))
    desk.trust.keyring = keyring_of(JINHUA.issuer(statements_expire_at=Timestamp(NOON + 9 * DAY)))
    desk.log = Forgetful()
    desk.verify = replace(desk.verify, log=desk.log)
    upload(desk, item)

    assert upload(desk, item, at=NOON + 72 * HOUR + 1) == [LATE]


def killed(desk: Desk) -> None:
    desk.trust.keyring = keyring_of(JINHUA.issuer(JINHUA.key(public=HUZHOU.signer.public)))


def held_down(desk: Desk) -> None:
    key = JINHUA.key(usable_from=Timestamp(NOON + HOUR))
    desk.trust.keyring = keyring_of(JINHUA.issuer(key))


def ended_since(desk: Desk) -> None:
    key = JINHUA.key(expires_at=Timestamp(NOON + HOUR))
    desk.trust.keyring = keyring_of(JINHUA.issuer(key))


def suspended(desk: Desk) -> None:
    desk.trust.keyring = keyring_of(JINHUA.issuer(state=PartnerState.SUSPENDED))


def doubtful(desk: Desk) -> None:
    desk.trust.keyring = keyring_of(JINHUA.issuer(), clock_doubtful=True)


def stopped(desk: Desk) -> None:
    stop = Stop(
        target=offer_target(offer_at(RESTAURANT).id), reason="mistake", by="console:x", at=NOON
    )
    desk.verify = replace(desk.verify, stops=NOTHING_STOPPED.with_stop(stop))


SINCE_THEN: dict[str, tuple[Any, str]] = {
    "its key was killed since": (killed, "present_again no_key"),
    "its key was still held down": (held_down, "present_again key_not_usable"),
    "its key has ended since, as planned": (ended_since, RECOGNISED),
    "its city was suspended since": (suspended, "undetermined issuer_not_active"),
    "our clock is disputed": (doubtful, "undetermined clock_doubtful"),
    "the offer was stopped since": (stopped, "no_benefit no_offer"),
}


@pytest.mark.parametrize("name", SINCE_THEN)
def test_what_people_decided_since_counts_and_what_time_did_does_not(name: str) -> None:
    change, became = SINCE_THEN[name]
    desk = desk_of()
    change(desk)

    assert upload(desk, scan(JINHUA.show())) == [became]


def test_a_pause_takes_nothing_back_that_was_granted_before_it() -> None:
    desk = desk_of()
    offer = offer_at(RESTAURANT).id
    resting = merchant(paused=frozenset({offer}))

    here = desk.verify.verify(desk.showing(JINHUA.show()), resting, NOON)
    (later,) = VerifyLater(verify=desk.verify).verify_all(
        [scan(JINHUA.show())], resting, Timestamp(0), Timestamp(LATER)
    )

    assert here.outcome is Outcome.NO_BENEFIT
    assert isinstance(later, Verdict)
    assert later.outcome is Outcome.RECOGNISED


def test_a_thief_who_dates_a_code_back_finds_the_killed_key_dead() -> None:
    desk = desk_of()
    killed(desk)
    back = JINHUA.show(at=Timestamp(NOON - DAY))

    assert upload(desk, scan(back, at=NOON - DAY)) == ["present_again no_key"]


def test_a_code_with_a_status_is_judged_by_the_list_of_now() -> None:
    desk = desk_of()
    uri = "https://credit.jinhua.example/status/1"
    text = JINHUA.show(
        life_s=DAY,
        status=StatusReference(index=7, uri=uri),
        tier=None,
        destination=WENZHOU.code,
        scenario=HOTEL,
        policy_version="2026.1",
    )

    assert upload(desk, scan(text, scenario=HOTEL)) == ["undetermined status_unlisted"]


def test_what_needs_a_connection_is_not_granted_later() -> None:
    desk = desk_of(replace(offer_at(RESTAURANT), offline=Offline.ONLINE_ONLY))

    assert upload(desk, scan(JINHUA.show())) == ["no_benefit online_only"]
    assert desk.log.burned_tags == set()


def test_of_several_offers_those_are_granted_that_needed_no_connection() -> None:
    first = offer_at(RESTAURANT)
    second = replace(
        offer_at(HOTEL), scenario=RESTAURANT, offline=Offline.ONLINE_ONLY, id=OfferId("other")
    )
    desk = desk_of(first, second)

    assert upload(desk, scan(JINHUA.show())) == [RECOGNISED]
    assert [each.offers for each in desk.log.records.values()] == [(f"{first.id}@1",)]


def test_one_bad_item_never_loses_the_others() -> None:
    desk = desk_of()
    bound = scan(JINHUA.show(), "bound")
    upload(desk, bound)
    items = [
        scan(JINHUA.show(), "r-1"),
        scan(JINHUA.show(), "bound"),
        scan("no code", "r-2"),
        scan(JINHUA.show(), "r-3", at=0),
        scan(WENZHOU.show(), "r-4"),
    ]

    became = upload(desk, *items)

    assert became == [RECOGNISED, "request_id_reused", "not_a_code not_a_code", LATE, RECOGNISED]


def test_a_scenario_or_venue_that_is_not_the_merchants_says_so_for_every_text() -> None:
    desk = desk_of()
    used = JINHUA.show()
    upload(desk, scan(used, "r-0"))

    items = [scan(used, "r-1", venue="hall"), scan("x", "r-2", venue="hall")]

    assert upload(desk, *items) == ["no_benefit merchant_scenario"] * 2
    assert desk.tally.reasons == {"later_merchant_scenario": 2}


class Gone(MemoryLog):
    """A database that answers, and is gone when something is to be written."""

    def record_all(self, showings: Sequence[Showing]) -> tuple[Recorded, ...]:
        raise UnavailableError("gone")


class Silent(MemoryLog):
    """A database that does not even answer."""

    def stored_answer(self, request_tag: bytes) -> StoredAnswer | None:
        raise UnavailableError("gone")


@pytest.mark.parametrize("log", [Gone(), Silent()])
@pytest.mark.parametrize("at", [NOON, NOON - 99 * HOUR])
def test_without_a_database_everything_may_come_again(log: MemoryLog, at: int) -> None:
    desk = desk_of()
    desk.verify = replace(desk.verify, log=log)

    became = upload(desk, scan(JINHUA.show(), at=at))

    expected = LATE if isinstance(log, Gone) and at < NOON else "undetermined unavailable"
    assert became == [expected]


def void(desk: Desk, *, at: int) -> None:
    (receipt,) = desk.log.records
    use = VoidGrant(log=desk.log, tags=desk.verify.tags)
    use.void(UnverifiedText(receipt), merchant(), None, Timestamp(at))


def test_what_came_later_can_be_voided_for_15_minutes_after_its_scan_and_no_longer() -> None:
    desk = desk_of()
    upload(desk, scan(JINHUA.show()), at=NOON + 5 * MINUTE)

    void(desk, at=NOON + 15 * MINUTE)

    assert [each.voided for each in desk.log.records.values()] == [True]
    with pytest.raises(VoidTooLateError):
        void(desk, at=NOON + 17 * MINUTE)


def test_a_repeat_of_an_upload_that_was_voided_meanwhile_asks_for_another_code() -> None:
    desk = desk_of()
    item = scan(JINHUA.show())
    upload(desk, item, at=NOON + MINUTE)
    void(desk, at=NOON + 2 * MINUTE)

    assert upload(desk, item) == [USED]


def test_nothing_uploaded_writes_nothing() -> None:
    desk = desk_of()

    assert upload(desk) == []


def test_an_offer_with_a_quota_is_granted_without_the_city_by_no_till_whatever_it_says() -> None:
    monthly = ScenarioId("fitness.gym.monthly")
    said = replace(offer_at(monthly), offline=Offline.GRANT)
    desk = desk_of(said)
    text = JINHUA.show(
        tier=None,
        destination=WENZHOU.code,
        scenario=monthly,
        policy_version=catalogue().version,
        ticket="A" * 22,
    )

    assert said.quota is not None
    assert said.unlogged is Offline.ONLINE_ONLY
    assert upload(desk, scan(text, scenario=monthly)) == ["no_benefit online_only"]
    assert desk.log.burned_tags == set()
    here = desk.verify.verify(desk.showing(text, scenario=monthly), merchant(), NOON)
    assert here.outcome is Outcome.RECOGNISED
