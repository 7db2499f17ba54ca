"""A merchant's machine that signs in by itself (OAuth 2.0 client credentials, RFC 6749, 4.4).

The office registers a till for one merchant, with a secret or with the till's public key, and may
keep it to some scenarios and one venue. The till trades its credentials for access tokens that
live for an hour and are never wider. Secrets and tokens are stored as SHA-256 only.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from gateway.errors import RefusedError
from gateway.ids import MerchantId, ScenarioId, Timestamp, VenueId
from gateway.jose.keys import PublicKey, parse_jwk, thumbprint
from gateway.jose.members import Members
from gateway.ledger.entries import Note
from gateway.policy.scenarios import all_within, well_formed
from gateway.services.access import token_hash
from gateway.services.audit import Acting
from gateway.services.ports import MerchantDirectory
from gateway.trust import wording

MAX_LABEL_CHARS: Final = 40
MAX_KEY_BYTES: Final = 4096
"""Of a till's public key as JSON."""

_ID_BYTES: Final = 8
_SECRET_BYTES: Final = 32
CLIENT_ID: Final = re.compile(r"till-[0-9a-f]{16}")
SCENARIO_WORD: Final = "scenario:"
VENUE_WORD: Final = "venue:"

AuthMethod = Literal["client_secret_basic", "private_key_jwt"]


class TillRefusedError(RefusedError):
    """A till cannot be registered as described; the message says what is allowed."""

    code = "till_refused"


class UnknownTillError(RefusedError):
    """There is no till of this id."""

    code = "till_unknown"


class ScopeRefusedError(RefusedError):
    """A scope is malformed, or wider than the till's registration."""

    code = "till_scope_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class TillClient:
    """One registered till.

    Attributes:
        id: Public; ``till-`` and 16 hexadecimal digits.
        label: What the office calls it.
        scenarios: The only ones it may name; None is all that the merchant has.
        venue: The only one it may name; None is every venue of the merchant.
        secret_hash: SHA-256 of its secret; None if it signs with ``key``.
        key: Its public key; None if it has a secret.
    """

    id: str
    merchant: MerchantId
    label: str
    scenarios: frozenset[ScenarioId] | None
    venue: VenueId | None
    secret_hash: bytes | None = field(repr=False)
    key: PublicKey | None
    created_at: Timestamp

    @property
    def method(self) -> AuthMethod:
        """How it authenticates at the token endpoint (OpenID Connect Core, 9)."""
        return "client_secret_basic" if self.key is None else "private_key_jwt"

    def has_secret(self, secret: str) -> bool:
        """Return whether this is its secret, in a time that does not tell how nearly."""
        stored = self.secret_hash or b""
        return secrets.compare_digest(stored, token_hash(secret)) and self.key is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an access token is good for.

    Attributes:
        scenarios: One or more.
        venue: None is every venue of the merchant.
    """

    scenarios: frozenset[ScenarioId]
    venue: VenueId | None

    def __str__(self) -> str:
        """Return it as RFC 6749, 3.3 spells scopes."""
        words = [SCENARIO_WORD + each for each in sorted(self.scenarios)]
        return " ".join([*words, VENUE_WORD + self.venue] if self.venue else words)


@dataclass(frozen=True, slots=True, kw_only=True)
class TillToken:
    """What is stored of an access token.

    Attributes:
        registered: The scenarios that its till is kept to, whatever the merchant has by now; None
            is all. It is read with a token, never stored with one.
    """

    client: str
    merchant: MerchantId
    scope: Scope
    expires_at: Timestamp
    registered: frozenset[ScenarioId] | None = None


class TillRows(Protocol):
    """Keeps tills, their access tokens, and which signed assertions were used."""

    def add(self, client: TillClient, note: Note) -> None:
        """Store a till.

        Raises:
            ConflictError: the id is taken.
            UnknownMerchantError: there is no such merchant.
        """
        ...

    def get(self, client_id: str) -> TillClient | None:
        """Return one till."""
        ...

    def list_of(self, merchant: MerchantId | None) -> tuple[TillClient, ...]:
        """Return the tills of a merchant, or of all, oldest first."""
        ...

    def remove(self, client_id: str, note: Note) -> bool:
        """Delete a till with its tokens; return whether it was there."""
        ...

    def add_token(self, digest: bytes, token: TillToken) -> bool:
        """Store an access token; return whether the till is still there."""
        ...

    def by_token(self, digest: bytes, now: Timestamp) -> TillToken | None:
        """Return a token that has not expired."""
        ...

    def spend_assertion(self, tag: bytes, expires_at: Timestamp) -> bool:
        """Remember an assertion until it has expired; return whether it is new."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterTills:
    """The use cases of the desk that registers tills."""

    rows: TillRows
    directory: MerchantDirectory

    def add(  # noqa: PLR0913, PLR0917  what there is to say of a till
        self,
        merchant: MerchantId,
        label: str,
        scenarios: frozenset[ScenarioId] | None,
        venue: VenueId | None,
        key: PublicKey | None,
        acting: Acting,
    ) -> tuple[TillClient, str | None]:
        """Register a till; return it and its secret, which is shown once and stored nowhere.

        Args:
            merchant: Whose it is.
            label: 1 to 40 plain characters.
            scenarios: The only ones, each one that the merchant has; None is all.
            venue: The only one; None is all.
            key: Its public key; then it has no secret.
            acting: By whom.

        Raises:
            TillRefusedError: a value that is not allowed, or a merchant that was removed.
        """
        owner = self.directory.get(merchant)
        if owner is None or owner.state == "removed":
            raise TillRefusedError("there is no such merchant")
        if not 1 <= len(label) <= MAX_LABEL_CHARS or not wording.is_plain(label):
            raise TillRefusedError(f"a label is 1 to {MAX_LABEL_CHARS} plain characters")
        if venue is not None and not owner.is_open(venue):
            raise TillRefusedError("the merchant has no such venue, or it was closed")
        fits = scenarios is None or (
            well_formed(scenarios) and all_within(scenarios, owner.scenarios)
        )
        if not fits or scenarios == frozenset():
            said = ", ".join(sorted(owner.scenarios))
            raise TillRefusedError(f"a scenario that the merchant has not; allowed: {said}")
        secret = None if key else secrets.token_urlsafe(_SECRET_BYTES)
        client = TillClient(
            id=f"till-{secrets.token_hex(_ID_BYTES)}",
            merchant=merchant,
            label=label,
            scenarios=scenarios,
            venue=venue,
            secret_hash=token_hash(secret) if secret else None,
            key=key,
            created_at=acting.at,
        )
        note = acting.note("till.added", client.id, merchant=merchant, label=label)
        self.rows.add(client, note)
        return client, secret

    def remove(self, client_id: str, acting: Acting) -> None:
        """End a till and its tokens, in every worker within 5 seconds.

        Raises:
            UnknownTillError: there is no such till.
        """
        known = CLIENT_ID.fullmatch(client_id)
        if not known or not self.rows.remove(client_id, acting.note("till.removed", client_id)):
            raise UnknownTillError("there is no till of this id")


def parse_till_key(jwk: Mapping[str, object]) -> PublicKey:
    """Return the public key that a till's maker handed in.

    Its ``kid`` may be missing; one that is there must be the RFC 7638 thumbprint.

    Raises:
        JoseError: it is not a public key on P-256.
    """
    if "kid" in jwk:
        return parse_jwk(jwk)
    members = Members(jwk, "jwk")
    return parse_jwk({**jwk, "kid": thumbprint(members.text("x"), members.text("y"))})
