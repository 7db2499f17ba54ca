"""The catalogue: what one city offers, the same to residents and visitors, or it does not load."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gateway.ids import CityId, OfferId, ScenarioId, Timestamp
from gateway.policy import keys
from gateway.policy.agreement import (
    VERSION_ALLOWED,
    VERSION_PATTERN,
    Agreement,
    AgreementParts,
    agreed_in,
)
from gateway.policy.errors import PolicyFileError, Problem
from gateway.policy.offers import Draft, Offer
from gateway.policy.parity import ParityError, examine
from gateway.policy.scenarios import Phase, Scenario, covers, wholes_of
from gateway.policy.tables import Table, label

MAX_OFFERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One version of a city's offers; every one of them passed the parity rule.

    Attributes:
        version: Of the form YYYY.N; a scenario code names it as ``pol``.
        valid_from: First moment at which it is in force.
        offers: In the order of the file.
        by_scenario: Offers by every scenario at which they may be asked for.
    """

    version: str
    valid_from: Timestamp
    offers: tuple[Offer, ...]
    by_scenario: Mapping[ScenarioId, tuple[Offer, ...]]

    @classmethod
    def parse(
        cls,
        raw: object,
        *,
        agreement: Agreement,
        open_scenarios: frozenset[ScenarioId],
        where: str = "catalogue",
    ) -> "Catalogue":
        """Return the catalogue that a table states.

        Args:
            raw: The table.
            agreement: Members that parity is checked for, and the scenarios.
            open_scenarios: Scenarios that are open in this city (``Agreement.open_scenarios``).
            where: Where the table stands in its file.

        Raises:
            ParityError: Its only fault is that an offer treats somebody differently.
            PolicyFileError: Anything else is wrong; parity findings are among the problems.
        """
        problems: list[Problem] = []
        table = Table(raw, CATALOGUE_KEYS, where=where, problems=problems)
        version, valid_from = table.read(VERSION), table.read(VALID_FROM)
        drafts = _read_drafts(table)
        offers = tuple(draft.offer for draft in drafts)
        cities = [member.division_code for member in agreement.members]
        check_ids(table, offers)
        _check_scenarios(table, offers, agreement.scenarios, open_scenarios)
        check_split(table, offers)
        _check_cities(table, drafts, cities)
        report = examine(drafts, cities)
        if not table.sound:
            raise PolicyFileError([*problems, *report.problems(where)])
        if report.findings:
            raise ParityError(report)
        return cls(
            version=version,
            valid_from=valid_from,
            offers=offers,
            by_scenario=index_of(offers),
        )

    def at(self, asked: ScenarioId) -> tuple[Offer, ...]:
        """Return the offers of ``asked`` and of all its parts, in or out of force."""
        return self.by_scenario.get(asked, ())

    def in_force(
        self,
        now: Timestamp,
        asked: ScenarioId | None = None,
        *,
        stopped: frozenset[OfferId] = frozenset(),
    ) -> tuple[Offer, ...]:
        """Return the offers that hold now: of ``asked`` and all its parts, or all of them.

        There are none before ``valid_from``, and none of those that are ``stopped``.
        """
        if now < self.valid_from:
            return ()
        offers = self.offers if asked is None else self.at(asked)
        return tuple(each for each in offers if each.holds(now) and each.id not in stopped)


def faults(
    raw: object,
    *,
    parts: AgreementParts,
    open_scenarios: frozenset[ScenarioId],
    own: CityId,
    where: str = "catalogue",
) -> list[Problem]:
    """Return what is wrong with a catalogue whose agreement is wrong somewhere.

    What needs a broken part of the agreement is not looked at. Without members parity is asked
    for ``own`` alone.
    """
    problems: list[Problem] = []
    table = Table(raw, CATALOGUE_KEYS, where=where, problems=problems)
    for key in (VERSION, VALID_FROM):
        table.read(key)
    drafts = _read_drafts(table)
    offers = [draft.offer for draft in drafts]
    check_ids(table, offers)
    if parts.scenarios is not None:
        _check_scenarios(table, offers, parts.scenarios, open_scenarios)
    check_split(table, offers)
    if parts.members is None:
        return [*problems, *examine(drafts, [own]).problems(where)]
    cities = [member.division_code for member in parts.members]
    _check_cities(table, drafts, cities)
    return [*problems, *examine(drafts, cities).problems(where)]


VERSION = keys.text("version", VERSION_PATTERN, VERSION_ALLOWED)
VALID_FROM = keys.moment("valid_from")
OFFERS = keys.tables(
    "offers", "up to 500 [[catalogue.offers]] tables", maximum=MAX_OFFERS, optional=True
)
CATALOGUE_KEYS = (VERSION, VALID_FROM, OFFERS)


def _read_drafts(table: Table) -> list[Draft]:
    """Return the drafts that can be read; what is wrong in the others is noted."""
    drafts: list[Draft] = []
    for number, raw in enumerate(table.find(OFFERS) or (), start=1):
        where = table.at(f"offers.{_name_of(raw, number)}")
        before = len(table.problems)
        draft = Draft.read(raw, where=where, problems=table.problems)
        if len(table.problems) == before:
            drafts.append(draft)
    return drafts


def _name_of(raw: object, number: int) -> str:
    match raw:
        case {"id": str(name)}:
            return label(name, number)
        case _:
            return f"#{number}"


def check_ids(table: Table, offers: Sequence[Offer]) -> None:
    """Note each offer whose id another one has already."""
    seen: set[OfferId] = set()
    for offer in offers:
        if offer.id in seen:
            table.note("offer_repeated", f"offers.{offer.id}", "stands twice", "an id of its own")
        seen.add(offer.id)


def _check_scenarios(
    table: Table,
    offers: Sequence[Offer],
    scenarios: Mapping[ScenarioId, Scenario],
    opened: frozenset[ScenarioId],
) -> None:
    for offer in offers:
        agreed = agreed_in(scenarios, offer.scenario)
        name = f"offers.{offer.id}.scenario"
        if agreed is None:
            table.note("scenario_not_agreed", name, "is not agreed", "one of agreement.toml")
        elif agreed.phase is Phase.LOCAL_ONLY:
            table.note("scenario_local_only", name, "never leaves a city", "one that is open")
        elif not any(covers(each, offer.scenario) for each in opened):
            said = "one that is open here: phase 1, or listed in scenarios.second_phase"
            table.note("scenario_not_open", name, "is not open in this city", said)


def check_split(table: Table, offers: Sequence[Offer]) -> None:
    """Note each scenario whose offers differ in tier or quota: a code could not say which."""
    groups: defaultdict[ScenarioId, list[Offer]] = defaultdict(list)
    for offer in offers:
        groups[offer.scenario].append(offer)
    for scenario, group in groups.items():
        if len({(offer.min_tier, offer.quota) for offer in group}) > 1:
            names = ", ".join(offer.id for offer in group)
            what = f"of {scenario} differ in min_tier or quota: {names}"
            said = f"a part for each, such as {scenario}.free"
            table.note("offers_not_split", "offers", what, said)


def _check_cities(table: Table, drafts: Sequence[Draft], members: Sequence[CityId]) -> None:
    for draft in drafts:
        named = {*draft.visitors, *(draft.only_for or ())}
        for city in sorted(city for city in named if city not in members):
            name = f"offers.{draft.offer.id}"
            table.note("city_not_member", name, f"names city {city}", "member cities only")


def index_of(offers: Sequence[Offer]) -> Mapping[ScenarioId, tuple[Offer, ...]]:
    """Return the offers by every scenario at which they may be asked for."""
    index: defaultdict[ScenarioId, list[Offer]] = defaultdict(list)
    for offer in offers:
        for whole in wholes_of(offer.scenario):
            index[whole].append(offer)
    return MappingProxyType({whole: tuple(found) for whole, found in index.items()})
