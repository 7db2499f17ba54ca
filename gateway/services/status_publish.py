"""Sign this city's status lists: on schedule, and at once after a revocation.

Any process may do it at any time. A list is signed from the bits in the database and compared
with them afterwards: a process that was overtaken by a revocation signs again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from gateway.codes import status_list
from gateway.codes.status_list import LIFE_S, TTL_S, StatusList
from gateway.errors import GatewayError
from gateway.ids import KeyId, Timestamp
from gateway.services.document_ports import OwnDocuments
from gateway.services.own_documents import PublishDocument
from gateway.services.ports import NotNewerError
from gateway.services.status_indexes import numbers_of, uri_of
from gateway.services.status_kind import STATUS_LISTS, name_of, number_of
from gateway.services.status_ports import StatusRows
from gateway.trust.documents import Document, open_document

RESIGN_S: Final = TTL_S // 3
"""Age at which a list is signed again though nothing changed."""

_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    """What the stored token of a list says."""

    issued_at: Timestamp
    kid: KeyId
    packed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishStatusLists:
    """Keeps the published lists as the database says.

    Attributes:
        issues: Whether this city issues codes; otherwise it has no lists.
        clock_doubtful: Whether partners contradict the own clock now: nothing is signed then.
    """

    rows: StatusRows
    documents: OwnDocuments
    publish: PublishDocument
    issues: bool
    clock_doubtful: Callable[[], bool]

    def due(self, now: Timestamp) -> tuple[int, ...]:
        """Sign every list that is old or not as the database says; return which.

        Lists whose every code has ended are withdrawn, once no code can name them.

        Raises:
            OwnClockDoubtfulError: something is due, and nothing is signed.
            UnavailableError: the database cannot be read or written.
        """
        wanted = self._wanted()
        for name in self.documents.digests():
            number = number_of(name)
            if number is not None and number not in wanted:
                self.documents.withdraw(name, now)
        counts = self.rows.revoked_counts()
        return tuple(number for number in sorted(wanted) if self._one(number, counts, now))

    def _wanted(self) -> frozenset[int]:
        if not self.issues:
            return frozenset()
        return self.rows.numbers() | frozenset(numbers_of(self.rows.taken()))

    def _one(self, number: int, counts: Mapping[int, int], now: Timestamp) -> bool:
        """Sign a list if it is due, and again while revocations overtake the signing."""
        signed = self._signed(number)
        if signed is not None and self._holds(signed, counts.get(number, 0), number, now):
            return False
        for _ in range(_ATTEMPTS):
            revoked = self.rows.revoked(number)
            stored = self._sign(number, _joined(revoked, signed), now)
            if stored and self.rows.revoked_counts().get(number, 0) == len(revoked):
                break
        return True

    def _holds(self, signed: _Signed, revoked: int, number: int, now: Timestamp) -> bool:
        """Return whether a token is young, under the key in use, and has every bit."""
        young = signed.issued_at - 60 <= now < signed.issued_at + RESIGN_S
        if not young or signed.kid != self._kid():
            return False
        # More than the rows say is said where a hand took some away; that takes nothing back.
        said = status_list.count(signed.packed)
        return said == revoked or (
            said > revoked and _joined(self.rows.revoked(number), signed) == signed.packed
        )

    def _sign(self, number: int, packed: bytes, now: Timestamp) -> bool:
        """Sign and store; return whether another process was not faster."""
        uri = uri_of(self.publish.leaf, number)
        payload = status_list.payload(uri=uri, packed=packed)
        try:
            self.publish.publish(
                name_of(number),
                STATUS_LISTS,
                payload,
                life_s=LIFE_S,
                now=now,
                clock_doubtful=self.clock_doubtful(),
            )
        except NotNewerError:
            return False
        return True

    def _signed(self, number: int) -> _Signed | None:
        """Return what the stored token says; None if there is none that is ours."""
        stored = self.documents.get(name_of(number))
        if stored is None or not stored.token:
            return None
        try:
            document = self._open(stored.token)
            held = cast("StatusList", STATUS_LISTS.read(name_of(number), document))
        except GatewayError:
            # Whatever a hand put there is replaced, or its signer is ours no more.
            return None
        return _Signed(issued_at=held.issued_at, kid=document.kid, packed=held.packed)

    def _open(self, token: str) -> Document:
        keys = self.publish.keys.federation_public()
        return open_document(token, kind=STATUS_LISTS.type, issuer=self.publish.leaf, keys=keys)

    def _kid(self) -> KeyId:
        return self.publish.keys.federation().public.kid


def _joined(revoked: tuple[int, ...], signed: _Signed | None) -> bytes:
    """Return the bits of the rows, with those that were signed before: none is ever taken back."""
    packed = status_list.pack(revoked)
    return packed if signed is None else status_list.union(packed, signed.packed)
