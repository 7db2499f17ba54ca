"""What an OpenID provider says of itself: its discovery document and its keys.

Fetched when first needed and again after an hour. One thread asks at a time, and after a failure
nobody does for a few seconds: whoever comes meanwhile gets what is known, or is refused at once,
so that a silent provider never holds the threads that the tills need.
"""

# joserfc's stubs leave parts of its classes open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import requests
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from gateway.clock import monotonic_s
from gateway.remote.bounded_session import bounded
from gateway.remote.breaker import Breaker
from gateway.services.sign_in import ProviderUnavailableError

KEPT_S: Final = 3600.0
"""Asked for again from then on."""

USABLE_S: Final = 2 * KEPT_S
"""So long it is still good while the provider does not answer."""

BACK_OFF_S: Final = 5.0
"""After a failure nobody asks for so long."""

MAX_KEYS: Final = 32
"""Only so many members of a key set are looked at; providers publish two or three."""

_KEY_TYPES: Final = ("EC", "RSA")
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Known:
    """What discovery and the key set said, and when."""

    metadata: Mapping[str, object]
    keys: KeySet
    at_s: float

    @property
    def age_s(self) -> float:
        """Seconds since it was fetched."""
        return monotonic_s() - self.at_s

    def text(self, name: str) -> str | None:
        """Return a member of the discovery document, if it is text."""
        found = self.metadata.get(name)
        return found if isinstance(found, str) else None


class Discovery:
    """Keeps what one provider said."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._known: Known | None = None
        self._breaker = Breaker(after=1, rest_s=BACK_OFF_S)
        self._turn = threading.Lock()

    def get(self, *, fresh: bool = False) -> Known:
        """Return what the provider says, at most ``USABLE_S`` old; ask it if nobody else does.

        Args:
            fresh: Ask even if what is known is young.

        Raises:
            ProviderUnavailableError: nothing usable is known, and it cannot be had now.
        """
        known = self._known
        if known is not None and not fresh and known.age_s <= KEPT_S:
            return known
        # No waiting: with a silent provider each who waits here would hold a thread.
        if not self._turn.acquire(blocking=False):
            return self._usable("somebody else is asking the provider")
        try:
            # Somebody may have asked between the look and the turn.
            return self._ask() if self._known is known or self._known is None else self._known
        finally:
            self._turn.release()

    def trusts(self, endpoint: str) -> bool:
        """Return whether an endpoint is as safe as the issuer; plain http is for one machine."""
        if self._issuer.startswith("https://"):
            return endpoint.startswith("https://")
        return endpoint.startswith("http://127.0.0.1:")

    def _ask(self) -> Known:
        if not self._breaker.admits(monotonic_s()):
            return self._usable("the provider did not answer just now")
        try:
            self._known = self._fetch()
        except ProviderUnavailableError as error:
            self._breaker.failed(monotonic_s())
            return self._usable(str(error))
        self._breaker.answered()
        return self._known

    def _usable(self, why_not_fresh: str) -> Known:
        known = self._known
        if known is None or known.age_s > USABLE_S:
            raise ProviderUnavailableError(why_not_fresh)
        return known

    def _fetch(self) -> Known:
        metadata = _get_json(f"{self._issuer}/.well-known/openid-configuration")
        if metadata.get("issuer") != self._issuer:
            raise ProviderUnavailableError("the discovery document is another provider's")
        for name in _ENDPOINTS:
            endpoint = metadata.get(name)
            if not isinstance(endpoint, str) or not self.trusts(endpoint):
                raise ProviderUnavailableError(f"discovery: {name} is missing or not allowed")
        return Known(metadata, _key_set(_get_json(str(metadata["jwks_uri"]))), monotonic_s())


def _key_set(document: Mapping[str, object]) -> KeySet:
    """Return the keys that can be read; others, of a curve or type that we lack, are left out."""
    listed = document.get("keys")
    members = cast("list[object]", listed)[:MAX_KEYS] if isinstance(listed, list) else []
    keys = [key for key in map(_key, members) if key is not None]
    if not keys:
        raise ProviderUnavailableError("none of the provider's keys can be read")
    return KeySet(keys)


def _key(member: object) -> Key | None:
    if not isinstance(member, dict):
        return None
    data = cast("dict[str, Any]", member)
    if data.get("kty") not in _KEY_TYPES:
        return None
    try:
        key = JWKRegistry.import_key(data)
        key.ensure_kid()
    except (JoseError, UnsupportedAlgorithm, ValueError, KeyError, TypeError):
        return None
    return key


def _get_json(url: str) -> Mapping[str, object]:
    with requests.Session() as session:
        bounded(session)
        try:
            answer = session.get(url, allow_redirects=False)
            found: object = answer.json() if answer.status_code == requests.codes.ok else None
        except (requests.RequestException, ValueError) as error:
            raise ProviderUnavailableError("the provider does not answer") from error
    if not isinstance(found, dict):
        raise ProviderUnavailableError("the provider does not answer as one")
    return cast("Mapping[str, object]", found)
