"""The statement of an anchor about its leaf: which federation keys the city has."""

from dataclasses import dataclass

from gateway.ids import EntityId
from gateway.jose import strict_json
from gateway.jose.keys import PublicKey
from gateway.jose.members import Members
from gateway.trust import entity, wording
from gateway.trust.errors import MetadataPolicyError
from gateway.trust.statements import envelope
from gateway.trust.statements.life import ANCHOR_LIFE_S, Life

ISSUER_TYPE = "credit_code_issuer"
VERIFIER_TYPE = "credit_code_verifier"

MAX_ENTITY_TYPES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SubordinateStatement:
    """What an anchor says about its leaf.

    Attributes:
        keys: K2 and K2next.
        allowed_entity_types: ``constraints.allowed_entity_types``; None where absent, which
            allows all. Without ``credit_code_issuer`` in it the city's codes are suspended.
    """

    leaf: EntityId
    life: Life
    keys: tuple[PublicKey, ...]
    allowed_entity_types: tuple[str, ...] | None = None

    @classmethod
    def parse(cls, payload: bytes, leaf: EntityId) -> "SubordinateStatement":
        """Return the statement in ``payload``, whose signature was verified.

        Other constraints are ignored: nothing stands below a leaf. Does not ask whether it
        lives now: see ``life.check``.

        Raises:
            TrustError, JoseError: by subclass, see docs/federation.md.
        """
        members = envelope.open_payload(
            payload, "subordinate statement", issuer=entity.anchor_of(leaf), subject=leaf
        )
        envelope.refuse_hints(members)
        if members.has("metadata"):
            raise MetadataPolicyError("metadata in a subordinate statement")
        return cls(
            leaf=leaf,
            life=Life.read(members, longest_s=ANCHOR_LIFE_S),
            keys=envelope.read_keys(members),
            allowed_entity_types=_read_allowed(members),
        )

    @property
    def allows_issuing(self) -> bool:
        """Whether the anchor lets its leaf issue codes."""
        return self.allowed_entity_types is None or ISSUER_TYPE in self.allowed_entity_types

    def payload(self) -> bytes:
        """Return the JSON to sign with K1."""
        body = {
            **envelope.head(entity.anchor_of(self.leaf), self.leaf, self.life),
            "jwks": envelope.key_set(self.keys),
        }
        if self.allowed_entity_types is not None:
            body["constraints"] = {"allowed_entity_types": list(self.allowed_entity_types)}
        return strict_json.encode(body)


def _read_allowed(members: Members) -> tuple[str, ...] | None:
    if not members.has("constraints"):
        return None
    constraints = members.inner("constraints")
    if not constraints.has("allowed_entity_types"):
        return None
    return constraints.texts(
        "allowed_entity_types", wording.ENTITY_TYPE, max_items=MAX_ENTITY_TYPES
    )
