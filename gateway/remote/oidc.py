"""The city's OpenID provider: Authlib's client, joserfc's signatures, our bounds.

``discovery`` keeps what the provider says of itself; an unknown key id asks again at most every
30 seconds. Nothing the provider says reaches a log or a page.
"""

# Authlib's stubs leave parts of its classes open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import json
import threading
from collections.abc import Mapping
from typing import Any, Final

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import OAuth2Error
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError

from gateway.ids import Timestamp
from gateway.remote.bounded_session import bounded
from gateway.remote.discovery import Discovery
from gateway.services.identity import NOTHING_ASKED, AskedClaims, Identity
from gateway.services.sign_in import (
    SKEW_S,
    Attempt,
    ProviderUnavailableError,
    SignInRefusedError,
    check_fresh,
    proved_at_of,
)

ALGORITHMS: Final = ("ES256", "RS256", "PS256")
"""Never ``none``, never a shared secret: with one, whoever has the public key could sign."""

ASK_AGAIN_S: Final = 30.0

EXCHANGES: Final = 16
"""So many codes are exchanged at once; more would only hold threads at a slow provider."""


class OidcProvider:
    """``Provider`` over HTTP.

    Args:
        issuer: Its identifier, compared byte for byte.
        client_id: What it calls us.
        client_secret: What we show it.
        redirect_uri: Where it sends the browser back.
        asked: Which claims its id tokens must have beside ``sub``.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        asked: AskedClaims = NOTHING_ASKED,
    ) -> None:
        self._issuer, self._client_id = issuer, client_id
        self._secret, self._redirect_uri = client_secret, redirect_uri
        self._asked = asked
        self._discovery = Discovery(issuer)
        self._exchanges = threading.BoundedSemaphore(EXCHANGES)

    def authorization_url(self, attempt: Attempt) -> str:
        """Return where the browser goes."""
        known = self._discovery.get()
        more: dict[str, Any] = {}
        if attempt.fresh:
            # Not every provider takes ``max_age=0`` for a new proof (Core, 3.1.2.1), nor the
            # prompt: both are asked, and ``auth_time`` is looked at afterwards.
            more |= {"max_age": "0", "prompt": "login"}
        if known.metadata.get("claims_parameter_supported") is True:
            more |= _claims_wanted(self._asked)
        with self._session() as session:
            url, _ = session.create_authorization_url(
                known.text("authorization_endpoint") or "",
                state=attempt.state,
                nonce=attempt.nonce,
                code_challenge=attempt.challenge,
                code_challenge_method="S256",
                **more,
            )
        return str(url)

    def identify(self, code: str, attempt: Attempt, now: Timestamp) -> Identity:
        """Exchange the code and return whom the verified id token names."""
        said = self._said(self._exchange(code, attempt), attempt, now)
        proved_at = proved_at_of(said.get("auth_time"), now)
        if attempt.fresh:
            check_fresh(proved_at, attempt)
        found = self._asked.identity(said.get("sub"), said, proved_at)
        if found is None:
            raise SignInRefusedError("the id token names nobody")
        return found

    def _said(self, token: str, attempt: Attempt, now: Timestamp) -> Mapping[str, object]:
        """Return the claims of an id token that is for us, for this attempt and of this time."""
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
        return claims.claims

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
            scope="openid" if self._asked == NOTHING_ASKED else "openid profile",
            redirect_uri=self._redirect_uri,
            token_endpoint_auth_method="client_secret_basic",  # noqa: S106  a method's name
        )
        bounded(session)
        return session


def _claims_wanted(asked: AskedClaims) -> Mapping[str, str]:
    """Return the parameter that asks for claims in the id token (Core, 5.5)."""
    wanted: dict[str, object] = {}
    if asked.name is not None:
        wanted[asked.name] = None
    if asked.adult is not None:
        wanted[asked.adult] = {"essential": True}
    return {"claims": json.dumps({"id_token": wanted})} if wanted else {}
