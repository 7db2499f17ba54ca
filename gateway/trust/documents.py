"""What a city signs beside its statements: one shell around catalogue, status list and bundle.

A document is a JWT by a federation key (K2) of its city; ``iss`` is the leaf. Which keys count
is asked of ``trusted_city`` for partners, and of the vault for the own city. What the payload
means is read by the floor that knows it (docs/protocol/documents.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.ids import EntityId, KeyId, Timestamp
from gateway.jose import jws, strict_json
from gateway.jose.keys import PublicKey, Signer
from gateway.jose.members import Members
from gateway.trust.errors import (
    CriticalClaimError,
    EquivocationError,
    RollbackError,
    UnknownSignerError,
    WrongEntityError,
)
from gateway.trust.statements.life import Life


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentType:
    """What all documents of one kind have in common.

    Attributes:
        typ: Exact ``typ`` of the header.
        max_chars: Longest token; a longer one is not looked into.
        longest_s: Longest life from ``iat`` to ``exp``.
    """

    typ: str
    max_chars: int
    longest_s: int


CATALOGUE_TYPE = DocumentType(
    typ="credit-catalog+jwt", max_chars=1024 * 1024, longest_s=31 * 24 * 3600
)
BUNDLE_TYPE = DocumentType(typ="credit-bundle+jwt", max_chars=1024 * 1024, longest_s=24 * 3600)
STATUS_LIST_TYPE = DocumentType(typ="statuslist+jwt", max_chars=512 * 1024, longest_s=24 * 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that a city vouches for.

    Attributes:
        kid: The federation key that signed it; if that key dies, so does the document.
        members: The whole payload; what is not asked for is ignored.
    """

    issuer: EntityId
    life: Life
    kid: KeyId
    members: Members


def verify_document(
    token: str,
    *,
    kind: DocumentType,
    issuer: EntityId,
    keys: Sequence[PublicKey],
    now: Timestamp,
) -> Document:
    """Return the document in ``token``, which counts now.

    Args:
        token: As it came.
        kind: What it has to be.
        issuer: Leaf of the city that it has to be of.
        keys: Live federation keys of that city, and of no other.
        now: The moment for which it has to count.

    Raises:
        ExpiredError, FromFutureError: it does not count now.
        TrustError, JoseError: as ``open_document``.
    """
    document = open_document(token, kind=kind, issuer=issuer, keys=keys)
    document.life.check(now)
    return document


def open_document(
    token: str, *, kind: DocumentType, issuer: EntityId, keys: Sequence[PublicKey]
) -> Document:
    """Return the document in ``token``, without asking whether it counts now.

    Raises:
        TooLargeError: over the size of its kind.
        JwsFormatError: no compact JWS of this type.
        UnknownSignerError: signed by none of ``keys``.
        BadSignatureError: the signature does not fit.
        WrongEntityError, CriticalClaimError, LifeTooLongError: as they say.
        JoseError: not strict JSON.
    """
    parts = jws.read(token, typ=kind.typ, max_chars=kind.max_chars)
    signer = next((key for key in keys if key.kid == parts.kid), None)
    if signer is None:
        raise UnknownSignerError("signed by no live federation key of this city")
    payload = strict_json.parse(jws.verify(parts, signer), max_bytes=kind.max_chars)
    members = Members(payload, kind.typ)
    if members.values.get("iss") != issuer:
        raise WrongEntityError("a document of another city")
    if members.has("crit"):
        raise CriticalClaimError("a crit member")
    life = Life.read(members, longest_s=kind.longest_s)
    return Document(issuer=issuer, life=life, kid=parts.kid, members=members)


def sign_document(
    payload: Mapping[str, object],
    *,
    kind: DocumentType,
    issuer: EntityId,
    life: Life,
    signer: Signer,
) -> str:
    """Return the token of a document; ``iss``, ``iat`` and ``exp`` come first in it."""
    head = {"iss": issuer, "iat": life.issued_at, "exp": life.expires_at}
    return jws.sign(strict_json.encode({**head, **payload}), signer, typ=kind.typ)


def check_newer(stored_at: Timestamp, offered_at: Timestamp) -> None:
    """Raise unless a document with other content than the stored one is newer by its ``iat``.

    Raises:
        RollbackError: it is older.
        EquivocationError: two documents of one time say different things.
    """
    if offered_at < stored_at:
        raise RollbackError(stored_at, offered_at)
    if offered_at == stored_at:
        raise EquivocationError("two documents with one time and different content")
