"""The configuration of a leaf: a city's federation key about the city, hourly."""

from dataclasses import dataclass

from gateway.ids import EntityId, KeyId
from gateway.jose import strict_json
from gateway.jose.keys import PublicKey
from gateway.jose.members import Members
from gateway.trust import entity
from gateway.trust.errors import HintsError, KeyRoleError, MetadataError
from gateway.trust.statements import envelope
from gateway.trust.statements.life import LEAF_LIFE_S, Life
from gateway.trust.statements.metadata import AnnouncedKey, IssuerMetadata, VerifierMetadata
from gateway.trust.statements.subordinate import ISSUER_TYPE, VERIFIER_TYPE

MAX_HINTS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafConfiguration:
    """What a leaf says about itself.

    Attributes:
        keys: K2 and K2next; live are those that the anchor names as well.
        trust_anchor_hints: Anchors that this city accepts; they only inform.
        issuer: Present where the city issues codes.
        verifier: Present where its merchants verify them.
    """

    leaf: EntityId
    life: Life
    keys: tuple[PublicKey, ...]
    trust_anchor_hints: tuple[EntityId, ...]
    issuer: IssuerMetadata | None
    verifier: VerifierMetadata | None

    @classmethod
    def parse(cls, payload: bytes, leaf: EntityId) -> "LeafConfiguration":
        """Return the configuration in ``payload``, whose signature was verified.

        Does not ask whether it lives now: see ``life.check``.

        Raises:
            TrustError, JoseError: by subclass, see docs/federation.md.
        """
        members = envelope.open_payload(payload, "leaf configuration", issuer=leaf, subject=leaf)
        if members.values.get("authority_hints") != [entity.anchor_of(leaf)]:
            raise HintsError("authority_hints other than the own anchor")
        issuer, verifier = _read_metadata(members.inner("metadata"))
        statement = cls(
            leaf=leaf,
            life=Life.read(members, longest_s=LEAF_LIFE_S),
            keys=envelope.read_keys(members),
            trust_anchor_hints=_read_trusted(members),
            issuer=issuer,
            verifier=verifier,
        )
        if statement.key_ids & {key.public.kid for key in statement.code_keys}:
            raise KeyRoleError("a federation key that is a code key as well")
        return statement

    @property
    def key_ids(self) -> frozenset[KeyId]:
        """Ids of the federation keys."""
        return frozenset(key.kid for key in self.keys)

    @property
    def code_keys(self) -> tuple[AnnouncedKey, ...]:
        """The announced code keys; none where the city does not issue."""
        return self.issuer.code_keys if self.issuer else ()

    def payload(self) -> bytes:
        """Return the JSON to sign with K2."""
        metadata: dict[str, object] = {}
        if self.issuer:
            metadata[ISSUER_TYPE] = self.issuer.json()
        if self.verifier:
            metadata[VERIFIER_TYPE] = self.verifier.json()
        return strict_json.encode(
            {
                **envelope.head(self.leaf, self.leaf, self.life),
                "jwks": envelope.key_set(self.keys),
                "authority_hints": [entity.anchor_of(self.leaf)],
                "trust_anchor_hints": list(self.trust_anchor_hints),
                "metadata": metadata,
            }
        )


def _read_metadata(metadata: Members) -> tuple[IssuerMetadata | None, VerifierMetadata | None]:
    issuer = verifier = None
    if metadata.has(ISSUER_TYPE):
        issuer = IssuerMetadata.parse(metadata.inner(ISSUER_TYPE))
    if metadata.has(VERIFIER_TYPE):
        verifier = VerifierMetadata.parse(metadata.inner(VERIFIER_TYPE))
    if issuer is None and verifier is None:
        raise MetadataError("a leaf that neither issues nor verifies")
    return issuer, verifier


def _read_trusted(members: Members) -> tuple[EntityId, ...]:
    """Hints that are no entity identifiers are left out: they only inform."""
    if not members.has("trust_anchor_hints"):
        return ()
    texts = members.texts("trust_anchor_hints", max_items=MAX_HINTS)
    return tuple(EntityId(text) for text in texts if entity.is_entity_id(text))
