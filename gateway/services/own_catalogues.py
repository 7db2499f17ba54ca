"""Publishing the own catalogue: the version in force, and the one that follows, signed with K2.

Run on a schedule: it enters what the city file states into the book, then signs what the book
says counts now, and what comes next. Parity was checked when the file was loaded.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.errors import GatewayError
from gateway.ids import Timestamp, VenueId
from gateway.jose import strict_json
from gateway.policy.catalogue import Catalogue
from gateway.policy.published import PublishedCatalogue
from gateway.services.catalogue_book import CatalogueBook
from gateway.services.document_kinds import DocumentKind, kind_of
from gateway.services.document_ports import CATALOGUE, CATALOGUE_NEXT
from gateway.services.own_documents import PublishDocument
from gateway.services.partner_ports import OwnClockDoubtfulError
from gateway.trust.documents import open_document

LIFE_S: Final = 7 * 24 * 3600
"""How long a signed catalogue counts: a partner that cannot fetch goes on for a week."""

SIGN_AGAIN_S: Final = 12 * 3600
"""A catalogue that says the same is signed again after so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishCatalogues:
    """The use case.

    Attributes:
        stated: What the city file states: the present catalogue, and the next one if there is.
        venues: Gives the names of venues, for those that offers are limited to.
    """

    book: CatalogueBook
    publish: PublishDocument
    kinds: tuple[DocumentKind, ...]
    stated: tuple[Catalogue, ...]
    venues: Callable[[], Mapping[VenueId, str]]

    def run(self, now: Timestamp, *, clock_doubtful: bool) -> None:
        """Publish what is due; one fault keeps nothing else from it, and is raised at the end.

        Raises:
            OwnClockDoubtfulError: nothing is promised or signed then.
            CatalogueChangedError: the file changed a version that was published.
            GatewayError: something could not be stored or signed.
        """
        if clock_doubtful:
            raise OwnClockDoubtfulError("most partners contradict our clock")
        faults = list[GatewayError]()
        for stated in self.stated:
            try:
                self.book.enter(stated, self.venues(), now)
            except GatewayError as error:
                faults.append(error)
        try:
            self.book.withdraw(frozenset(stated.version for stated in self.stated), now)
        except GatewayError as error:
            faults.append(error)
        versions, _ = self.book.versions()
        for name, version in (
            (CATALOGUE, versions.in_force(now)),
            (CATALOGUE_NEXT, versions.next(now)),
        ):
            try:
                self._serve(name, version, now)
            except GatewayError as error:
                faults.append(error)
        if faults:
            raise faults[0]

    def _serve(self, name: str, version: PublishedCatalogue | None, now: Timestamp) -> None:
        if version is None:
            self.publish.documents.withdraw(name, now)
            return
        payload = {**self.book.content(version.version), "valid_from": version.valid_from}
        if self._due(name, payload, now):
            kind = kind_of(name, self.kinds)
            self.publish.publish(name, kind, payload, life_s=LIFE_S, now=now, clock_doubtful=False)

    def _due(self, name: str, payload: Mapping[str, object], now: Timestamp) -> bool:
        """Tell whether the stored document says something else, is old, or by another key."""
        stored = self.publish.documents.get(name)
        if stored is None or not stored.token:
            return True
        keys = self.publish.keys
        try:
            document = open_document(
                stored.token,
                kind=kind_of(name, self.kinds).type,
                issuer=self.publish.leaf,
                keys=keys.federation_public(),
            )
        except GatewayError:
            return True
        said = {each: document.members.values.get(each) for each in payload}
        old = now - document.life.issued_at >= SIGN_AGAIN_S
        other_key = document.kid != keys.federation().public.kid
        # Compared as bytes: a number of another type would compare alike.
        return old or other_key or strict_json.encode(said) != strict_json.encode(payload)
