"""The configuration of an anchor: a city's offline keys about themselves."""

from dataclasses import dataclass

from gateway.ids import EntityId
from gateway.jose import strict_json
from gateway.jose.keys import PublicKey
from gateway.jose.members import Members
from gateway.trust import entity, wording
from gateway.trust.errors import EndpointError
from gateway.trust.statements import envelope
from gateway.trust.statements.life import ANCHOR_LIFE_S, Life


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorConfiguration:
    """What an anchor says about itself.

    Attributes:
        keys: K1 and K1s, as announced; only pinned ones are believed.
        organization_name: Plain text for display.
    """

    anchor: EntityId
    life: Life
    keys: tuple[PublicKey, ...]
    organization_name: str

    @classmethod
    def parse(cls, payload: bytes, anchor: EntityId) -> "AnchorConfiguration":
        """Return the configuration in ``payload``, whose signature was verified.

        Does not ask whether it lives now: see ``life.check``.

        Raises:
            TrustError, JoseError: by subclass, see docs/federation.md.
        """
        members = envelope.open_payload(
            payload, "anchor configuration", issuer=anchor, subject=anchor
        )
        envelope.refuse_hints(members)
        own = members.inner("metadata").inner("federation_entity")
        _check_endpoints(own, anchor)
        return cls(
            anchor=anchor,
            life=Life.read(members, longest_s=ANCHOR_LIFE_S),
            keys=envelope.read_keys(members),
            organization_name=wording.name(own, "organization_name"),
        )

    def payload(self) -> bytes:
        """Return the JSON to sign with K1."""
        metadata = {
            "organization_name": self.organization_name,
            "federation_fetch_endpoint": entity.fetch_endpoint(self.anchor),
            "federation_list_endpoint": entity.list_endpoint(self.anchor),
        }
        return strict_json.encode(
            {
                **envelope.head(self.anchor, self.anchor, self.life),
                "jwks": envelope.key_set(self.keys),
                "metadata": {"federation_entity": metadata},
            }
        )


def _check_endpoints(own: Members, anchor: EntityId) -> None:
    expected = {
        "federation_fetch_endpoint": entity.fetch_endpoint(anchor),
        "federation_list_endpoint": entity.list_endpoint(anchor),
    }
    if any(own.values.get(name) != url for name, url in expected.items()):
        raise EndpointError("an endpoint that is not the derived one")
