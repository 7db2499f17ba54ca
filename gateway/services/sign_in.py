"""Signing in with an OpenID provider: what must be bound to what (OpenID Connect Core, 3.1).

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

from gateway.errors import JoseError, RefusedError
from gateway.ids import Timestamp
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.services.tags import SealError, seal, unseal

ATTEMPT_S: Final = 600
"""A person may take ten minutes at the provider."""

MAX_SUBJECT_CHARS: Final = 255
"""OpenID Connect Core, 2: ``sub`` is at most 255 ASCII characters."""

_RANDOM_BYTES: Final = 32
_MAX_ATTEMPT_BYTES: Final = 2048
_PATH: Final = re.compile(r"/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?")
_MAX_PATH_CHARS: Final = 128


class SignInRefusedError(RefusedError):
    """An answer from the provider's side does not belong to an attempt of this browser."""

    code = "sign_in_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to sign in.

    Attributes:
        verifier: PKCE code verifier (RFC 7636, 4.1).
        return_to: Path of ours to show afterwards.
        expires_at: First moment at which its answer is refused.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    return_to: str
    expires_at: Timestamp

    @property
    def challenge(self) -> str:
        """PKCE challenge, method S256."""
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


class Provider(Protocol):
    """An OpenID provider, as far as signing in needs it."""

    def authorization_url(self, attempt: Attempt) -> str:
        """Return where the browser goes.

        Raises:
            UnavailableError: the provider does not answer, or not as one.
        """
        ...

    def subject(self, code: str, attempt: Attempt, now: Timestamp) -> str:
        """Exchange the authorization code and return the verified ``sub`` of the id token.

        Raises:
            SignInRefusedError: the provider refuses the code, or the id token is not for us,
                not for this attempt, not signed by the provider or not of this time.
            UnavailableError: the provider does not answer, or not as one.
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
    """What the browser brought back from the provider, unverified; absent members are None."""

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
    """

    issuer: str
    client_id: str
    provider: Provider
    key: bytes = field(repr=False)

    def sign_out_url(self) -> str | None:
        """Return where a browser signs out of the provider as well, if there is such a page."""
        page = self.provider.sign_out_url()
        return None if page is None else f"{page}?{urlencode({'client_id': self.client_id})}"

    def begin(self, return_to: str | None, now: Timestamp) -> tuple[str, str]:
        """Return where the browser goes, and the sealed attempt for its cookie."""
        attempt = Attempt(
            state=secrets.token_urlsafe(_RANDOM_BYTES),
            nonce=secrets.token_urlsafe(_RANDOM_BYTES),
            verifier=secrets.token_urlsafe(_RANDOM_BYTES),
            return_to=safe_path(return_to) or "/code",
            expires_at=Timestamp(now + ATTEMPT_S),
        )
        return self.provider.authorization_url(attempt), _sealed(self.key, attempt)

    def finish(self, cookie: str | None, answer: Answer, now: Timestamp) -> tuple[str, str]:
        """Return the subject who signed in, and the path to go on to.

        Raises:
            SignInRefusedError: anything does not fit; nobody is signed in.
            UnavailableError: the provider is gone.
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
        return self.provider.subject(answer.code, attempt, now), attempt.return_to


def safe_path(text: str | None) -> str | None:
    """Return ``text`` if it is a plain path of this site, else None.

    A second slash, a backslash, a percent sign, a scheme or a query is no plain path: browsers
    read some of them as another host.
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
    )
