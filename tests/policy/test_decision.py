import pytest

from gateway.ids import ScenarioId, Tier, Timestamp, VenueId
from gateway.policy.catalogue import Catalogue
from gateway.policy.decision import Decision, decide_general
from tests.policy.builders import (
    AGREEMENT,
    JAN_2026,
    NOON,
    Raw,
    catalogue_raw,
    city_raw,
    offer_raw,
    parse,
    terms_raw,
)

HOTEL = "lodging.hotel"
GYM = "fitness.gym"
SIGHT = "travel.attraction"
MONTHLY: Raw = {"count": 1, "every": 1, "unit": "month"}
FREE: Raw = {"min_tier": 3, "kind": "free_admission"}


def decide(
    catalogue: Catalogue,
    tier: int = 1,
    scenario: str = HOTEL,
    venue: str | None = None,
    now: int = NOON,
) -> Decision:
    return decide_general(
        catalogue,
        tier=Tier(tier),
        scenario=ScenarioId(scenario),
        venue=None if venue is None else VenueId(venue),
        now=Timestamp(now),
    )


def ids(decision: Decision) -> list[str]:
    return [offer.id for offer in decision.offers]


def wenzhou() -> Catalogue:
    return Catalogue.parse(
        city_raw()["catalogue"],
        agreement=AGREEMENT,
        open_scenarios=AGREEMENT.open_scenarios(frozenset()),
    )


@pytest.mark.parametrize(
    ("tier", "scenario", "granted"),
    [
        (1, SIGHT, []),
        (2, SIGHT, ["attraction-half"]),
        (3, SIGHT, ["attraction-free"]),
        (1, HOTEL, []),
        (2, HOTEL, ["hotel-deposit"]),
        (3, HOTEL, ["hotel-deposit"]),
        (1, "dining.restaurant", ["dining-discount"]),
        (1, GYM, ["gym-discount"]),
        (3, GYM, ["gym-discount"]),
    ],
)
def test_wenzhou_grants_visitors_what_it_published(
    tier: int, scenario: str, granted: list[str]
) -> None:
    decision = decide(wenzhou(), tier, scenario)

    assert (ids(decision), decision.hint) == (granted, None)


@pytest.mark.parametrize(("tier", "granted"), [(1, []), (2, ["hotel-discount"])])
def test_an_offer_starts_at_its_tier(tier: int, granted: list[str]) -> None:
    catalogue = parse(offer_raw(terms_raw(min_tier=2)))

    assert ids(decide(catalogue, tier)) == granted


@pytest.mark.parametrize(
    ("now", "count"),
    [(NOON - 1, 0), (NOON, 1), (NOON + 99, 1), (NOON + 100, 0)],
    ids=["before", "first second", "last second", "end"],
)
def test_an_offer_holds_from_its_first_second_to_before_its_end(now: int, count: int) -> None:
    catalogue = parse(offer_raw(valid_from=NOON, valid_until=NOON + 100))

    assert len(decide(catalogue, now=now).offers) == count


@pytest.mark.parametrize(("now", "count"), [(NOON - 1, 0), (NOON, 1)])
def test_nothing_is_granted_before_the_catalogue_is_in_force(now: int, count: int) -> None:
    raw = catalogue_raw(offer_raw(valid_from=JAN_2026), valid_from=NOON)
    catalogue = Catalogue.parse(
        raw, agreement=AGREEMENT, open_scenarios=AGREEMENT.open_scenarios(frozenset())
    )

    decision = decide(catalogue, now=now)

    assert (len(decision.offers), decision.hint) == (count, None)


@pytest.mark.parametrize(("venue", "count"), [("a", 1), ("b", 1), ("c", 0), (None, 0)])
def test_an_offer_of_certain_venues_holds_only_there(venue: str | None, count: int) -> None:
    catalogue = parse(offer_raw(venues=["a", "b"]))

    assert len(decide(catalogue, venue=venue).offers) == count


@pytest.mark.parametrize("venue", ["a", None])
def test_an_offer_without_venues_holds_everywhere(venue: str | None) -> None:
    assert len(decide(parse(offer_raw()), venue=venue).offers) == 1


def test_an_offer_of_a_whole_is_not_asked_for_at_a_part() -> None:
    catalogue = parse(offer_raw())

    assert ids(decide(catalogue, scenario=f"{HOTEL}.suite")) == []


def test_where_only_a_quota_offer_exists_a_scenario_code_is_hinted_at() -> None:
    catalogue = parse(offer_raw(terms_raw(quota=MONTHLY)))

    decision = decide(catalogue)

    assert (ids(decision), decision.hint) == ([], "scenario_code")


def test_beside_another_offer_a_quota_offer_is_not_hinted_at() -> None:
    catalogue = parse(
        offer_raw(id="plain"),
        offer_raw(terms_raw(quota=MONTHLY), id="ticket", scenario=f"{HOTEL}.ticket"),
    )

    decision = decide(catalogue)

    assert (ids(decision), decision.hint) == (["plain"], None)


def test_a_quota_offer_out_of_reach_is_not_hinted_at() -> None:
    catalogue = parse(offer_raw(terms_raw(quota=MONTHLY, min_tier=2)))

    assert decide(catalogue, tier=1).hint is None


def test_of_overlapping_prices_the_guest_gets_the_best() -> None:
    catalogue = parse(
        offer_raw(id="half", scenario=f"{SIGHT}.half"),
        offer_raw(FREE, id="free", scenario=f"{SIGHT}.free"),
    )

    granted = [ids(decide(catalogue, tier, SIGHT)) for tier in (2, 3)]

    assert granted == [["half"], ["free"]]


def test_of_equal_offers_the_first_is_granted() -> None:
    catalogue = parse(offer_raw(id="b"), offer_raw(id="a"), offer_raw(id="c"))

    assert ids(decide(catalogue)) == ["b"]


def test_prices_that_cannot_be_compared_are_both_granted() -> None:
    catalogue = parse(
        offer_raw(id="off"), offer_raw(terms_raw(kind="fixed_price", value=100), id="fixed")
    )

    assert ids(decide(catalogue)) == ["off", "fixed"]


def test_a_price_and_a_gift_are_both_granted() -> None:
    catalogue = parse(offer_raw(id="off"), offer_raw(terms_raw(kind="gift", value=None), id="gift"))

    assert ids(decide(catalogue)) == ["off", "gift"]


def test_a_better_price_that_needs_a_connection_leaves_the_other_one() -> None:
    catalogue = parse(
        offer_raw(id="offline"),
        offer_raw(terms_raw(value="0.50"), id="online", offline="online_only"),
    )

    assert ids(decide(catalogue)) == ["offline", "online"]


def test_a_better_price_with_exceptions_leaves_the_other_one() -> None:
    holidays = [{"zh": "节假日除外", "en": "Not on holidays"}]
    better = terms_raw(value="0.50")

    kept = parse(offer_raw(id="always"), offer_raw(better, id="mostly", exclusions=holidays))
    replaced = parse(
        offer_raw(id="always", exclusions=holidays),
        offer_raw(better, id="mostly", exclusions=holidays),
    )

    assert ids(decide(kept)) == ["always", "mostly"]
    assert ids(decide(replaced)) == ["mostly"]
