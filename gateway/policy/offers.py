"""One offer of a city: terms, where and when they hold, and what a merchant is told.

A ``Draft`` is an offer as people write it, still free to treat visitors differently; it becomes
an ``Offer`` that is published only if ``parity`` finds nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from gateway.ids import CityId, OfferId, ScenarioId, Tier, Timestamp, VenueId
from gateway.policy import keys
from gateway.policy.agreement import CITY_ALLOWED, CITY_PATTERN
from gateway.policy.benefit import DEPOSIT_NOTE, describe
from gateway.policy.errors import Problem
from gateway.policy.scenarios import note_scenario
from gateway.policy.tables import Table
from gateway.policy.terms import TERMS_KEYS, Kind, Quota, Terms
from gateway.policy.words import MAX_EN_CHARS, MAX_ZH_CHARS, Words, plain

MAX_VENUES = 1000
MAX_EXCLUSIONS = 10

MAX_TOLD_ZH_CHARS = MAX_ZH_CHARS + MAX_EXCLUSIONS * (MAX_ZH_CHARS + 1) + len(DEPOSIT_NOTE.zh) + 2
MAX_TOLD_EN_CHARS = MAX_EN_CHARS + MAX_EXCLUSIONS * (MAX_EN_CHARS + 2) + len(DEPOSIT_NOTE.en) + 3
"""Longest of ``Offer.told``: words, every limit with its sign, the note, and brackets."""


class Offline(StrEnum):
    """Whether an offer may be granted before the showing is logged."""

    GRANT = "grant"
    ONLINE_ONLY = "online_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One published offer: the same for a resident and for a visitor of every member city.

    Attributes:
        id: Unique in the city's catalogue.
        version: Rises with every change of the offer.
        scenario: Agreed scenario, or a part of one.
        terms: What is granted, and to whom.
        source: Where the resident terms that these equal are written down.
        illustrative: Whether those terms are an example that no city has published.
        offline: What the catalogue says; ``unlogged`` is what holds.
        valid_from: First moment at which it holds.
        valid_until: First moment at which it no longer holds, or None.
        venues: Venues where it holds; empty means all.
        exclusions: What it does not cover, for people.
        words: What the benefit is called, to stand after 可享 and ``Grant``.
    """

    id: OfferId
    version: int
    scenario: ScenarioId
    terms: Terms
    source: str
    illustrative: bool
    offline: Offline
    valid_from: Timestamp
    valid_until: Timestamp | None
    venues: frozenset[VenueId]
    exclusions: tuple[Words, ...]
    words: Words

    @property
    def min_tier(self) -> Tier:
        """Return the lowest tier that gets the offer."""
        return self.terms.min_tier

    @property
    def kind(self) -> Kind:
        """Return what the benefit is."""
        return self.terms.kind

    @property
    def value(self) -> str | int | None:
        """Return the value as answers spell it: a discount as ``"0.80"``."""
        return self.terms.wire_value

    @property
    def cap(self) -> int | None:
        """Return the upper limit of the advantage in fen, if there is one."""
        return self.terms.cap

    @property
    def quota(self) -> Quota | None:
        """Return how often one guest gets it; None is every time."""
        return self.terms.quota

    @property
    def unlogged(self) -> Offline:
        """Whether staff may grant it before it is logged; never with a quota, as nobody counts."""
        return self.offline if self.quota is None else Offline.ONLINE_ONLY

    @property
    def note(self) -> Words | None:
        """Return what both sides are told besides: of deposits, that damage is settled."""
        return DEPOSIT_NOTE if self.kind is Kind.DEPOSIT_WAIVER else None

    @property
    def told(self) -> Words:
        """Return what a merchant and a guest read: the words, and in brackets their limits."""
        limits = (*self.exclusions, *((self.note,) if self.note else ()))
        if not limits:
            return self.words
        zh, en = ";".join(each.zh for each in limits), "; ".join(each.en for each in limits)
        return Words(zh=f"{self.words.zh}({zh})", en=f"{self.words.en} ({en})")

    def holds(self, now: Timestamp) -> bool:
        """Tell whether the offer holds now: ``valid_from`` is inside, ``valid_until`` is not."""
        return self.valid_from <= now and (self.valid_until is None or now < self.valid_until)

    def holds_at(self, venue: VenueId | None) -> bool:
        """Tell whether the offer is for ``venue``; one of certain venues is not for an unnamed."""
        return not self.venues or venue in self.venues

    def members(self) -> Mapping[str, object]:
        """Return the offer as a JSON object; ``Draft.read`` reads it back."""
        stated: dict[str, object] = {
            "id": self.id,
            "version": self.version,
            "scenario": self.scenario,
            **self.terms.members(),
            "resident": {
                **self.terms.members(),
                "source": self.source,
                "illustrative": self.illustrative,
            },
            "offline": self.offline.value,
            "valid_from": int(self.valid_from),
            "venues": sorted(self.venues),
            "exclusions": [words.members() for words in self.exclusions],
            "words": self.words.members(),
        }
        until = self.valid_until
        return stated if until is None else {**stated, "valid_until": int(until)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An offer as people write it, before parity is checked.

    Attributes:
        offer: What visitors get unless something else is said of their city.
        resident: What residents of the city get.
        visitors: Terms said of certain cities instead, in full.
        only_for: Cities that the offer is for; None is every member.
    """

    offer: Offer
    resident: Terms
    visitors: Mapping[CityId, Terms]
    only_for: frozenset[CityId] | None

    @classmethod
    def read(cls, raw: object, *, where: str, problems: list[Problem]) -> "Draft":
        """Return the draft that a table states, noting what is wrong in ``problems``."""
        table = Table(raw, OFFER_KEYS, where=where, problems=problems)
        resident = Table(
            table.read(RESIDENT), RESIDENT_KEYS, where=table.at("resident"), problems=problems
        )
        only_for = table.find(ONLY_FOR)
        return cls(
            offer=_read_offer(table, resident),
            resident=Terms.read(resident),
            visitors=_read_visitors(table),
            only_for=None if only_for is None else frozenset(CityId(city) for city in only_for),
        )

    def terms_for(self, city: CityId) -> Terms:
        """Return what somebody from ``city`` is given."""
        return self.visitors.get(city, self.offer.terms)

    def leaves_out(self, city: CityId) -> bool:
        """Tell whether the draft is not for ``city`` at all."""
        return self.only_for is not None and city not in self.only_for


OFFER_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
OFFER_ID = keys.text("id", OFFER_PATTERN, "up to 48 of a-z, 0-9 and -, unique in the catalogue")
OFFER_VERSION = keys.whole("version", minimum=1, maximum=9999)
SCENARIO = plain("scenario", 64)
RESIDENT = keys.table("resident", "the terms of residents, in full, with their source")
SOURCE = plain("source", 200)
ILLUSTRATIVE = keys.flag("illustrative", default=False)
RESIDENT_KEYS = (*TERMS_KEYS, SOURCE, ILLUSTRATIVE)
OFFLINE = keys.choice("offline", Offline)
VALID_FROM = keys.moment("valid_from")
VALID_UNTIL = keys.moment("valid_until", optional=True)
VENUE_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""A venue id: the same in offers, in the register of merchants and in requests."""

VENUES = keys.texts(
    "venues",
    VENUE_PATTERN,
    "up to 1000 different venue ids; none is every venue",
    maximum=MAX_VENUES,
    default=(),
)
EXCLUSIONS = keys.tables(
    "exclusions", "up to 10 tables {zh, en}", maximum=MAX_EXCLUSIONS, optional=True
)
WORDS = keys.table("words", "a table {zh, en}; without it words are made", optional=True)
VISITORS = keys.table(
    "visitors", "in a draft: terms in full by division code of a member", optional=True
)
ONLY_FOR = keys.texts(
    "only_for",
    CITY_PATTERN,
    f"in a draft: a list, each {CITY_ALLOWED}",
    maximum=300,
    optional=True,
)
OFFER_KEYS = (
    OFFER_ID,
    OFFER_VERSION,
    SCENARIO,
    *TERMS_KEYS,
    RESIDENT,
    OFFLINE,
    VALID_FROM,
    VALID_UNTIL,
    VENUES,
    EXCLUSIONS,
    WORDS,
    VISITORS,
    ONLY_FOR,
)


def _read_offer(table: Table, resident: Table) -> Offer:
    terms = Terms.read(table)
    valid_from, valid_until = table.read(VALID_FROM), table.find(VALID_UNTIL)
    if valid_until is not None and valid_until <= valid_from:
        table.note("offer_never_valid", "valid_until", "is not later", "a later moment")
    return Offer(
        id=OfferId(table.read(OFFER_ID)),
        version=table.read(OFFER_VERSION),
        scenario=_read_scenario(table),
        terms=terms,
        source=resident.read(SOURCE),
        illustrative=resident.read(ILLUSTRATIVE),
        offline=table.read(OFFLINE),
        valid_from=valid_from,
        valid_until=valid_until,
        venues=frozenset(VenueId(venue) for venue in table.read(VENUES)),
        exclusions=Words.read_each(table, EXCLUSIONS),
        words=_read_words(table, terms),
    )


def _read_scenario(table: Table) -> ScenarioId:
    raw = table.read(SCENARIO)
    return note_scenario(raw, table, SCENARIO.name) if raw else ScenarioId("")


def _read_words(table: Table, terms: Terms) -> Words:
    raw = table.find(WORDS)
    if raw is None:
        return describe(terms)
    return Words.read(raw, where=table.at("words"), problems=table.problems)


def _read_visitors(table: Table) -> Mapping[CityId, Terms]:
    terms: dict[CityId, Terms] = {}
    for number, (city, raw) in enumerate((table.find(VISITORS) or {}).items(), start=1):
        if CITY_PATTERN.fullmatch(city) is None:
            table.note("policy_not_allowed", f"visitors.#{number}", "is no city", CITY_ALLOWED)
            continue
        where = table.at(f"visitors.{city}")
        entry = Table(raw, TERMS_KEYS, where=where, problems=table.problems)
        terms[CityId(city)] = Terms.read(entry)
    return MappingProxyType(terms)
