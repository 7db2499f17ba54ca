"""The catalogues that a process goes by: its own city's versions, and those of destinations.

Request threads read; ``OwnCatalogues.refresh`` belongs to the background thread that refreshes
trust. Until something was published, the city file itself is the one version.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

from gateway.errors import RefusedError, UnavailableError
from gateway.ids import CityId, EntityId, OfferId, ScenarioId, Timestamp
from gateway.policy.agreement import Agreement, agreed_in
from gateway.policy.catalogue import Catalogue
from gateway.policy.offers import Offer
from gateway.policy.published import PublishedCatalogue
from gateway.policy.scenarios import Scenario, all_within
from gateway.policy.versions import Versions
from gateway.policy.words import Words
from gateway.services.catalogue_book import CatalogueBook
from gateway.services.document_ports import CATALOGUE, CATALOGUE_NEXT
from gateway.services.document_view import DocumentView
from gateway.services.partner_documents import RaiseAlarm
from gateway.services.stop_ports import Stops
from gateway.services.trust_ports import TrustRevision
from gateway.services.trust_view import TrustView
from gateway.trust import entity
from gateway.trust.states import PartnerState


class UnknownCityError(RefusedError):
    """No member of the agreement has this division code."""

    code = "city_unknown"


class CatalogueUnavailableError(UnavailableError):
    """What a member city offers is not known at the moment, or what is known is too old."""

    code = "catalogue_unavailable"


class OwnVersions(Protocol):
    """Gives the versions of the own catalogue; ``OwnCatalogues`` does."""

    @property
    def versions(self) -> Versions:
        """The versions that count; immutable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVersions:
    """The city file as the only version: nothing was published yet."""

    versions: Versions

    @classmethod
    def of(cls, stated: Catalogue, scenarios: Mapping[ScenarioId, Scenario]) -> "FileVersions":
        """Return a stated catalogue as a version that is in force from its own moment on."""
        names = dict[ScenarioId, Words]()
        for offer in stated.offers:
            agreed = agreed_in(scenarios, offer.scenario)
            if agreed is not None:
                names[offer.scenario] = Words(zh=agreed.zh, en=agreed.en)
        told = PublishedCatalogue(
            catalogue=stated, names=MappingProxyType(names), venues=MappingProxyType({})
        )
        return cls(versions=Versions.of([told]))


class OwnCatalogues:
    """The own versions in one process. ``refresh`` is for one thread; reading is for all."""

    def __init__(  # noqa: PLR0913, PLR0917 (each is a part of the composition)
        self,
        book: CatalogueBook,
        stated: Catalogue,
        revision: TrustRevision,
        alarm: RaiseAlarm,
        own_anchor: EntityId,
        now: Timestamp,
    ) -> None:
        """Load the versions.

        Raises:
            UnavailableError: the database cannot be read.
        """
        self._book, self._revision, self._alarm = book, revision, alarm
        self._anchor = own_anchor
        self._from_file = FileVersions.of(stated, book.scenarios).versions
        self._known = self._revision.current()
        self._seals = book.rows.seals()
        self._versions = self._load(now)

    @property
    def versions(self) -> Versions:
        """The versions that count; immutable."""
        return self._versions

    def refresh(self, now: Timestamp) -> bool:
        """Load anew if a version changed; return whether one did.

        Raises:
            UnavailableError: the database cannot be read; what is known stays in force.
        """
        revision = self._revision.current()
        if revision == self._known:
            return False
        seals = self._book.rows.seals()
        self._known = revision
        if seals == self._seals:
            return False
        self._seals = seals
        self._versions = self._load(now)
        return True

    def _load(self, now: Timestamp) -> Versions:
        versions, refused = self._book.versions()
        with suppress(UnavailableError):
            for code in refused:
                self._alarm(self._anchor, code, now)
        return versions if versions.published else self._from_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """What a city offers now, as far as our own city agreed with it.

    Attributes:
        published: In force now; at home perhaps one that is about to be.
        scenarios: Agreed ones; None is all, at home.
        stopped: Offers that our own city stopped, at home: nobody gets them there.
    """

    city: CityId
    published: PublishedCatalogue
    scenarios: frozenset[ScenarioId] | None
    stopped: frozenset[OfferId] = frozenset()

    def offers(self, scenario: ScenarioId, now: Timestamp) -> tuple[Offer, ...]:
        """Return what a code made for exactly ``scenario`` can get there now."""
        if self.scenarios is not None and not all_within([scenario], self.scenarios):
            return ()
        held = self.published.catalogue.in_force(now, scenario, stopped=self.stopped)
        return tuple(each for each in held if each.scenario == scenario)

    def all_offers(self, now: Timestamp, asked: ScenarioId | None) -> tuple[Offer, ...]:
        """Return every offer in force there, or those of ``asked`` and its parts."""
        return tuple(
            each
            for each in self.published.catalogue.in_force(now, asked, stopped=self.stopped)
            if self.scenarios is None or all_within([each.scenario], self.scenarios)
        )


class Destinations(Protocol):
    """Knows what each member city offers; ``KnownDestinations`` does."""

    def at(self, city: CityId, now: Timestamp) -> Destination:
        """Return what a member city offers now, its own city included.

        Raises:
            UnknownCityError: no member has this code.
            CatalogueUnavailableError: it cannot be told now.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDestinations:
    """Destinations by their signed catalogues.

    Attributes:
        own: This city.
        agreement: Who is a member, under which address.
        trust: Which partners are active, and what is agreed with each.
        stops: What officers of this city stopped; other cities' stops are not told.
    """

    own: CityId
    versions: OwnVersions
    agreement: Agreement
    trust: TrustView
    documents: DocumentView
    stops: Stops

    def at(self, city: CityId, now: Timestamp) -> Destination:
        """Return what a member city offers now."""
        member = self.agreement.member(city)
        if member is None:
            raise UnknownCityError("no member city has this code")
        if city == self.own:
            own = self.versions.versions
            here = _destination(city, own.in_force(now) or own.next(now), None)
            return replace(here, stopped=self.stops.offers)
        anchor = entity.anchor_of(member.entity_id)
        for partner in self.trust.snapshot.partners:
            if partner.record.pins.anchor == anchor and partner.state(now) is PartnerState.ACTIVE:
                latest = self._latest(anchor, now) if partner.takes_codes() else None
                return _destination(city, latest, partner.record.scenarios)
        raise CatalogueUnavailableError("no active partner of this city")

    def _latest(self, anchor: EntityId, now: Timestamp) -> PublishedCatalogue | None:
        """Return the version in force there: the next one takes over by itself."""
        found = list[PublishedCatalogue]()
        for name in (CATALOGUE, CATALOGUE_NEXT):
            held = self.documents.partner(anchor, name)
            if held and held.life.holds(now) and isinstance(held.value, PublishedCatalogue):
                found.append(held.value)
        return Versions.of(found).in_force(now)


def _destination(
    city: CityId, published: PublishedCatalogue | None, scenarios: frozenset[ScenarioId] | None
) -> Destination:
    if published is None:
        raise CatalogueUnavailableError("no catalogue of this city counts now")
    return Destination(city=city, published=published, scenarios=scenarios)
