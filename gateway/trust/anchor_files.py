"""What goes between a gateway and the offline machine of its anchor: three files, nothing secret.

``AnchorKeys`` (who the anchor is) goes to a new gateway; ``AnchorRequest`` (what is to be signed)
goes to the offline machine, ``AnchorAnswer`` (what it signed) comes back. Nothing in a file is
believed before it is checked: see ``anchor_signing``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.errors import JoseError, TrustError
from gateway.ids import EntityId, KeyId, Timestamp
from gateway.jose import jws, strict_json
from gateway.jose.keys import PublicKey, Signer, parse_jwk_set
from gateway.jose.members import Members
from gateway.trust import wording
from gateway.trust.entity import parse_entity_id
from gateway.trust.errors import AnchorFileError
from gateway.trust.statements import MAX_STATEMENT_CHARS
from gateway.trust.statements.envelope import key_set
from gateway.trust.trusted_city import Role

KEYS_FORMAT: Final = "credit-code-anchor-keys-1"
REQUEST_FORMAT: Final = "credit-code-anchor-request-1"
ANSWER_FORMAT: Final = "credit-code-anchor-answer-1"
REQUEST_TYP: Final = "anchor-request+jwt"

MAX_FILE_BYTES: Final = 4 * MAX_STATEMENT_CHARS
ANCHOR_STATEMENTS: Final = (Role.ANCHOR, Role.SUBORDINATE)

_ANCHOR_KEYS: Final = 2
_TOKEN: Final = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorKeys:
    """The public halves of K1 and K1s, made on the offline machine for one leaf."""

    leaf: EntityId
    keys: tuple[PublicKey, PublicKey]

    @classmethod
    def parse(cls, raw: bytes) -> "AnchorKeys":
        """Return what the file holds.

        Raises:
            AnchorFileError: it is no file of this format, or has a private member.
        """
        try:
            members = _open(raw, KEYS_FORMAT, "leaf", "jwks")
            keys = parse_jwk_set(members.inner("jwks").values)
            leaf = _leaf(members)
        except (JoseError, TrustError) as error:
            raise AnchorFileError(f"no file of anchor keys: {error}") from error
        if len(keys) != _ANCHOR_KEYS:
            raise AnchorFileError("an anchor has two keys, the active and the standby one")
        return cls(leaf=leaf, keys=(keys[0], keys[1]))

    def encode(self) -> bytes:
        """Return the content of the file."""
        return strict_json.encode(
            {"format": KEYS_FORMAT, "leaf": self.leaf, "jwks": key_set(self.keys)}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRequest:
    """What a gateway asks its anchor to sign.

    Attributes:
        made_at: By the gateway's clock.
        organization_name: For the anchor configuration.
        anchor_kids: K1 and K1s, as the gateway knows them.
        federation: K2 and K2next.
        suspend: Whether the statement is to carry the kill switch.
        issued_at: ``iat`` of the newest statement of each role; the next is later.
        signer: Which federation key asks.
    """

    leaf: EntityId
    made_at: Timestamp
    organization_name: str
    anchor_kids: frozenset[KeyId]
    federation: tuple[PublicKey, ...]
    suspend: bool
    issued_at: Mapping[Role, Timestamp]
    signer: KeyId

    @classmethod
    def parse(cls, raw: bytes) -> "AnchorRequest":
        """Return what the file holds, signed by one of the keys that it names.

        Raises:
            AnchorFileError: it is no file of this format, has a private member, or is not
                signed by a key in it.
        """
        try:
            members = _open(raw, REQUEST_FORMAT, "request")
            token = members.text("request", _TOKEN, max_chars=MAX_STATEMENT_CHARS)
            return cls._read(jws.read(token, typ=REQUEST_TYP, max_chars=MAX_STATEMENT_CHARS))
        except (JoseError, TrustError) as error:
            raise AnchorFileError(f"no request to an anchor: {error}") from error

    @classmethod
    def _read(cls, parts: jws.UnverifiedJws) -> "AnchorRequest":
        members = Members(
            strict_json.parse(parts.payload, max_bytes=MAX_STATEMENT_CHARS), "anchor request"
        )
        members.only(
            "iss", "iat", "organization_name", "anchor_kids", "jwks", "suspend", "issued_at"
        )
        keys = parse_jwk_set(members.inner("jwks").values)
        signer = next((key for key in keys if key.kid == parts.kid), None)
        if signer is None:
            raise AnchorFileError("signed by no key that it names")
        jws.verify(parts, signer)
        last = members.inner("issued_at")
        last.only(*ANCHOR_STATEMENTS)
        kids = members.texts("anchor_kids", wording.KID, max_items=_ANCHOR_KEYS)
        return cls(
            leaf=_leaf(members, "iss"),
            made_at=Timestamp(members.integer("iat")),
            organization_name=wording.name(members, "organization_name"),
            anchor_kids=frozenset(map(KeyId, kids)),
            federation=keys,
            suspend=members.integer("suspend", maximum=1) == 1,
            issued_at={Role(role): Timestamp(last.integer(role)) for role in last.values},
            signer=signer.kid,
        )

    def encode(self, signer: Signer) -> bytes:
        """Return the content of the file, signed with K2."""
        payload = {
            "iss": self.leaf,
            "iat": self.made_at,
            "organization_name": self.organization_name,
            "anchor_kids": sorted(self.anchor_kids),
            "jwks": key_set(self.federation),
            "suspend": int(self.suspend),
            "issued_at": {role.value: at for role, at in self.issued_at.items()},
        }
        token = jws.sign(strict_json.encode(payload), signer, typ=REQUEST_TYP)
        return strict_json.encode({"format": REQUEST_FORMAT, "request": token})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorAnswer:
    """What an anchor signed: its configuration, and its statement on the leaf."""

    leaf: EntityId
    statements: Mapping[Role, str] = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes) -> "AnchorAnswer":
        """Return what the file holds, unverified.

        Raises:
            AnchorFileError: it is no file of this format.
        """
        try:
            members = _open(raw, ANSWER_FORMAT, "leaf", "statements")
            inner = members.inner("statements")
            inner.only(*ANCHOR_STATEMENTS)
            tokens = {
                role: inner.text(role, _TOKEN, max_chars=MAX_STATEMENT_CHARS)
                for role in ANCHOR_STATEMENTS
            }
            return cls(leaf=_leaf(members), statements=tokens)
        except (JoseError, TrustError) as error:
            raise AnchorFileError(f"no answer of an anchor: {error}") from error

    def encode(self) -> bytes:
        """Return the content of the file."""
        tokens = {role.value: token for role, token in self.statements.items()}
        return strict_json.encode(
            {"format": ANSWER_FORMAT, "leaf": self.leaf, "statements": tokens}
        )


def _open(raw: bytes, form: str, *names: str) -> Members:
    members = Members(strict_json.parse(raw, max_bytes=MAX_FILE_BYTES), "anchor file")
    members.only("format", *names)
    members.text("format", re.compile(re.escape(form)))
    return members


def _leaf(members: Members, name: str = "leaf") -> EntityId:
    # Loopback as well: whether that will do is the gateway's question, which knows its leaf.
    return parse_entity_id(members.text(name), allow_loopback=True)
