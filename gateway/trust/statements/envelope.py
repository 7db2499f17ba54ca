"""What all statements share: the token around them, who speaks about whom, and their keys."""

import hashlib

from gateway.ids import EntityId
from gateway.jose import jws, strict_json
from gateway.jose.keys import PublicKey, parse_jwk_set
from gateway.jose.members import Members
from gateway.trust.errors import (
    CriticalClaimError,
    HintsError,
    MetadataPolicyError,
    NoKeysError,
    WrongEntityError,
)
from gateway.trust.statements.life import Life

STATEMENT_TYP = "entity-statement+jwt"
MAX_STATEMENT_CHARS = 64 * 1024


def read(token: str) -> jws.UnverifiedJws:
    """Return the parts of a statement, unverified.

    Raises:
        TooLargeError: over 64 KiB.
        JwsFormatError: no compact JWS of this type.
    """
    return jws.read(token, typ=STATEMENT_TYP, max_chars=MAX_STATEMENT_CHARS)


def fingerprint(parts: jws.UnverifiedJws) -> str:
    """Return the SHA-256 of the signing input, in hex: the name of a statement.

    The signature is left out, since one text has many good signatures.
    """
    return hashlib.sha256(parts.signing_input).hexdigest()


def open_payload(payload: bytes, where: str, *, issuer: EntityId, subject: EntityId) -> Members:
    """Return the members of a verified payload that ``issuer`` made about ``subject``.

    Raises:
        WrongEntityError, CriticalClaimError, MetadataPolicyError: as they say.
        JoseError: not strict JSON.
    """
    members = Members(strict_json.parse(payload, max_bytes=MAX_STATEMENT_CHARS), where)
    if members.values.get("iss") != issuer or members.values.get("sub") != subject:
        raise WrongEntityError("by or about another entity")
    if members.has("crit"):
        raise CriticalClaimError("a crit member")
    if members.has("metadata_policy") or members.has("metadata_policy_crit"):
        raise MetadataPolicyError("a metadata policy")
    return members


def refuse_hints(members: Members) -> None:
    """Raise ``HintsError`` if the statement has ``authority_hints`` at all."""
    if members.has("authority_hints"):
        raise HintsError("authority_hints on a statement that has none")


def read_keys(members: Members) -> tuple[PublicKey, ...]:
    """Return the 1 to 16 keys of the subject.

    Raises:
        NoKeysError: the set is empty.
        JoseError: a bad set, see ``jose.keys``.
    """
    keys = parse_jwk_set(members.inner("jwks").values)
    if not keys:
        raise NoKeysError("an empty set of keys")
    return keys


def key_set(keys: tuple[PublicKey, ...]) -> dict[str, object]:
    """Return ``keys`` as a JWK set with ``use`` and ``alg``."""
    return {"keys": [{**key.jwk(), "use": "sig", "alg": "ES256"} for key in keys]}


def head(issuer: EntityId, subject: EntityId, life: Life) -> dict[str, object]:
    """Return the members that every statement begins with."""
    return {"iss": issuer, "sub": subject, "iat": life.issued_at, "exp": life.expires_at}
