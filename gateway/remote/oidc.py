"""The city's OpenID provider: Authlib's client, joserfc's signatures, our bounds.

``discovery`` keeps what the provider says of itself; an unknown key id asks again at most every
30 seconds. Nothing the provider says reaches a log or a page.
"""

# Authlib's stubs leave parts of its classes open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import threading
from collections.abc import Mapping
from typing import Final

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import OAuth2Error
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError

from gateway.ids import Timestamp
from gateway.remote.bounded_session import bounded
from gateway.remote.discovery import Discovery, ProviderUnavailableError
from gateway.services.sign_in import MAX_SUBJECT_CHARS, Attempt, SignInRefusedError

ALGORITHMS: Final = ("ES256", "RS256", "PS256")
"""Never ``none``, never a shared secret: with one, whoever has the public key could sign."""

ASK_AGAIN_S: Final = 30.0
SKEW_S: Final = 60

EXCHANGES: Final = 16
"""So many codes are exchanged at once; more would only hold threads at a slow provider."""


class OidcProvider:
    """``Provider`` over HTTP."""

    def __init__(
        self, *, issuer: str, client_id: str, client_secret: str, redirect_uri: str
    ) -> None:
        self._issuer, self._client_id = issuer, client_id
        self._secret, self._redirect_uri = client_secret, redirect_uri
        self._discovery = Discovery(issuer)
        self._exchanges = threading.BoundedSemaphore(EXCHANGES)

    def authorization_url(self, attempt: Attempt) -> str:
        """Return where the browser goes."""
        endpoint = self._discovery.get().text("authorization_endpoint") or ""
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
        said = self._discovery.get().metadata.get("authorization_response_iss_parameter_supported")
        return said is True

    def sign_out_url(self) -> str | None:
        """Return the provider's sign-out page, if it has one and is there."""
        try:
            endpoint = self._discovery.get().text("end_session_endpoint")
        except ProviderUnavailableError:
            return None
        return endpoint if endpoint is not None and self._discovery.trusts(endpoint) else None

    def _exchange(self, code: str, attempt: Attempt) -> str:
        endpoint = self._discovery.get().text("token_endpoint")
        if not self._exchanges.acquire(blocking=False):
            raise ProviderUnavailableError("too many wait for the provider")
        try:
            answer = self._ask_for_token(endpoint, code, attempt)
        except (OAuthError, OAuth2Error) as error:
            raise SignInRefusedError("the provider refused the code") from error
        except (requests.RequestException, ValueError) as error:
            raise ProviderUnavailableError("the provider does not answer") from error
        finally:
            self._exchanges.release()
        token = answer.get("id_token") if isinstance(answer, Mapping) else None
        if not isinstance(token, str):
            raise SignInRefusedError("the provider sent no id token")
        return token

    def _ask_for_token(self, endpoint: str | None, code: str, attempt: Attempt) -> object:
        with self._session() as session:
            return session.fetch_token(
                endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=attempt.verifier,
            )

    def _verified(self, token: str) -> jwt.Token:
        known = self._discovery.get()
        for _ in range(2):
            try:
                return jwt.decode(token, known.keys, algorithms=list(ALGORITHMS))
            except (JoseError, ValueError) as error:
                # A key that is new at the provider is asked for once, and not for every forgery.
                if known.age_s < ASK_AGAIN_S:
                    raise SignInRefusedError("the provider did not sign the id token") from error
            known = self._discovery.get(fresh=True)
        raise SignInRefusedError("the provider did not sign the id token")

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
