"""The status lists of all cities in one process: what step 7 of a verification asks.

Rests on ``DocumentView``, which checks who signed what; ``refresh`` belongs to the same thread,
after it. A list of a partner is joined with every bit that was ever seen set in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from gateway.codes import status_list
from gateway.codes.status_list import StatusList
from gateway.ids import CityId, EntityId
from gateway.services.document_ports import DocumentKey
from gateway.services.document_view import DocumentSnapshot, DocumentView, HeldDocument
from gateway.services.status_kind import number_of
from gateway.services.status_ports import SeenStatus
from gateway.services.trust_view import TrustSnapshot, TrustView

Lists = Mapping[tuple[CityId, str], StatusList]


@dataclass(frozen=True, slots=True)
class _Joined:
    """A list as it is asked, and the document that it was made of."""

    held: HeldDocument
    lists: StatusList


class StatusView:
    """The newest lists of one process. ``refresh`` is for one thread; reading is for all."""

    def __init__(self, documents: DocumentView, trust: TrustView, seen: SeenStatus) -> None:
        """Load the first lists.

        Raises:
            UnavailableError: the database cannot be read.
        """
        self._documents, self._trust, self._seen = documents, trust, seen
        self._joined: dict[DocumentKey, _Joined] = {}
        self._made_of: tuple[DocumentSnapshot, TrustSnapshot] | None = None
        self._lists: Lists = {}
        self.refresh()

    def find(self, issuer: CityId, uri: str) -> StatusList | None:
        """Return the list that this city publishes at this address, if it does."""
        return self._lists.get((issuer, uri))

    def listed(self) -> Mapping[CityId, tuple[str, ...]]:
        """Return the addresses of all lists by city, in the order of their numbers."""
        found: dict[CityId, tuple[str, ...]] = {}
        for city, uri in sorted(self._lists, key=lambda key: (key[0], len(key[1]), key[1])):
            found[city] = (*found.get(city, ()), uri)
        return found

    def refresh(self) -> bool:
        """Join anew what changed; return whether other lists are in force.

        Raises:
            UnavailableError: the database cannot be read; the old lists stay in force, and run
                out by themselves.
        """
        made_of = (self._documents.snapshot, self._trust.snapshot)
        if self._made_of is not None and all(map(_same, made_of, self._made_of)):
            return False
        documents, trust = made_of
        self._lists = self._own(documents, trust) | self._of_partners(documents, trust)
        self._made_of = made_of
        return True

    @staticmethod
    def _own(
        documents: DocumentSnapshot, trust: TrustSnapshot
    ) -> dict[tuple[CityId, str], StatusList]:
        city = trust.keyring.own
        held = (each.value for name, each in documents.own.items() if number_of(name))
        lists = (cast("StatusList", value) for value in held)
        return {} if city is None else {(city, each.uri): each for each in lists}

    def _of_partners(
        self, documents: DocumentSnapshot, trust: TrustSnapshot
    ) -> dict[tuple[CityId, str], StatusList]:
        cities = {
            partner.record.pins.anchor: partner.record.pins.division for partner in trust.partners
        }
        joined: dict[DocumentKey, _Joined] = {}
        lists: dict[tuple[CityId, str], StatusList] = {}
        for (anchor, name), held in documents.partners.items():
            number, city = number_of(name), cities.get(anchor)
            if number is None or city is None:
                continue
            known = self._joined.get((anchor, name))
            if known is None or known.held is not held:
                known = _Joined(held, self._join(anchor, number, held, known))
            joined[anchor, name] = known
            lists[city, known.lists.uri] = known.lists
        self._joined = joined
        return lists

    def _join(
        self, anchor: EntityId, number: int, held: HeldDocument, before: _Joined | None
    ) -> StatusList:
        lists, packed = cast("StatusList", held.value), cast("StatusList", held.value).packed
        seen = self._seen.seen(anchor, number)
        # What this process refused it goes on refusing, though a hand empties the table.
        for bits in (seen.packed if seen else None, before.lists.packed if before else None):
            packed = packed if bits is None else status_list.union(packed, bits)
        return lists if packed == lists.packed else replace(lists, packed=packed)


def _same(one: object, other: object) -> bool:
    return one is other
