"""What a leaf does: issue codes, verify codes, or both (*ours*, in the standard's frame)."""

from dataclasses import dataclass

from gateway.ids import CityId, ScenarioId, Timestamp
from gateway.jose.errors import MembersError
from gateway.jose.keys import PublicKey, parse_jwk, parse_jwk_objects
from gateway.jose.members import Members
from gateway.trust import wording
from gateway.trust.errors import MetadataError

MAX_CONTACTS = 8
MAX_SCENARIOS = 256
LONGEST_CODE_LIFE_S = 31 * 24 * 3600
"""Longest life that any code may have."""

_ZH_NAME = "organization_name#zh-Hans"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedKey:
    """A code key (K3) as its city announces it.

    Attributes:
        issued_at: When the key was first published.
        not_before: First moment at which codes under it may be verified.
        expires_at: First moment at which they no longer may.
    """

    public: PublicKey
    issued_at: Timestamp
    not_before: Timestamp
    expires_at: Timestamp

    @classmethod
    def parse(cls, jwk: Members) -> "AnnouncedKey":
        """Return the key; ``use``, ``alg``, ``iat``, ``nbf`` and ``exp`` are required.

        Raises:
            MetadataError: it ends before it begins.
            JoseError: a bad key, or a missing member.
        """
        for name in ("use", "alg"):  # their values are checked by parse_jwk
            jwk.text(name)
        public = parse_jwk(jwk.values)
        issued_at, not_before = jwk.integer("iat"), jwk.integer("nbf")
        expires_at = jwk.integer("exp")
        if expires_at <= not_before:
            raise MetadataError("a code key that ends before it begins")
        return cls(
            public=public,
            issued_at=Timestamp(issued_at),
            not_before=Timestamp(not_before),
            expires_at=Timestamp(expires_at),
        )

    def jwk(self) -> dict[str, object]:
        """Return the key as a JWK with its times."""
        times = {"iat": self.issued_at, "nbf": self.not_before, "exp": self.expires_at}
        return {**self.public.jwk(), "use": "sig", "alg": "ES256", **times}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerMetadata:
    """``credit_code_issuer``: a city that issues codes.

    Attributes:
        organization_name: Plain text, any language; ``organization_name_zh`` is Chinese.
        contacts: At most 8 plain texts.
        code_keys: K3s; empty ends issuing for ever.
        code_lifetime_max_s: Longest life of a code of this city, 1 s to 31 days.
    """

    organization_name: str
    organization_name_zh: str
    division_code: CityId
    contacts: tuple[str, ...]
    code_keys: tuple[AnnouncedKey, ...]
    code_lifetime_max_s: int

    @classmethod
    def parse(cls, members: Members) -> "IssuerMetadata":
        """Return the metadata; unknown members are ignored."""
        contacts = members.texts("contacts", max_items=MAX_CONTACTS)
        return cls(
            organization_name=wording.name(members, "organization_name"),
            organization_name_zh=wording.name(members, _ZH_NAME),
            division_code=CityId(members.text("division_code", wording.DIVISION)),
            contacts=tuple(
                wording.name(Members({"contacts": text}, members.where), "contacts")
                for text in contacts
            ),
            code_keys=tuple(
                AnnouncedKey.parse(Members(jwk, "code key"))
                for jwk in parse_jwk_objects(members.inner("jwks").values)
            ),
            code_lifetime_max_s=members.integer(
                "code_lifetime_max", minimum=1, maximum=LONGEST_CODE_LIFE_S
            ),
        )

    def json(self) -> dict[str, object]:
        """Return the metadata as JSON members."""
        return {
            "organization_name": self.organization_name,
            _ZH_NAME: self.organization_name_zh,
            "division_code": self.division_code,
            "contacts": list(self.contacts),
            "jwks": {"keys": [key.jwk() for key in self.code_keys]},
            "code_lifetime_max": self.code_lifetime_max_s,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierMetadata:
    """``credit_code_verifier``: a city whose merchants verify codes.

    Attributes:
        scenarios_supported: Scenarios in which they do, at most 256.
    """

    scenarios_supported: tuple[ScenarioId, ...]

    @classmethod
    def parse(cls, members: Members) -> "VerifierMetadata":
        """Return the metadata; unknown members are ignored."""
        scenarios = members.texts("scenarios_supported", wording.SCENARIO, max_items=MAX_SCENARIOS)
        if len(set(scenarios)) != len(scenarios):
            raise MembersError(members.where, "scenarios_supported", "without repetition")
        return cls(scenarios_supported=tuple(ScenarioId(text) for text in scenarios))

    def json(self) -> dict[str, object]:
        """Return the metadata as JSON members."""
        return {"scenarios_supported": list(self.scenarios_supported)}
