"""The catalogue as a city publishes it, and as another city reads it (docs/protocol/documents.md).

Reading trusts nothing: whoever signed it, its texts are shown on screens elsewhere. What is not
known is left out, what is known has to be exactly as documented, and one wrong offer refuses all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, cast

from gateway.errors import PolicyError
from gateway.ids import ScenarioId, Timestamp, VenueId
from gateway.policy import keys
from gateway.policy.agreement import MAX_SCENARIOS, agreed_in
from gateway.policy.catalogue import MAX_OFFERS, Catalogue, check_ids, check_split, index_of
from gateway.policy.errors import Problem
from gateway.policy.offers import (
    EXCLUSIONS,
    MAX_VENUES,
    OFFER_KEYS,
    ONLY_FOR,
    RESIDENT,
    RESIDENT_KEYS,
    SCENARIO,
    VENUE_PATTERN,
    VISITORS,
    WORDS,
    Draft,
    Offer,
)
from gateway.policy.scenarios import Phase, Scenario
from gateway.policy.tables import UNREAD, Key, Table, label
from gateway.policy.terms import QUOTA, QUOTA_KEYS
from gateway.policy.words import WORDS_KEYS, Words, plain

MAX_VENUE_NAME_CHARS: Final = 60


class CatalogueRefusedError(PolicyError):
    """A city's published catalogue is not of the documented form; nothing of it is used.

    Attributes:
        problem: The first thing that is wrong; it repeats no text of the catalogue.
    """

    code = "catalogue_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{problems[0].code}: {problems[0]}")
        self.problem = problems[0]


class CatalogueRollbackError(PolicyError):
    """A published catalogue comes into force earlier than the one that is known."""

    code = "catalogue_rollback"


class CatalogueChangedError(PolicyError):
    """A published version says something else than it said before; a change is a new version."""

    code = "catalogue_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCatalogue:
    """One version of a city's offers, as everybody may read it.

    Attributes:
        catalogue: Version, first moment in force, and the offers of scenarios that are agreed.
        names: What each of its scenarios is called.
        venues: Names of venues that its offers are limited to, where they are told.
    """

    catalogue: Catalogue
    names: Mapping[ScenarioId, Words]
    venues: Mapping[VenueId, str]

    @property
    def version(self) -> str:
        """Its version, which a scenario code names as ``pol``."""
        return self.catalogue.version

    @property
    def valid_from(self) -> Timestamp:
        """First moment at which it is in force."""
        return self.catalogue.valid_from

    def offers(self, scenario: ScenarioId) -> tuple[Offer, ...]:
        """Return what a code made for exactly ``scenario`` can get, in or out of force."""
        return tuple(each for each in self.catalogue.at(scenario) if each.scenario == scenario)

    def says_as(self, other: "PublishedCatalogue") -> bool:
        """Tell whether both say the same, whenever they come into force."""
        mine, theirs = self.catalogue.offers, other.catalogue.offers
        return (mine, self.names, self.venues) == (theirs, other.names, other.venues)

    def check_followed_by(self, other: "PublishedCatalogue") -> None:
        """Raise unless ``other`` may take the place of this one.

        Raises:
            CatalogueChangedError: it is the same version, and says something else.
            CatalogueRollbackError: it is another version that is not later.
        """
        if other.version == self.version:
            if not self.says_as(other):
                raise CatalogueChangedError("one version says two things")
        elif other.valid_from <= self.valid_from:
            raise CatalogueRollbackError("an older version than the one that is known")


def content_of(
    catalogue: Catalogue,
    scenarios: Mapping[ScenarioId, Scenario],
    venues: Mapping[VenueId, str],
) -> dict[str, object]:
    """Return what one version says for ever: ``version``, ``scenarios`` and ``venues``.

    Args:
        catalogue: A catalogue that passed the parity rule.
        scenarios: Of the agreement, for their names.
        venues: Names of venues; those that no offer is limited to are left out.
    """
    said: dict[str, dict[str, object]] = {}
    for offer in catalogue.offers:
        agreed = agreed_in(scenarios, offer.scenario)
        if agreed is None:
            continue
        name = {"zh": agreed.zh, "en": agreed.en}
        entry = said.setdefault(offer.scenario, {"name": name, "offers": []})
        cast("list[object]", entry["offers"]).append(dict(offer.members()))
    named = {venue for offer in catalogue.offers for venue in offer.venues}
    return {
        "version": catalogue.version,
        "scenarios": said,
        "venues": {
            venue: {"name": name} for venue, name in sorted(venues.items()) if venue in named
        },
    }


def parse_published(
    raw: Mapping[str, object], scenarios: Mapping[ScenarioId, Scenario]
) -> PublishedCatalogue:
    """Return the catalogue that a payload states.

    Args:
        raw: The members; those that are not known are ignored.
        scenarios: Of our own agreement; what the catalogue says of others is not looked at.

    Raises:
        CatalogueRefusedError: something in it is not as documented.
    """
    problems: list[Problem] = []
    table = Table(_only(raw, _CATALOGUE_KEYS), _CATALOGUE_KEYS, where="", problems=problems)
    version, valid_from = table.read(_VERSION), table.read(_VALID_FROM)
    found, names = list[Offer](), dict[ScenarioId, Words]()
    entries: Mapping[str, object] = table.read(_SCENARIOS)
    if len(entries) > MAX_SCENARIOS:
        table.note("policy_not_allowed", _SCENARIOS.name, "has too many", _SCENARIOS.allowed)
        entries = UNREAD
    for number, (name, entry) in enumerate(entries.items(), start=1):
        if _is_agreed(name, scenarios):
            where = f"scenarios.{label(name, number)}"
            names[ScenarioId(name)], offers = _read_scenario(name, entry, where, problems)
            found += offers
    if len(found) > MAX_OFFERS:
        table.note("policy_not_allowed", "scenarios", "has too many offers", f"{MAX_OFFERS}")
    check_ids(table, found)
    check_split(table, found)
    venues = _read_venues(table)
    if problems:
        raise CatalogueRefusedError(problems)
    offers_ = tuple(found)
    return PublishedCatalogue(
        catalogue=Catalogue(
            version=version, valid_from=valid_from, offers=offers_, by_scenario=index_of(offers_)
        ),
        names=MappingProxyType(names),
        venues=MappingProxyType(venues),
    )


_VERSION = keys.text("version", keys.POLICY_VERSION_PATTERN, "1 to 12 of A-Z, a-z, 0-9, ., _ and -")
_VALID_FROM = keys.moment("valid_from")
_SCENARIOS = keys.table("scenarios", f"an object of up to {MAX_SCENARIOS} scenarios")
_VENUES = keys.table("venues", f"an object of up to {MAX_VENUES} venues", optional=True)
_CATALOGUE_KEYS = (_VERSION, _VALID_FROM, _SCENARIOS, _VENUES)

_NAME = keys.table("name", "an object {zh, en}")
_OFFERS = keys.tables("offers", f"up to {MAX_OFFERS} offers", maximum=MAX_OFFERS)
_SCENARIO_KEYS = (_NAME, _OFFERS)

_VENUE_NAME = plain("name", MAX_VENUE_NAME_CHARS)
_VENUE_KEYS = (_VENUE_NAME,)

_OFFER_KEYS = tuple(key for key in OFFER_KEYS if key not in (VISITORS, ONLY_FOR))


def _is_agreed(name: str, scenarios: Mapping[ScenarioId, Scenario]) -> bool:
    agreed = agreed_in(scenarios, ScenarioId(name))
    return agreed is not None and agreed.phase is not Phase.LOCAL_ONLY


def _read_scenario(
    name: str, raw: object, where: str, problems: list[Problem]
) -> tuple[Words, list[Offer]]:
    table = Table(_only(raw, _SCENARIO_KEYS), _SCENARIO_KEYS, where=where, problems=problems)
    words = Words.read(
        _only(table.read(_NAME), WORDS_KEYS), where=table.at("name"), problems=problems
    )
    offers = [
        _read_offer(name, each, table.at(f"offers.#{number}"), problems)
        for number, each in enumerate(table.read(_OFFERS), start=1)
    ]
    return words, offers


def _read_offer(scenario: str, raw: object, where: str, problems: list[Problem]) -> Offer:
    trimmed = _trimmed(raw)
    table = Table(trimmed, _OFFER_KEYS, where=where, problems=problems)
    draft = Draft.read(trimmed, where=where, problems=problems)
    if table.sound and draft.offer.scenario != scenario:
        table.note("policy_not_allowed", SCENARIO.name, "is not the one it stands in", "that one")
    if table.sound and draft.resident != draft.offer.terms:
        table.note("parity", RESIDENT.name, "differs from what visitors get", "the same terms")
    return draft.offer


def _read_venues(table: Table) -> dict[VenueId, str]:
    raw = table.find(_VENUES) or {}
    if len(raw) > MAX_VENUES:
        table.note("policy_not_allowed", _VENUES.name, "has too many", _VENUES.allowed)
        return {}
    venues = dict[VenueId, str]()
    for number, (venue, entry) in enumerate(raw.items(), start=1):
        where = f"venues.{label(venue, number)}"
        if VENUE_PATTERN.fullmatch(venue) is None:
            table.note("policy_not_allowed", where, "is no venue id", "the id of a venue")
        inner = Table(_only(entry, _VENUE_KEYS), _VENUE_KEYS, where=where, problems=table.problems)
        venues[VenueId(venue)] = inner.read(_VENUE_NAME)
    return venues


def _trimmed(raw: object) -> object:
    """Return an offer without members that are not known, at every depth."""
    offer = _only(raw, _OFFER_KEYS)
    if not isinstance(offer, dict):
        return offer
    trimmed = cast("dict[str, object]", offer)
    _trim(trimmed, WORDS.name, WORDS_KEYS)
    _trim(trimmed, QUOTA.name, QUOTA_KEYS)
    _trim(trimmed, RESIDENT.name, RESIDENT_KEYS)
    resident = trimmed.get(RESIDENT.name)
    if isinstance(resident, dict):
        _trim(cast("dict[str, object]", resident), QUOTA.name, QUOTA_KEYS)
    limits = trimmed.get(EXCLUSIONS.name)
    if isinstance(limits, list):
        each_limit = cast("list[object]", limits)
        trimmed[EXCLUSIONS.name] = [_only(each, WORDS_KEYS) for each in each_limit]
    return trimmed


def _trim(offer: dict[str, object], name: str, known: Sequence[Key[object]]) -> None:
    if name in offer:
        offer[name] = _only(offer[name], known)


def _only(raw: object, known: Sequence[Key[object]]) -> object:
    """Return a table without members of other names; anything else as it is."""
    if not isinstance(raw, Mapping):
        return raw
    names = {key.name for key in known}
    members = cast("Mapping[str, object]", raw)
    return {name: value for name, value in members.items() if name in names}
