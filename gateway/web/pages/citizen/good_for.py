"""What a code is good for, city by city, as the code page shows it.

Everything is read from the catalogues that this city knows, for all cities at once: so the page
asks nobody about the one that a citizen looks at.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from gateway.ids import CityId, OfferId, ScenarioId, Tier, Timestamp
from gateway.policy.agreement import Member
from gateway.policy.benefit import describe_quota
from gateway.policy.offers import Offer, Offline
from gateway.policy.scenarios import Phase, Scenario
from gateway.policy.words import Words
from gateway.services.catalogue_view import CatalogueUnavailableError
from gateway.web.context import gateway
from gateway.web.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One offer, as a citizen reads it.

    Attributes:
        limits: What it does not cover, and how often one guest gets it.
        tier: The lowest that gets it; whose page it is plays no part.
        online: Whether a merchant without network cannot grant it.
        quota: Whether it needs a scenario code.
        complaint: Where everybody may complain about how it is granted.
    """

    id: OfferId
    what: str
    limits: tuple[str, ...]
    tier: Tier
    online: bool
    quota: bool
    complaint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One thing that a scenario code can be made for: exactly this scenario of that city."""

    scenario: ScenarioId
    name: str
    offers: tuple[Told, ...]

    @property
    def what(self) -> str:
        """Name the offers in one line."""
        return " · ".join(each.what for each in self.offers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One scenario of the agreement at a destination.

    Attributes:
        uses: Empty if nothing is offered there; several if its offers need codes of their own.
    """

    scenario: ScenarioId
    name: str
    uses: tuple[Use, ...]

    @property
    def open(self) -> tuple[Told, ...]:
        """Offers for which a general code is enough."""
        return tuple(each for use in self.uses for each in use.offers if not each.quota)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One member city as a destination.

    Attributes:
        known: Whether its catalogue is; without it only a general code can be made.
    """

    city: CityId
    name: str
    known: bool
    tiles: tuple[Tile, ...]

    @property
    def uses(self) -> tuple[Use, ...]:
        """Everything that a scenario code can be made for there."""
        return tuple(use for tile in self.tiles for use in tile.uses)

    @property
    def limited(self) -> tuple[Use, ...]:
        """Uses with a quota, which need a code of their own."""
        return tuple(use for use in self.uses if any(each.quota for each in use.offers))

    def use(self, scenario: ScenarioId) -> Use | None:
        """Return the use for exactly ``scenario``, if there is one."""
        return next((each for each in self.uses if each.scenario == scenario), None)


def places(now: Timestamp, lang: Language) -> tuple[Place, ...]:
    """Return every member city with what it offers now, in the order of the agreement."""
    return tuple(_place(each, now, lang) for each in gateway().agreement.members)


def _place(member: Member, now: Timestamp, lang: Language) -> Place:
    try:
        offers = gateway().destinations.at(member.division_code, now).all_offers(now, None)
    except CatalogueUnavailableError:
        known, offers = False, ()
    else:
        known = True
    return Place(
        city=member.division_code,
        name=member.name_zh if lang == "zh" else member.name_en,
        known=known,
        tiles=tuple(_tiles(member, offers, lang)),
    )


def _tiles(member: Member, offers: Iterable[Offer], lang: Language) -> Iterable[Tile]:
    """Yield the scenarios that are open everywhere, and what else the city offers."""
    agreement = gateway().agreement
    of = dict[ScenarioId, list[Offer]]()
    for offer in offers:
        whole = agreement.agreed(offer.scenario)
        if whole is not None:
            of.setdefault(whole.id, []).append(offer)
    for scenario in agreement.scenarios.values():
        held = of.get(scenario.id, [])
        if held or scenario.phase is Phase.FIRST:
            uses = tuple(_uses(member, scenario, held, lang))
            yield Tile(scenario=scenario.id, name=_name(scenario, lang), uses=uses)


def _uses(
    member: Member, whole: Scenario, offers: Iterable[Offer], lang: Language
) -> Iterable[Use]:
    ordered = sorted(offers, key=lambda each: each.scenario)
    for scenario, held in groupby(ordered, key=lambda each: each.scenario):
        told = tuple(_told(member, each, lang) for each in held)
        yield Use(scenario=scenario, name=_name(whole, lang), offers=told)


def _told(member: Member, offer: Offer, lang: Language) -> Told:
    limits = [*offer.exclusions, *((offer.note,) if offer.note else ())]
    if offer.quota is not None:
        limits.append(describe_quota(offer.quota))
    return Told(
        id=offer.id,
        what=_in(offer.words, lang),
        limits=tuple(_in(each, lang) for each in limits),
        tier=offer.min_tier,
        online=offer.unlogged is Offline.ONLINE_ONLY,
        quota=offer.quota is not None,
        complaint=f"{member.entity_id}/complaints?offer={offer.id}",
    )


def _name(scenario: Scenario, lang: Language) -> str:
    return scenario.zh if lang == "zh" else scenario.en


def _in(words: Words, lang: Language) -> str:
    return words.zh if lang == "zh" else words.en
