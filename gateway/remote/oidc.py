"""The city's OpenID provider: Authlib's client, joserfc's signatures, our bounds.

Discovery and keys are fetched when first needed and again after an hour; an unknown key id asks
again at most every 30 seconds. Nothing the provider says reaches a log or a page.
"""

# Authlib's stubs leave parts of its classes open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import OAuth2Error
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.clock import monotonic_s
from gateway.errors import UnavailableError
from gateway.ids import Timestamp
from gateway.remote.bounded_session import bounded
from gateway.services.sign_in import MAX_SUBJECT_CHARS, Attempt, SignInRefusedError

ALGORITHMS: Final = ("ES256", "RS256", "PS256")
"""Never ``none``, never a shared secret: with one, whoever has the public key could sign."""

KEPT_S: Final = 3600.0
ASK_AGAIN_S: Final = 30.0
SKEW_S: Final = 60
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class _Known:
    """What discovery and the key set said, and when."""

    metadata: Mapping[str, object]
    keys: KeySet
    at_s: float

    def text(self, name: str) -> str | None:
        found = self.metadata.get(name)
        return found if isinstance(found, str) else None


class ProviderUnavailableError(UnavailableError):
    """The OpenID provider does not answer, or not as one."""

    code = "provider_unavailable"


class OidcProvider:
    """``Provider`` over HTTP."""

    def __init__(
        self, *, issuer: str, client_id: str, client_secret: str, redirect_uri: str
    ) -> None:
        self._issuer, self._client_id = issuer, client_id
        self._secret, self._redirect_uri = client_secret, redirect_uri
        self._known: _Known | None = None
        self._lock = threading.Lock()

    def authorization_url(self, attempt: Attempt) -> str:
        """Return where the browser goes."""
        endpoint = self._get().text("authorization_endpoint") or ""
        with self._session() as session:
            url, _ = session.create_authorization_url(
                endpoint,
                state=attempt.state,
                nonce=attempt.nonce,
                code_challenge=attempt.challenge,
                code_challenge_method="S256",
            )
        return str(url)

    def subject(self, code: str, attempt: Attempt, now: Timestamp) -> str:
        """Exchange the code and return the verified ``sub``."""
        token = self._exchange(code, attempt)
        claims = self._verified(token)
        checked = CodeIDToken(
            claims.claims,
            claims.header,
            options={
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": self._client_id},
                "sub": {"essential": True},
                "exp": {"essential": True},
                "iat": {"essential": True},
            },
            params={"nonce": attempt.nonce, "client_id": self._client_id},
        )
        try:
            checked.validate(now=now, leeway=SKEW_S)
        except JoseError as error:
            raise SignInRefusedError("the id token is not for this sign-in") from error
        subject = claims.claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_CHARS:
            raise SignInRefusedError("the id token names nobody")
        return subject

    def names_itself(self) -> bool:
        """Return whether answers carry ``iss``."""
        said = self._get().metadata.get("authorization_response_iss_parameter_supported")
        return said is True

    def sign_out_url(self) -> str | None:
        """Return the provider's sign-out page, if it has one and is there."""
        try:
            endpoint = self._get().text("end_session_endpoint")
        except ProviderUnavailableError:
            return None
        return endpoint if endpoint is not None and self._trusted(endpoint) else None

    def _exchange(self, code: str, attempt: Attempt) -> str:
        endpoint = self._get().text("token_endpoint")
        try:
            with self._session() as session:
                answer = session.fetch_token(
                    endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                )
        except (OAuthError, OAuth2Error) as error:
            raise SignInRefusedError("the provider refused the code") from error
        except (requests.RequestException, ValueError) as error:
            raise ProviderUnavailableError("the provider does not answer") from error
        token = answer.get("id_token") if isinstance(answer, Mapping) else None
        if not isinstance(token, str):
            raise SignInRefusedError("the provider sent no id token")
        return token

    def _verified(self, token: str) -> jwt.Token:
        known = self._get()
        for _ in range(2):
            try:
                return jwt.decode(token, known.keys, algorithms=list(ALGORITHMS))
            except (JoseError, ValueError) as error:
                # A key that is new at the provider is asked for once, and not for every forgery.
                if monotonic_s() - known.at_s < ASK_AGAIN_S:
                    raise SignInRefusedError("the provider did not sign the id token") from error
            known = self._get(fresh=True)
        raise SignInRefusedError("the provider did not sign the id token")

    def _get(self, *, fresh: bool = False) -> _Known:
        with self._lock:
            known = self._known
            if known is None or fresh or monotonic_s() - known.at_s > KEPT_S:
                known = self._known = self._fetch()
            return known

    def _fetch(self) -> _Known:
        metadata = self._get_json(f"{self._issuer}/.well-known/openid-configuration")
        if metadata.get("issuer") != self._issuer:
            raise ProviderUnavailableError("the discovery document is another provider's")
        for name in _ENDPOINTS:
            endpoint = metadata.get(name)
            if not isinstance(endpoint, str) or not self._trusted(endpoint):
                raise ProviderUnavailableError(f"discovery: {name} is missing or not allowed")
        try:
            keys = KeySet.import_key_set(cast("Any", self._get_json(str(metadata["jwks_uri"]))))
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderUnavailableError("the provider's keys cannot be read") from error
        return _Known(metadata, keys, monotonic_s())

    def _trusted(self, endpoint: str) -> bool:
        """Return whether an endpoint is as safe as the issuer; plain http is for one machine."""
        if self._issuer.startswith("https://"):
            return endpoint.startswith("https://")
        return endpoint.startswith("http://127.0.0.1:")

    def _get_json(self, url: str) -> Mapping[str, object]:
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

    def _session(self) -> OAuth2Session:
        session = OAuth2Session(
            self._client_id,
            self._secret,
            scope="openid",
            redirect_uri=self._redirect_uri,
            token_endpoint_auth_method="client_secret_basic",  # noqa: S106  a method's name
        )
        bounded(session)
        return session
