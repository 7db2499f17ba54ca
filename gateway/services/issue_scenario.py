"""Issue a code for one scenario of one city: evaluated at home, under that city's own catalogue.

The code says "eligible for this there" and no tier. Nothing about the city or the scenario is
kept: the day row counts it like any other code.
"""

from dataclasses import dataclass, field, replace

from gateway.codes.budget import ScenarioIds, check_scenario
from gateway.codes.claims import CreditClaims
from gateway.codes.tickets import ticket_of
from gateway.errors import RefusedError
from gateway.ids import CityId, ScenarioId, Timestamp
from gateway.policy.offers import Offer
from gateway.policy.quotas import period_of, ticket_number
from gateway.services.catalogue_view import Destination, Destinations
from gateway.services.fitting_ids import FittingIds
from gateway.services.issue import IssueCode, LiveCode, NoIncentive


class ScenarioNotOfferedError(RefusedError):
    """That city offers nothing now for which a code of exactly this scenario could be made."""

    code = "scenario_not_offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueScenarioCode:
    """The use case, on top of that of general codes.

    Attributes:
        issue: What all live codes have in common.
        destinations: What each city offers.
        ticket_key: 32 bytes of this city: who has them can tell whose ticket one is.
    """

    issue: IssueCode
    destinations: Destinations
    ticket_key: bytes = field(repr=False)
    _fitting: FittingIds = field(default_factory=FittingIds, init=False, repr=False, compare=False)

    def scenario(
        self, subject: str, city: CityId, scenario: ScenarioId, now: Timestamp
    ) -> LiveCode | NoIncentive:
        """Return a live code for a scenario, or that there is none for this person.

        Raises:
            UnknownCityError: no member has this code.
            CatalogueUnavailableError: what that city offers is not known now.
            ScenarioNotOfferedError: it offers nothing for exactly this scenario now.
            GatewayError: as ``IssueCode.general``.
        """
        # (1) May this city sign at all?
        start = self.issue.begin(now)
        # (2) What does that city grant for this scenario, in the version that is in force?
        there = self.destinations.at(city, now)
        offer = self._offered(there, scenario, now)
        # (3) What does our city say of this person? Below the tier is like without one.
        standing = self.issue.standing(subject, now)
        if standing is None or standing.tier < offer.min_tier:
            return NoIncentive()

        def about(codes_today: int, claims: CreditClaims) -> CreditClaims:
            return replace(
                claims,
                destination=city,
                scenario=scenario,
                policy_version=there.published.version,
                ticket=self._ticket(subject, city, offer, codes_today, now),
            )

        # (4), (5) Count it, then sign.
        return self.issue.give(subject, standing, start, about)

    def _offered(self, there: Destination, scenario: ScenarioId, now: Timestamp) -> Offer:
        """Return one of the offers: all have one tier and one quota, or the catalogue is none."""
        offers = there.offers(scenario, now)
        ids = ScenarioIds(
            issuer=self.issue.city,
            destination=there.city,
            scenario=scenario,
            policy_version=there.published.version,
        )
        if not offers or not self._fitting.fit(ids, lambda: check_scenario(ids, now=now)):
            raise ScenarioNotOfferedError("nothing is offered there for exactly this scenario")
        return offers[0]

    def _ticket(
        self, subject: str, city: CityId, offer: Offer, codes_today: int, now: Timestamp
    ) -> str | None:
        if offer.quota is None:
            return None
        period = period_of(offer.quota, now)
        return ticket_of(
            self.ticket_key,
            subject=subject,
            destination=city,
            scenario=offer.scenario,
            period=period.name,
            number=ticket_number(offer.quota, period, codes_today),
        )
