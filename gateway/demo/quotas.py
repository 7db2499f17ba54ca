"""One offer with a quota, asked for once too often by a citizen of every city."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.app.composition import OpenCity
from gateway.demo.api import Api
from gateway.demo.errors import DemoError
from gateway.demo.matrix import STANDING, Stage
from gateway.demo.people import SCENARIOS
from gateway.ids import ScenarioId, Timestamp
from gateway.policy.offers import Offer
from gateway.policy.scenarios import fits
from gateway.services.document_ports import CATALOGUE

SPENT = "no_benefit, another_code"
"""What a merchant is told once a guest has used up a quota."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """What one citizen got of an offer with a quota, code by code.

    Attributes:
        issuer: Slug of the home city.
        verifier: Slug of the city that offers it.
        scenario: What the codes were made for.
        count: How often one guest gets it in a period.
        outcomes: Outcome and hint of each code, in order; one more than the quota.
    """

    issuer: str
    verifier: str
    scenario: ScenarioId
    count: int
    outcomes: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether it was granted exactly as often as the quota says."""
        return self.outcomes == ("recognised",) * self.count + (SPENT,)

    def members(self) -> dict[str, object]:
        """Return the uses as the demo's JSON has them."""
        return {
            "issuer": self.issuer,
            "verifier": self.verifier,
            "scenario": self.scenario,
            "count": self.count,
            "outcomes": list(self.outcomes),
        }


def exchange_catalogues(cities: Iterable[OpenCity]) -> None:
    """Let every city fetch what its partners offer.

    Raises:
        DemoError: a catalogue was not to be had, or refused.
    """
    for city in cities:
        now = city.clock.now()
        city.trust.refresh(now)
        for partner in city.trust.snapshot.partners:
            report = city.documents.fetch.one(partner, CATALOGUE, now)
            if report.problem is not None:
                whose = partner.record.pins.anchor
                raise DemoError(
                    f"no catalogue of {whose}: {report.problem}; if processes of an earlier"
                    " demonstration still run in this directory, end them and start again"
                )


def run_quotas(stage: Stage, api: Api) -> tuple[Uses, ...]:
    """Return how often a citizen of each city got the first offer with a quota that there is."""
    verifier, offer = _with_quota(stage)
    return tuple(_uses(stage, api, issuer, verifier, offer) for issuer in stage.places)


def _with_quota(stage: Stage) -> tuple[str, Offer]:
    for slug, city in stage.cities.items():
        now: Timestamp = city.clock.now()
        for offer in city.settings.catalogue.in_force(now):
            if offer.quota is not None and offer.min_tier <= STANDING:
                return slug, offer
    raise DemoError("no city has an offer with a quota")


def _uses(stage: Stage, api: Api, issuer: str, verifier: str, offer: Offer) -> Uses:
    asked = next(each for each in SCENARIOS if fits(offer.scenario, each))
    there, count = stage.places[verifier], 0 if offer.quota is None else offer.quota.count
    city = stage.cities[verifier].settings.city.division_code
    citizen = stage.tokens[issuer].citizens[STANDING]
    outcomes = list[str]()
    for _ in range(count + 1):
        code = api.scenario_code(stage.places[issuer], citizen, city, offer.scenario)
        answer = api.verify(there, stage.tokens[verifier].merchants[asked], code, asked)
        said = (answer["outcome"], answer.get("hint"))
        outcomes.append(", ".join(str(each) for each in said if each))
    return Uses(
        issuer=issuer,
        verifier=verifier,
        scenario=offer.scenario,
        count=count,
        outcomes=tuple(outcomes),
    )
