"""Access tokens for ourselves: OAuth 2.0 client credentials (RFC 6749, 4.4), by Authlib.

A token is kept in memory and replaced before it ends. One thread asks for it; whoever needs it
meanwhile waits as long as their own deadline allows.
"""

# Authlib's stubs leave parts of its classes open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import OAuth2Error

from gateway.clock import monotonic_s
from gateway.errors import FetchError, VaultError
from gateway.remote.json_post import LineAdapter
from gateway.remote.lines import Lines
from gateway.remote.wire import Deadline

LIFE_UNSAID_S: Final = 60
"""How long a token is used whose answer says no life (it should: RFC 6749, 5.1)."""

LIFE_MAX_S: Final = 3600
AHEAD_S: Final = 60.0
"""A token is replaced so long before its end, or at half of a shorter life."""

BACK_OFF_S: Final = 5.0
"""Nobody asks ahead of need so soon again."""

MAX_BYTES: Final = 16 * 1024
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]{1,8192}=*")


class TokenRefusedError(FetchError):
    """The token endpoint gives us no token, or none that we can use."""

    code = "fetch_token_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAccess:
    """How this gateway signs in at a system of its city.

    Attributes:
        client_secret: Reads it each time, so that a new one needs no restart.
        scope: What to ask for; None for whatever the system gives.
    """

    token_url: str
    client_id: str
    client_secret: Callable[[], str] = field(repr=False)
    scope: str | None


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    renew_s: float
    ends_s: float


class ClientTokens:
    """Gives the token that is good now. Safe to share between threads."""

    def __init__(self, access: ClientAccess, lines: Lines) -> None:
        self._access, self._lines = access, lines
        self._token: _Token | None = None
        self._rest_until_s = 0.0
        self._turn = threading.Lock()

    @property
    def due(self) -> bool:
        """Whether a new token should be asked for, before somebody has to wait for it."""
        now_s, token = monotonic_s(), self._token
        return now_s >= self._rest_until_s and (token is None or now_s >= token.renew_s)

    def get(self, deadline: Deadline, *, renew: bool = False) -> str:
        """Return a token that is good now.

        Args:
            deadline: Until when to wait.
            renew: Replace one that is due, though it is still good.

        Raises:
            FetchError: there is none in time.
        """
        token = self._token
        if token is not None and monotonic_s() < (token.renew_s if renew else token.ends_s):
            return token.text
        if not self._turn.acquire(timeout=deadline.step(60.0)):
            raise TokenRefusedError("somebody else waits for a token")
        try:
            # Somebody may have got one between the look and the turn.
            if self._token is token or self._token is None:
                self._token = self._fetch(deadline)
            return self._token.text
        finally:
            self._turn.release()

    def drop(self, text: str) -> None:
        """Forget a token that was refused."""
        token = self._token
        if token is not None and token.text == text:
            self._token = None

    def _fetch(self, deadline: Deadline) -> _Token:
        self._rest_until_s = monotonic_s() + BACK_OFF_S
        try:
            said = self._ask(deadline)
        except (OAuthError, OAuth2Error) as error:
            raise TokenRefusedError("the token endpoint refuses us") from error
        except requests.RequestException as error:
            if isinstance(error.__cause__, FetchError):
                raise error.__cause__ from error
            raise TokenRefusedError("the token endpoint does not work") from error
        except (ValueError, TypeError) as error:
            raise TokenRefusedError("the token endpoint does not answer as one") from error
        return _checked(said)

    def _ask(self, deadline: Deadline) -> object:
        access = self._access
        try:
            secret = access.client_secret()
        except VaultError as error:
            raise TokenRefusedError("the secret of the client cannot be read") from error
        with OAuth2Session(
            access.client_id,
            secret,
            scope=access.scope,
            token_endpoint_auth_method="client_secret_basic",  # noqa: S106  a method's name
        ) as session:
            session.trust_env = False
            session.register_compliance_hook("access_token_response", _with_status_ok)
            adapter = LineAdapter(self._lines, deadline, MAX_BYTES)
            for prefix in ("https://", "http://"):
                session.mount(prefix, adapter)
            return session.fetch_token(access.token_url, grant_type="client_credentials")


def _with_status_ok(response: requests.Response) -> requests.Response:
    # Authlib would take a token from an answer that is none.
    if response.status_code != HTTPStatus.OK:
        raise TokenRefusedError(f"the token endpoint answers with status {response.status_code}")
    return response


def _checked(said: object) -> _Token:
    members: Mapping[object, object] = said if isinstance(said, Mapping) else {}
    text, kind, life = (members.get(name) for name in ("access_token", "token_type", "expires_in"))
    if not isinstance(text, str) or not _TOKEN.fullmatch(text):
        raise TokenRefusedError("the token endpoint gives no token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise TokenRefusedError("the token is not a bearer token")
    if life is None:
        life = LIFE_UNSAID_S
    if type(life) is not int or life <= 0:
        raise TokenRefusedError("the life of the token is no number of seconds")
    life_s, now_s = min(life, LIFE_MAX_S), monotonic_s()
    return _Token(text, now_s + max(life_s - AHEAD_S, life_s / 2), now_s + life_s)
