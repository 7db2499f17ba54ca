"""Citizen of A at a merchant of B, for all pairs, and what must be refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.app.composition import OpenCity
from gateway.demo.api import Api
from gateway.demo.errors import DemoError
from gateway.demo.forgeries import forgeries
from gateway.demo.layout import Place
from gateway.demo.people import SCENARIOS, Tokens
from gateway.ids import ScenarioId, Tier

STANDING: Final = Tier(2)
"""Everybody in the matrix has the same standing, so that like is compared with like."""

NO_CODE: Final = "no_code"

ELSEWHERE: Final = "no_benefit"
"""What is said of a good code that is for another city."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One showing.

    Attributes:
        issuer: Slug of the home city.
        verifier: Slug of the city where the code is shown.
        offers: Ids of what was granted.
        local_offers: Ids of what a local of equal standing was granted there just now.
        words: What the merchant read of each offer.
    """

    issuer: str
    verifier: str
    scenario: ScenarioId
    code: str
    outcome: str
    offers: tuple[str, ...]
    local_offers: tuple[str, ...]
    words: tuple[str, ...]
    receipt: str | None

    @property
    def right(self) -> bool:
        """Whether the visitor was recognised and treated as a local is."""
        granted = self.outcome == "recognised" and self.receipt is not None
        return granted and bool(self.offers) and self.offers == self.local_offers

    def members(self) -> dict[str, object]:
        """Return the cell as the demo's JSON has it."""
        return {
            "issuer": self.issuer,
            "verifier": self.verifier,
            "scenario": self.scenario,
            "code": self.code,
            "outcome": self.outcome,
            "offers": list(self.offers),
            "receipt": self.receipt,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One showing that must not be recognised."""

    case: str
    expected: str
    outcome: str

    @property
    def right(self) -> bool:
        """Whether the outcome is the one that the protocol asks for."""
        return self.outcome == self.expected

    def members(self) -> dict[str, object]:
        """Return the case as the demo's JSON has it."""
        return {"case": self.case, "expected": self.expected, "outcome": self.outcome}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The cities as they stand: addresses, opened cities, tokens, by slug."""

    places: Mapping[str, Place]
    cities: Mapping[str, OpenCity]
    tokens: Mapping[str, Tokens]

    def show(self, api: Api, issuer: str, verifier: str, scenario: ScenarioId) -> dict[str, Any]:
        """Return the answer to a new code of ``issuer``, with the code under ``code``."""
        code = self.new_code(api, issuer)
        token = self.tokens[verifier].merchants[scenario]
        return {"code": code} | api.verify(self.places[verifier], token, code, scenario)

    def new_code(self, api: Api, slug: str) -> str:
        """Return a code of the city's citizen of equal standing.

        Raises:
            DemoError: the city gave none.
        """
        code = api.code(self.places[slug], self.tokens[slug].citizens[STANDING])
        if code is None:
            raise DemoError(f"{slug} gave no code to a citizen of tier {STANDING}")
        return code


def knows(stage: Stage, api: Api, verifier: str, issuer: str) -> bool:
    """Return whether a city can check another's codes; asked with one that is no use there."""
    home, citizen = stage.cities[issuer].settings, stage.tokens[issuer].citizens[STANDING]
    scenario = _offered(stage.cities[issuer])
    code = api.scenario_code(stage.places[issuer], citizen, home.city.division_code, scenario)
    token = stage.tokens[verifier].merchants[scenario]
    # Whoever does not know the keys asks for another code, and counts this one as a wrong one.
    return bool(api.verify(stage.places[verifier], token, code, scenario)["outcome"] == ELSEWHERE)


def sends(stage: Stage, api: Api, verifier: str, issuer: str) -> bool:
    """Return whether a city's server gives codes for what another offers: it has its catalogue."""
    there, citizen = stage.cities[verifier].settings, stage.tokens[issuer].citizens[STANDING]
    scenario = _offered(stage.cities[verifier])
    try:
        api.scenario_code(stage.places[issuer], citizen, there.city.division_code, scenario)
    except DemoError:
        return False
    return True


def _offered(city: OpenCity) -> ScenarioId:
    """Return a scenario of which the city has something for everybody in the matrix."""
    offers = city.settings.catalogue.in_force(city.clock.now())
    there = {offer.scenario for offer in offers if offer.min_tier <= STANDING}
    found = next((each for each in SCENARIOS if each in there), None)
    if found is None:
        raise DemoError("a city has no offer for a citizen of equal standing")
    return found


def run_matrix(stage: Stage, api: Api, done: Callable[[Cell], None]) -> tuple[Cell, ...]:
    """Return all cells; every scenario occurs in every row and in every column."""
    cells = list[Cell]()
    for row, issuer in enumerate(stage.places):
        for column, verifier in enumerate(stage.places):
            cells.append(_cell(stage, api, issuer, verifier, SCENARIOS[(row + column) % 4]))
            done(cells[-1])
    return tuple(cells)


def run_refusals(stage: Stage, api: Api, used: Cell) -> tuple[Refused, ...]:
    """Return what became of everything that must be refused, at one merchant's."""
    home, other = stage.cities[used.issuer], stage.cities[_another(stage, used)]
    cases = forgeries(home, other, used.code, stage.new_code(api, used.issuer))
    place, scenario = stage.places[used.verifier], used.scenario
    token = stage.tokens[used.verifier].merchants[scenario]
    refused = [
        Refused(
            case=each.case,
            expected=each.expected,
            outcome=str(api.verify(place, token, each.text, scenario)["outcome"]),
        )
        for each in cases
    ]
    without = api.code(stage.places[used.issuer], stage.tokens[used.issuer].citizens[None])
    outcome = NO_CODE if without is None else "code"
    return (*refused, Refused(case="citizen without a tier", expected=NO_CODE, outcome=outcome))


def _cell(stage: Stage, api: Api, issuer: str, verifier: str, scenario: ScenarioId) -> Cell:
    local = stage.show(api, verifier, verifier, scenario)
    answer = stage.show(api, issuer, verifier, scenario)
    return Cell(
        issuer=issuer,
        verifier=verifier,
        scenario=scenario,
        code=answer["code"],
        outcome=answer["outcome"],
        offers=_ids(answer),
        local_offers=_ids(local),
        words=tuple(offer["words"] for offer in answer.get("offers", ())),
        receipt=answer.get("receipt"),
    )


def _ids(answer: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(offer["id"] for offer in answer.get("offers", ()))


def _another(stage: Stage, used: Cell) -> str:
    return next(slug for slug in stage.places if slug not in {used.issuer, used.verifier})
