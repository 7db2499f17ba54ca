"""Signing in at the city's provider: what must be bound to what (OpenID Connect Core, 3.1).

An attempt lives in a sealed cookie of the browser that began it, for ten minutes. State, nonce
and PKCE verifier are in it, so another browser's answer, an answer to another attempt and a
stolen authorization code end nothing here. The provider's part is the port ``Provider``.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import urlencode

from gateway.errors import JoseError, RefusedError, UnavailableError
from gateway.ids import Timestamp
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.services.identity import NOTHING_ASKED, AskedClaims, Identity
from gateway.services.tags import SealError, seal, unseal

ATTEMPT_S: Final = 600
"""A person may take ten minutes at the provider."""

SKEW_S: Final = 60
"""The provider's clock may differ from ours by so much."""

_RANDOM_BYTES: Final = 32
_MAX_ATTEMPT_BYTES: Final = 2048
_PATH: Final = re.compile(
    r"/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?"
    r"(?:\?city=[0-9]{6}(?:&scenario=[a-z0-9_.-]{1,48})?)?"
)
_MAX_PATH_CHARS: Final = 128


class SignInRefusedError(RefusedError):
    """An answer from the provider's side does not belong to an attempt of this browser."""

    code = "sign_in_refused"


class ProviderUnavailableError(UnavailableError):
    """The city's provider does not answer, or not as one."""

    code = "provider_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to sign in.

    Attributes:
        verifier: PKCE code verifier (RFC 7636, 4.1).
        return_to: Path of ours to show afterwards.
        expires_at: First moment at which its answer is refused.
        fresh: Whether the person has to prove again who it is, whatever the provider remembers.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    return_to: str
    expires_at: Timestamp
    fresh: bool = False

    @property
    def began_at(self) -> Timestamp:
        """When the browser was sent away."""
        return Timestamp(self.expires_at - ATTEMPT_S)

    @property
    def challenge(self) -> str:
        """PKCE challenge, method S256."""
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


class Provider(Protocol):
    """A city's provider, as far as signing in needs it: OpenID, or a portal with tickets."""

    def authorization_url(self, attempt: Attempt) -> str:
        """Return where the browser goes.

        Raises:
            ProviderUnavailableError: the provider does not answer, or not as one.
        """
        ...

    def identify(self, code: str, attempt: Attempt, now: Timestamp) -> Identity:
        """Exchange what the browser brought and return whom the provider names for it.

        Raises:
            SignInRefusedError: the provider refuses the code, or what it says is not for us,
                not for this attempt, not its own word, not of this time, or a fresh proof was
                asked for and it says none.
            NotAdultError: the city asks whether the person is 18, and it does not say yes.
            ProviderUnavailableError: the provider does not answer, or not as one.
        """
        ...

    def names_itself(self) -> bool:
        """Return whether its answers carry ``iss`` (RFC 9207)."""
        ...

    def sign_out_url(self) -> str | None:
        """Return where the browser signs out of the provider, if it offers that."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the browser brought back from the provider, unverified; absent members are None.

    Attributes:
        code: Authorization code, or the ticket of a portal.
        issuer: Who says that it sent the browser (RFC 9207).
    """

    state: str | None
    code: str | None
    issuer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Begins attempts and finishes them.

    Attributes:
        issuer: The provider's identifier.
        client_id: What the provider calls this gateway.
        key: 32 bytes that seal attempts.
        asked: What the provider is asked for beside the subject; people are told.
    """

    issuer: str
    client_id: str
    provider: Provider
    key: bytes = field(repr=False)
    asked: AskedClaims = NOTHING_ASKED

    def sign_out_url(self) -> str | None:
        """Return where a browser signs out of the provider as well, if there is such a page."""
        page = self.provider.sign_out_url()
        return None if page is None else f"{page}?{urlencode({'client_id': self.client_id})}"

    def begin(
        self, return_to: str | None, now: Timestamp, *, fresh: bool = False
    ) -> tuple[str, str]:
        """Return where the browser goes, and the sealed attempt for its cookie.

        Args:
            return_to: Path of ours to show afterwards, unverified.
            now: When.
            fresh: Ask the provider for a proof of this very moment.
        """
        attempt = Attempt(
            state=secrets.token_urlsafe(_RANDOM_BYTES),
            nonce=secrets.token_urlsafe(_RANDOM_BYTES),
            verifier=secrets.token_urlsafe(_RANDOM_BYTES),
            return_to=safe_path(return_to) or "/code",
            expires_at=Timestamp(now + ATTEMPT_S),
            fresh=fresh,
        )
        return self.provider.authorization_url(attempt), _sealed(self.key, attempt)

    def finish(self, cookie: str | None, answer: Answer, now: Timestamp) -> tuple[Identity, str]:
        """Return who signed in, and the path to go on to.

        Raises:
            SignInRefusedError: anything does not fit; nobody is signed in.
            NotAdultError: as ``Provider.identify``.
            ProviderUnavailableError: the provider is gone.
        """
        # (1) Did this browser begin an attempt, not long ago?
        attempt = _unsealed(self.key, cookie)
        if attempt is None or now >= attempt.expires_at:
            raise SignInRefusedError("this browser began no sign-in, or long ago")
        # (2) Is this the answer to that very attempt?
        if answer.state is None or not _same(answer.state, attempt.state):
            raise SignInRefusedError("the answer belongs to another sign-in")
        # (3) Does it come from the provider that was asked (RFC 9207, mixed-up providers)?
        named = answer.issuer is not None or self.provider.names_itself()
        if named and answer.issuer != self.issuer:
            raise SignInRefusedError("the answer comes from another provider")
        # (4) Did the person agree there?
        if answer.code is None:
            raise SignInRefusedError("the provider did not sign anybody in")
        # (5) Whom does the provider name, to us, for this attempt?
        return self.provider.identify(answer.code, attempt, now), attempt.return_to


def proved_at_of(said: object, now: Timestamp) -> Timestamp | None:
    """Return when the provider last saw a proof, if it says a moment that is not to come."""
    if type(said) is not int or not 0 < said <= now + SKEW_S:
        return None
    return Timestamp(min(said, now))


def check_fresh(proved_at: Timestamp | None, attempt: Attempt) -> None:
    """Return if the person proved who it is during this attempt.

    Raises:
        SignInRefusedError: before it, or nobody says when: the provider remembered somebody.
    """
    if proved_at is None or proved_at < attempt.began_at - SKEW_S:
        raise SignInRefusedError("the provider did not ask the person again")


def safe_path(text: str | None) -> str | None:
    """Return ``text`` if it is a plain path of this site, else None.

    A second slash, a backslash, a percent sign or a scheme is no plain path: browsers read some
    of them as another host. Of queries only the choice of a code, city and scenario, is let by.
    """
    if text is None or len(text) > _MAX_PATH_CHARS or not _PATH.fullmatch(text):
        return None
    return text


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8"), other.encode("utf-8"))


def _sealed(key: bytes, attempt: Attempt) -> str:
    plain = strict_json.encode(
        {
            "state": attempt.state,
            "nonce": attempt.nonce,
            "verifier": attempt.verifier,
            "return_to": attempt.return_to,
            "expires_at": attempt.expires_at,
            "fresh": int(attempt.fresh),
        }
    )
    return base64.urlsafe_b64encode(seal(key, plain)).decode("ascii")


def _unsealed(key: bytes, cookie: str | None) -> Attempt | None:
    try:
        plain = unseal(key, base64.urlsafe_b64decode((cookie or "").encode("ascii")))
        read = Members(strict_json.parse(plain, max_bytes=_MAX_ATTEMPT_BYTES), "attempt")
    except (SealError, JoseError, ValueError):
        return None
    return Attempt(
        state=read.text("state"),
        nonce=read.text("nonce"),
        verifier=read.text("verifier"),
        return_to=read.text("return_to"),
        expires_at=Timestamp(read.integer("expires_at")),
        fresh=read.integer("fresh", maximum=1) == 1,
    )
