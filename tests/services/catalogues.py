"""Catalogues of offices in memory: a book, what is stated, and where they are published."""

from dataclasses import dataclass, field, replace
from types import MappingProxyType

from gateway.ids import CityId, EntityId, Timestamp, VenueId
from gateway.policy.agreement import Agreement
from gateway.policy.catalogue import Catalogue
from gateway.policy.stops import NOTHING_STOPPED
from gateway.services.catalogue_book import CatalogueBook
from gateway.services.catalogue_kinds import catalogue_kinds
from gateway.services.catalogue_ports import CatalogueRow
from gateway.services.catalogue_view import KnownDestinations, OwnCatalogues
from gateway.services.own_catalogues import PublishCatalogues
from gateway.services.stop_ports import Stops
from tests.policy.builders import AGREEMENT, Raw, catalogue_raw, offer_raw
from tests.services.offices import NOON, MemoryRevision, Office, at
from tests.services.papers import Archive

KINDS = catalogue_kinds(AGREEMENT.scenarios)


def stated(*offers: Raw, version: str = "2026.1", begins: int = 0) -> Catalogue:
    """Return what an office states; ``begins`` counts from noon."""
    return Catalogue.parse(
        catalogue_raw(*(offers or (offer_raw(),)), version=version, valid_from=at(begins)),
        agreement=AGREEMENT,
        open_scenarios=AGREEMENT.open_scenarios(frozenset()),
    )


@dataclass
class MemoryCatalogues:
    """Versions in a dictionary."""

    revision: MemoryRevision
    rows: dict[str, CatalogueRow] = field(default_factory=dict[str, CatalogueRow])

    def all(self) -> tuple[CatalogueRow, ...]:
        return tuple(self.rows[name] for name in sorted(self.rows))

    def seals(self) -> dict[str, bytes]:
        return {name: row.seal for name, row in self.rows.items()}

    def put(self, row: CatalogueRow) -> None:
        self.rows[row.version] = row
        self.revision.bump()


class CatalogueOffice:
    """One office with its catalogue; what it states is replaced by assignment."""

    def __init__(self, office: Office, *catalogues: Catalogue) -> None:
        self.office, self.archive = office, Archive(office, *KINDS)
        self.rows = MemoryCatalogues(office.revision)
        self.stated = catalogues or (stated(),)
        self.venues = {VenueId("hall"): "示例大厅"}

    @property
    def book(self) -> CatalogueBook:
        return CatalogueBook(
            rows=self.rows, seal_key=bytes(range(32)), scenarios=AGREEMENT.scenarios
        )

    def publish(self, now: Timestamp = NOON, *, clock_doubtful: bool = False) -> None:
        PublishCatalogues(
            book=self.book,
            publish=self.archive.publish,
            kinds=KINDS,
            stated=self.stated,
            venues=lambda: self.venues,
        ).run(now, clock_doubtful=clock_doubtful)

    def own(self, now: Timestamp = NOON) -> OwnCatalogues:
        return OwnCatalogues(
            self.book,
            self.stated[0],
            self.office.revision,
            self.office.rows.alarm,
            self.office.anchor,
            now,
        )

    def upload(self, reader: "CatalogueOffice") -> None:
        """Put what is served where another office fetches."""
        for name, kind in zip(("catalogue", "catalogue-next"), KINDS, strict=True):
            url = kind.url(self.office.leaf, name)
            row = self.archive.own.rows.get(name)
            reader.archive.shelf.bodies[url] = row.token.encode() if row and row.token else 404

    def fetch(self, other: "CatalogueOffice", now: Timestamp = NOON) -> list[str | None]:
        other.upload(self)
        partner = next(
            each
            for each in self.office.book.all(now).partners
            if each.record.pins.anchor == other.office.anchor
        )
        fetch = self.archive.fetch()
        reports = (
            fetch.one(partner, "catalogue", now),
            fetch.one(partner, "catalogue-next", now, optional=True),
        )
        return [each.problem for each in reports]

    def destinations(
        self, now: Timestamp = NOON, stops: Stops = NOTHING_STOPPED
    ) -> KnownDestinations:
        self.archive.trust.refresh(now)
        members = tuple(
            replace(each, entity_id=EntityId(f"https://credit.{each.slug}.example"))
            for each in AGREEMENT.members
        )
        return KnownDestinations(
            own=self.office.division or CityId(""),
            versions=self.own(),
            agreement=Agreement(
                version="2026.1",
                members=members,
                scenarios=MappingProxyType(dict(AGREEMENT.scenarios)),
            ),
            trust=self.archive.trust,
            documents=self.archive.view(now),
            stops=stops,
        )
