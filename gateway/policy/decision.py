"""From tier, scenario and venue to what is granted now (docs/protocol/verification.md, step 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.ids import OfferId, ScenarioId, Tier, Timestamp, VenueId
from gateway.policy.benefit import at_least_as_good
from gateway.policy.catalogue import Catalogue
from gateway.policy.offers import Offer, Offline


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a guest is granted; there is nothing else to say about a guest.

    Attributes:
        offers: Offers to grant, in the order of the catalogue; may be empty.
        hint: ``scenario_code`` if nothing is granted, but a scenario code would get an offer.
    """

    offers: tuple[Offer, ...]
    hint: Literal["scenario_code"] | None


def decide_general(  # noqa: PLR0913  (each is a question of step 8)
    catalogue: Catalogue,
    *,
    tier: Tier,
    scenario: ScenarioId,
    venue: VenueId | None,
    now: Timestamp,
    stopped: frozenset[OfferId] = frozenset(),
) -> Decision:
    """Return what the holder of a general code of ``tier`` is granted.

    That are the offers of ``scenario`` and all its parts that hold now at ``venue``, without
    those with a quota, and without those that another one makes pointless. Nothing is granted
    before the catalogue is in force, and no offer that is ``stopped``.
    """
    reached = [
        offer
        for offer in catalogue.in_force(now, scenario, stopped=stopped)
        if offer.min_tier <= tier and offer.holds_at(venue)
    ]
    granted = best_of([offer for offer in reached if offer.quota is None])
    hint: Literal["scenario_code"] | None = "scenario_code" if reached and not granted else None
    return Decision(offers=granted, hint=hint)


def decide_scenario(
    catalogue: Catalogue,
    *,
    scenario: ScenarioId,
    venue: VenueId | None,
    now: Timestamp,
    stopped: frozenset[OfferId] = frozenset(),
) -> tuple[Offer, ...]:
    """Return what the holder of a code made for exactly ``scenario`` is granted.

    The home city vouches for the tier. All these offers have one quota, or none.

    Args:
        catalogue: The version that the code names.
        scenario: What the code was made for.
        venue: Where it is shown.
        now: The offers must hold then.
        stopped: Offers that are stopped.
    """
    # Whether the version is in force was asked of the code's iat, with a minute for its clock.
    return best_of(
        [
            each
            for each in catalogue.at(scenario)
            if each.scenario == scenario
            and each.id not in stopped
            and each.holds(now)
            and each.holds_at(venue)
        ]
    )


def best_of(offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """Return ``offers`` without those that another one replaces; of equals the first stays."""
    return tuple(
        offer
        for place, offer in enumerate(offers)
        if not any(
            _replaces(other, offer) and (other_place < place or not _replaces(offer, other))
            for other_place, other in enumerate(offers)
            if other_place != place
        )
    )


def _replaces(one: Offer, other: Offer) -> bool:
    """Tell whether ``one`` covers all that ``other`` covers, and is at least as good."""
    covers_all = not one.exclusions or one.exclusions == other.exclusions
    as_soon = one.offline is Offline.GRANT or other.offline is Offline.ONLINE_ONLY
    return covers_all and as_soon and at_least_as_good(one.terms, other.terms)
