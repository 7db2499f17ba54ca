"""Access tokens of tills: what one may be good for, giving it out, recognising its bearer.

Start at ``TillAccess``. Who may have a token at all is in ``tills``.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from gateway.errors import JoseError
from gateway.ids import ScenarioId, Timestamp, VenueId
from gateway.jose import assertion
from gateway.jose.members import Members
from gateway.policy.scenarios import all_within, narrowed, well_formed
from gateway.services.access import new_token, token_hash
from gateway.services.errors import ForbiddenError, UnauthorizedError
from gateway.services.ports import Merchant, MerchantDirectory
from gateway.services.remembered import Remembered
from gateway.services.tills import (
    CLIENT_ID,
    SCENARIO_WORD,
    VENUE_WORD,
    Scope,
    ScopeRefusedError,
    TillClient,
    TillRows,
    TillToken,
)

TILL_PREFIX: Final = "cct_"
TOKEN_S: Final = 3600
ASSERTION_S: Final = 300
"""Longest life of a till's assertion: a few minutes are enough for one request."""
LEEWAY_S: Final = 60
"""How far the till's clock may be ahead."""
MAX_SCOPE_CHARS: Final = 4096

_TOKEN: Final = re.compile(r"cct_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TillGrant:
    """A till that asks with a valid token; ``registered`` is its token's."""

    client: str
    merchant: Merchant
    scope: Scope
    expires_at: Timestamp
    registered: frozenset[ScenarioId] | None


class TillAccess:
    """Gives out access tokens to tills and recognises their bearers."""

    def __init__(self, rows: TillRows, directory: MerchantDirectory) -> None:
        self._rows, self._directory = rows, directory
        self._known = Remembered[TillGrant]()

    def scope(self, client: TillClient, asked: str) -> Scope:
        """Return what a token may be good for.

        Args:
            client: Who asks.
            asked: ``scenario:ID`` and at most one ``venue:ID``, separated by spaces; without a
                scenario it is all that the till has.

        Raises:
            ScopeRefusedError: malformed, or more than the till has.
            ForbiddenError: the merchant is suspended or removed.
        """
        owner = self._directory.get(client.merchant)
        if owner is None or not owner.verifies:
            raise ForbiddenError("the merchant may not verify")
        scenarios, venues = _asked(asked)
        own = narrowed(owner.scenarios, client.scenarios)
        if not own or not all_within(scenarios, own):
            raise ScopeRefusedError("a scenario that this till has not")
        allowed = {each.id for each in owner.open_venues if client.venue in {None, each.id}}
        if client.venue is not None and not allowed:
            raise ScopeRefusedError("the venue of this till was closed")
        if not venues <= allowed:
            raise ScopeRefusedError("a venue that this till has not")
        return Scope(scenarios=scenarios or own, venue=next(iter(venues), client.venue))

    def issue(self, client: TillClient, scope: Scope, now: Timestamp) -> str:
        """Return an access token, good for an hour; durable on return.

        Raises:
            UnauthorizedError: the till was removed meanwhile.
        """
        token = new_token(TILL_PREFIX)
        stored = TillToken(
            client=client.id,
            merchant=client.merchant,
            scope=scope,
            expires_at=Timestamp(now + TOKEN_S),
        )
        if not self._rows.add_token(token_hash(token), stored):
            raise UnauthorizedError("no till has this id")
        return token

    def by_secret(self, client_id: str, secret: str) -> TillClient:
        """Return the till that has this secret (RFC 6749, 2.3.1).

        Raises:
            UnauthorizedError: no till has this id, or this secret.
        """
        client = self._client(client_id)
        if client is None or not client.has_secret(secret):
            raise UnauthorizedError("no till has this id and secret")
        return client

    def by_assertion(self, text: str, audiences: Collection[str], now: Timestamp) -> TillClient:
        """Return the till that signed an assertion for us, never shown before (RFC 7523, 3).

        Args:
            text: A JWT with iss and sub the till's id, aud, jti, iat and exp.
            audiences: What ``aud`` may be: this server's name, or its token endpoint.
            now: Of this request.

        Raises:
            UnauthorizedError: anything about it is not so.
        """
        try:
            # (1) Is it well-formed, and whose does it say it is?
            shown = assertion.read(text)
            client = self._client(shown.claims.text("sub"))
            if client is None or client.key is None:
                raise UnauthorizedError("no till with this id has a key")
            # (2) Did that till sign it?
            claims = assertion.verify(shown, client.key)
            # (3) Is it about the till itself, made for us, and short-lived?
            if claims.text("iss") != client.id or _audience(claims) not in audiences:
                raise UnauthorizedError("made for somebody else")
            expires_at = _end(claims, now)
            # (4) Last, since it writes: is this the first time?
            tag = hashlib.sha256(f"{client.id} {claims.text('jti', max_chars=128)}".encode())
        except JoseError as error:
            raise UnauthorizedError("an assertion that cannot be believed") from error
        if not self._rows.spend_assertion(tag.digest(), expires_at):
            raise UnauthorizedError("this assertion was shown before")
        return client

    def authenticate(self, token: str, now: Timestamp) -> TillGrant:
        """Return for whom, and for what, the bearer of a token asks.

        Raises:
            UnauthorizedError: it is nobody's, or its time is over.
            ForbiddenError: the merchant is suspended.
        """
        if not _TOKEN.fullmatch(token):
            raise UnauthorizedError("no till has this token")
        found = self._lookup(token_hash(token), now)
        if not found.merchant.verifies:
            raise ForbiddenError("the merchant may not verify")
        return found

    def registered_at(self, client_id: str) -> Timestamp:
        """Return when a till was registered.

        Raises:
            UnauthorizedError: it was removed meanwhile.
        """
        client = self._client(client_id)
        if client is None:
            raise UnauthorizedError("no till has this id")
        return client.created_at

    def _client(self, client_id: str) -> TillClient | None:
        return self._rows.get(client_id) if CLIENT_ID.fullmatch(client_id) else None

    def _lookup(self, digest: bytes, now: Timestamp) -> TillGrant:
        known = self._known.get(digest)
        if known is not None and now < known.expires_at:
            return known
        token = self._rows.by_token(digest, now)
        merchant = None if token is None else self._directory.get(token.merchant)
        if token is None or merchant is None:
            raise UnauthorizedError("no till has this token")
        grant = TillGrant(
            client=token.client,
            merchant=merchant,
            scope=token.scope,
            expires_at=token.expires_at,
            registered=token.registered,
        )
        self._known.put(digest, grant)
        return grant


def acting_merchant(
    merchant: Merchant, scenarios: frozenset[ScenarioId] | None, venue: VenueId | None
) -> Merchant:
    """Return the merchant as a till or device that is kept to these may act for it."""
    venues = merchant.venues if venue is None else [v for v in merchant.venues if v.id == venue]
    return replace(
        merchant, scenarios=narrowed(merchant.scenarios, scenarios), venues=tuple(venues)
    )


def _asked(text: str) -> tuple[frozenset[ScenarioId], frozenset[VenueId]]:
    """Return the scenarios and the venue, one at most, that a scope names (RFC 6749, 3.3)."""
    if len(text) > MAX_SCOPE_CHARS:
        raise ScopeRefusedError(f"a scope has at most {MAX_SCOPE_CHARS} characters")
    words = text.split()
    scenarios = [word.removeprefix(SCENARIO_WORD) for word in words if _is(word, SCENARIO_WORD)]
    venues = [word.removeprefix(VENUE_WORD) for word in words if _is(word, VENUE_WORD)]
    listed = len(scenarios) + len(venues) == len(words) and well_formed(scenarios)
    if not listed or len(set(venues)) > 1:
        raise ScopeRefusedError("a scope is scenario:ID, and at most one venue:ID")
    return frozenset(map(ScenarioId, scenarios)), frozenset(map(VenueId, venues))


def _is(word: str, kind: str) -> bool:
    return word.startswith(kind) and word != kind


def _audience(claims: Members) -> str:
    """Return the one audience: a text, or an array of one (RFC 7519, 4.1.3)."""
    if isinstance(claims.values.get("aud"), str):
        return claims.text("aud")
    audiences = claims.texts("aud", max_items=1)
    return audiences[0] if audiences else ""


def _end(claims: Members, now: Timestamp) -> Timestamp:
    """Return when an assertion ends, if it holds now and did not claim to live for long."""
    begins = [claims.integer(name) for name in ("iat", "nbf") if claims.has(name)]
    expires_at = claims.integer("exp")
    if (
        any(begin > now + LEEWAY_S for begin in begins)
        or not now < expires_at <= now + ASSERTION_S + LEEWAY_S
    ):
        raise UnauthorizedError("not valid now, or for too long")
    return Timestamp(expires_at)
